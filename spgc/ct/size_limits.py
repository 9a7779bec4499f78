"""Limits on what a file may claim to hold, checked before memory or time is spent on it."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from spgc.errors import SeriesError
from spgc.files.regular import check_regular

MAX_VOXELS = 2**31
"""Voxels beyond which a scan is refused: 8,192 slices of 512 × 512."""

MAX_PIXELS = 4096 * 4096
"""Pixels beyond which a slice is refused; CT images have 512 x 512 to 2048 x 2048."""

MAX_FRAMES = 20_000
"""Images in one file beyond which it is refused: each becomes a dataset of its own."""

MAX_FILE = 6 * 2**30
"""Bytes of a file beyond which it is refused: a scan of `MAX_VOXELS` takes four GiB. Hashing takes
seconds then, not the hours that a hole of some terabytes would."""

_INFLATED_FREELY = 2**26
_INFLATION = 50
"""A deflated file may unpack to 64 MiB or 50 times its size: CT slices shrink 2 to 5 times."""

_CHUNK = 2**20


def check_size(path: Path, shape: tuple[int, ...]) -> None:
    """Raise SeriesError for a volume larger than one scan, whatever lies in the file."""
    if math.prod(shape) > MAX_VOXELS:
        raise SeriesError(
            "volume is too large",
            where=path,
            found=f"shape {_short(shape)}",
            expected=f"one scan, at most {MAX_VOXELS:,} voxels",
            do="save each scan in a file of its own",
        )


def check_scan_size(source: Path, sizes: Iterable[tuple[int, int]]) -> None:
    """Raise SeriesError for slices, by their (rows, columns), of more voxels than one scan has."""
    voxels = sum(rows * columns for rows, columns in sizes)
    if voxels > MAX_VOXELS:
        raise SeriesError(
            "scan is too large",
            where=source,
            found=f"{voxels:,} voxels",
            expected=f"one scan, at most {MAX_VOXELS:,} voxels",
            do="put each series into a folder of its own",
        )


def check_file_size(path: Path) -> None:
    """Raise SeriesError for a file larger than any scan, before all of it is read.

    Raises OSError as `check_regular` does.
    """
    size = check_regular(path)
    if size > MAX_FILE:
        raise SeriesError(
            "file is too large",
            where=path,
            found=f"{size / 2**30:,.1f} GiB",
            expected=f"one scan, at most {MAX_FILE / 2**30:g} GiB",
            do="save each scan in a file of its own, or remove the file",
        )


def unpacks_too_far(packed: int, unpacked: int) -> bool:
    """Whether `packed` bytes, deflated or otherwise shrunk, unpack beyond all measure."""
    return unpacked > max(_INFLATED_FREELY, _INFLATION * packed)


def _short(shape: tuple[int, ...]) -> str:
    """A shape for people: a header may claim numbers of thousands of digits."""
    sizes = [str(size) if size < 10**12 else "more than 10^12" for size in shape[:8]]
    return f"({', '.join(sizes)}{', ...' if len(shape) > 8 else ''})"


def inflates_too_far(stream: BinaryIO) -> bool:
    """Whether the rest of a stream, deflated without header, unpacks beyond all measure.

    What it unpacks to is dropped piece by piece; damage is left for the reader to find.
    """
    start = stream.tell()
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while not inflate.eof and (packed := inflate.unconsumed_tail or stream.read(_CHUNK)):
        try:
            total += len(inflate.decompress(packed, _CHUNK))
        except zlib.error:
            return False
        if unpacks_too_far(size, total):
            return True
    return False
