"""What stands in the head of a report: date of the predictions, model, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spgc.files.standard_input import GivenFile

DIGITS = 12
"""Of a model's hash, as in the signature of a score."""


def head_facts(
    submission: GivenFile, record: Mapping[str, Any], ranks: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """(name, text) of what is known.

    record: of the run beside the submission; ranks: (set, rank) on each board.
    """
    system, known = record.get("system"), str(record.get("model_hash", ""))[:DIGITS]
    model = " ".join(part for part in (str(system) if system else "", known) if part)
    placed = ", ".join(f"{name} {rank}" for name, rank in ranks)
    found = (("Date", _date(submission)), ("Model", model), ("Rank", placed))
    return tuple((name, text) for name, text in found if text)


def _date(submission: GivenFile) -> str:
    """The day on which the file was written, in UTC; nothing where it is no file."""
    if not isinstance(submission, Path):
        return ""
    written = datetime.fromtimestamp(submission.stat().st_mtime, UTC)
    return f"{written:%Y-%m-%d}"
