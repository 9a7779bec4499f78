"""Checks of a NIfTI header against its file, before nibabel takes memory for it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

from spgc.ct.size_limits import check_size, unpacks_too_far
from spgc.errors import SeriesError
from spgc.files.file_kinds import GZIP, HEAD, kind_of
from spgc.files.gzip_stream import GzipStream
from spgc.files.regular import open_regular

MAX_EXTENSIONS = 2**20
"""Bytes before the voxels beyond which a file is refused: nibabel reads them all."""

MAX_BYTES = 2**33
"""Bytes of all voxels; 8 GiB are 2,048 slices of 512 x 512 in the widest type."""

_GZIP_MOST = 1032
"""What deflate can shrink at most."""

_SLACK = 4096

_FIRST, _FIRST_2 = 352, 544
"""Bytes of a NIfTI-1 and a NIfTI-2 header with its mark of extensions: voxels follow at once."""

_STEP = 2**20
"""Bytes unpacked at once."""


@dataclass(frozen=True)
class Offset:
    """The byte at which voxels begin; `stated`: whether the header says so, or leaves it at 0."""

    byte: int
    stated: bool = True


def data_offset(path: Path) -> Offset:
    """Where the voxels begin, byte 0 where there is no NIfTI header.

    NIfTI-1 keeps vox_offset at byte 108 as float32, NIfTI-2 at byte 168 as int64; 0 stands for the
    first byte behind the header. Raises SeriesError where it lies within the header or far behind
    it, and OSError, EOFError or zlib.error for a file that can't be unpacked.
    """
    with open_regular(path) as file:
        header = (GzipStream(file) if is_packed(path) else file).read(348)
    for order in "<>":
        if len(header) == 348 and struct.unpack_from(f"{order}i", header) == (348,):
            first, offset = _FIRST, struct.unpack_from(f"{order}f", header, 108)[0]
        elif len(header) == 348 and struct.unpack_from(f"{order}i", header) == (540,):
            first, offset = _FIRST_2, struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        if offset == 0:
            return Offset(first, stated=False)
        if 0 < offset < first:
            raise _within(path, f"voxels at byte {offset:g}", first)
        if not 0 < offset <= MAX_EXTENSIONS:
            raise _beyond(path, f"voxels at byte {offset:g}")
        if offset != int(offset):
            raise _within(path, f"voxels at byte {offset:g}", first)
        return Offset(int(offset))
    return Offset(0)


def with_offset(head: bytes, offset: int) -> bytes:
    """A header that says where its voxels begin."""
    content = bytearray(head)
    for order in "<>":
        if struct.unpack_from(f"{order}i", head) == (348,):
            struct.pack_into(f"{order}f", content, 108, offset)
        elif struct.unpack_from(f"{order}i", head) == (540,):
            struct.pack_into(f"{order}q", content, 168, offset)
    return bytes(content)


def check_voxel_size(path: Path, head: bytes) -> tuple[str, ...]:
    """Notes on the voxel size where it alone says how far voxels lie apart (sform_code 0).

    nibabel makes 1 mm of a size of 0 and leaves out a sign, without a word. Raises SeriesError for
    a size of 0.
    """
    first = 348 in (int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big"))
    order = "<" if head[0] else ">"
    at, kind, code = (80, "3f", "h") if first else (112, "3d", "i")
    sform = struct.unpack_from(order + code, head, 254 if first else 348)[0]
    sizes = struct.unpack_from(order + kind, head, at)
    if sform != 0 or all(size > 0 for size in sizes):
        return ()
    if 0 in sizes:
        raise SeriesError(
            "NIfTI header gives no voxel size",
            where=path,
            found=f"pixdim of {' x '.join(f'{size:g}' for size in sizes)}",
            expected="three lengths in mm",
            do="write the voxel size of the original scan into the file",
        )
    return ("NIfTI pixdim is negative: its sign was left out",)


def check_ends_at(path: Path, end: int, offset: int) -> None:
    """Raise SeriesError for a file, unpacked, of other than `end` bytes: then nothing shows that
    its voxels begin at `offset`, which its header doesn't say."""
    there = path.stat().st_size
    if is_packed(path):
        with open_regular(path) as file:
            stream, there = GzipStream(file), 0
            while there <= end and (part := stream.read(min(_STEP, end + 1 - there))):
                there += len(part)
    if there != end:
        more = f"more than {end:,}" if there > end else f"{there:,}"
        raise _within(path, f"voxels at byte 0, and {more} bytes", offset)


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


def _within(path: Path, found: str, first: int) -> SeriesError:
    return SeriesError(
        "NIfTI header doesn't say where its voxels begin",
        where=path,
        found=found,
        expected=f"byte {first} or behind it",
        do="copy the file again from its source, or save the volume again",
    )
