"""Headers of safetensors files, read as any file is.

safetensors tells metadata of files alone that it maps into memory. A file that is cut meanwhile, or
lies on a disk that fails, then ends the process instead of raising an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spgc.files.json_documents import parse_json
from spgc.files.regular import check_regular, read_regular

_LENGTH = 8
"""Bytes that say how long the header is, little-endian."""

_LONGEST = 100_000_000
"""Bytes of a header, as safetensors has it."""

_METADATA = "__metadata__"


def metadata_of(content: bytes) -> dict[str, str]:
    """The metadata of a whole file. Raises ValueError when it is damaged."""
    return _metadata(content[: _header_end(content)], len(content))


def stored_metadata(path: Path) -> dict[str, str]:
    """The metadata in a file, whose tensors are not read but have to be there.

    Raises OSError, and ValueError when it is damaged.
    """
    size = check_regular(path)
    end = _header_end(read_regular(path, _LENGTH))
    return _metadata(read_regular(path, end), size)


def _header_end(start: bytes) -> int:
    length = int.from_bytes(start[:_LENGTH], "little")
    if len(start) < _LENGTH or length > _LONGEST:
        raise ValueError("no header of safetensors")
    return _LENGTH + length


def _metadata(start: bytes, size: int) -> dict[str, str]:
    """The metadata in a file's start, where what follows is as long as the header says."""
    header = parse_json(start[_LENGTH:])
    try:
        ends = [_end(tensor) for name, tensor in header.items() if name != _METADATA]
        metadata: dict[str, str] = dict(header.get(_METADATA) or {})
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("no header of safetensors") from error
    if not all(isinstance(one, str) for one in metadata.values()):
        raise ValueError("metadata that is no text")
    if len(start) + max(ends, default=0) != size:
        raise ValueError(f"{size} bytes, expected {len(start) + max(ends, default=0)}")
    return metadata


def _end(tensor: Any) -> int:
    _, end = tensor["data_offsets"]
    if not isinstance(end, int) or isinstance(end, bool) or end < 0:
        raise ValueError("no header of safetensors")
    return end
