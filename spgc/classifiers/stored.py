"""Stored patient classifiers: JSON of bounded size, and one error for whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path

from spgc.errors import ModelError
from spgc.files.json_documents import read_limited

MAX_BYTES = 64 << 20
"""Largest patient-*.json that is read; 200 scans give less than 1 MB."""

MALFORMED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)


def read_content(path: Path) -> bytes:
    """The bytes of a stored classifier. Raises OSError, ValueError for one that is too large."""
    return read_limited(path, MAX_BYTES)


def damaged(path: Path, error: Exception) -> ModelError:
    """The error for a stored classifier that can't be read, whatever its parser raised."""
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return ModelError(
        "patient classifier can't be read",
        where=path,
        found=f"{type(error).__name__}: {first}" if first else type(error).__name__,
        expected="the JSON that spgc train wrote",
        do="train again or copy the model folder again",
    )
