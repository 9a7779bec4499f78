"""Checks of a NIfTI header against its file, before nibabel takes memory for it."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

from spgc.ct.size_limits import check_size, unpacks_too_far
from spgc.errors import SeriesError
from spgc.files.file_kinds import GZIP, HEAD, kind_of
from spgc.files.regular import open_regular

MAX_EXTENSIONS = 2**20
"""Bytes before the voxels beyond which a file is refused: nibabel reads them all."""

MAX_BYTES = 2**33
"""Bytes of all voxels; 8 GiB are 2,048 slices of 512 x 512 in the widest type."""

_GZIP_MOST = 1032
"""What deflate can shrink at most."""

_SLACK = 4096


def data_offset(path: Path) -> int:
    """The byte at which the voxels begin, 0 where there is no NIfTI header.

    NIfTI-1 keeps vox_offset at byte 108 as float32, NIfTI-2 at byte 168 as int64. Raises
    SeriesError where that is far behind the header, and OSError, EOFError or zlib.error for a file
    that can't be unpacked.
    """
    with open_regular(path) as file:
        packed = is_packed(path)
        header = (gzip.GzipFile(fileobj=file) if packed else file).read(348)
    for order in "<>":
        if len(header) == 348 and struct.unpack_from(f"{order}i", header) == (348,):
            offset = struct.unpack_from(f"{order}f", header, 108)[0]
        elif len(header) == 348 and struct.unpack_from(f"{order}i", header) == (540,):
            offset = struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        if not 0 <= offset <= MAX_EXTENSIONS:
            raise _beyond(path, f"voxels at byte {offset:g}")
        return int(offset)
    return 0


def check_voxels(path: Path, shape: tuple[int, ...], itemsize: int, offset: int) -> None:
    """Raise SeriesError for voxels that the file can't hold, packed or not."""
    check_size(path, shape)
    claimed, there = offset + math.prod(shape) * itemsize, path.stat().st_size
    if is_packed(path):
        there = there * _GZIP_MOST + _SLACK
    if claimed > min(there, MAX_BYTES):
        raise _beyond(path, f"{claimed:,} bytes of voxels")
    check_unpacked(path, claimed)


def check_unpacked(path: Path, size: int) -> None:
    """Raise SeriesError where a gzipped file unpacks, or claims to, beyond all measure."""
    if is_packed(path) and unpacks_too_far(path.stat().st_size, size):
        raise SeriesError(
            "packed volume unpacks to too much",
            where=path,
            found=f"{path.stat().st_size:,} bytes for {size:,} or more",
            expected="what CT shrinks to",
            do="remove the file, or save the volume without gzip if it is one",
        )


def is_packed(path: Path) -> bool:
    """Whether it is gzipped, whatever it is called."""
    with open_regular(path) as file:
        return kind_of(file.read(HEAD)) == GZIP


def _beyond(path: Path, claim: str) -> SeriesError:
    return SeriesError(
        "NIfTI header claims more than the file holds",
        where=path,
        found=claim,
        expected=f"one scan in {path.stat().st_size:,} bytes",
        do="copy the file again from its source",
    )
