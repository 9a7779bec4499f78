"""MetaImage volumes (.mha, .mhd) read slab by slab, packed or not, sizes checked first.

A reader of its own, for SimpleITK would be the largest part of an install (docs/ct.md), prints
what it finds doubtful, and takes whatever room a header claims.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from spgc.ct.metaimage_axes import metaimage_geometry
from spgc.ct.metaimage_fields import damaged_header
from spgc.ct.metaimage_header import LOCAL, Header, read_header
from spgc.ct.nifti_geometry import Geometry
from spgc.ct.plain_volumes import check_named, unreadable
from spgc.ct.plausible import HuCount
from spgc.ct.series import Volume
from spgc.ct.size_limits import check_size, unpacks_too_far
from spgc.ct.slabs import ByteStream, exactly, fill_with_hu
from spgc.errors import SeriesError
from spgc.files.regular import check_regular, is_listed, open_regular

METAIMAGE_ENDINGS = (".mha", ".mhd")

MAX_BYTES = 2**33
"""Bytes of all voxels, as of a NIfTI volume."""

_STEP = 2**20
"""Bytes read or unpacked at once."""

_AFTER_VOXELS = "the file goes on after its voxels: what follows them was not used"


def read_metaimage(path: Path) -> Volume:
    """A MetaImage volume, turned by its directions: head first, patient's right at the left edge.

    Memory is taken for the result and for one slab of it. Raises SeriesError for damaged files,
    other than three dimensions and values that are not HU.
    """
    with _damage_named(path):
        header, geometry = _opened(path)
        hu, count = np.empty(geometry.shape, np.int16), HuCount()
        with _voxels(path, header) as stream:
            fill_with_hu(geometry.as_stored(hu), stream, header.kind, count)
            more = _after_voxels(path, stream)
    count.check(path)
    return Volume(hu, geometry.spacing, geometry.positions(), (*geometry.notes, *more))


def check_metaimage(path: Path, whole: bool = False) -> None:
    """Raise SeriesError for a header that `read_metaimage` would not take.

    whole: also for a packed file that is damaged anywhere, which takes the time to unpack it.
    """
    with _damage_named(path):
        header, _ = _opened(path)
        if not (whole and header.packed):
            return
        with _voxels(path, header) as stream:
            left = header.size
            while left:
                left -= len(exactly(stream, min(left, _STEP)))
            _after_voxels(path, stream)


def metaimage_files(path: Path) -> list[Path]:
    """The header's file and that with its voxels, where they are two. Raises SeriesError."""
    with _damage_named(path):
        header = read_header(path)
        return [path] if header.data == LOCAL else [path, _data_path(path, header)]


def is_byte_metaimage(path: Path) -> bool:
    """Whether a MetaImage file holds values of 8 bits, as masks do and HU don't."""
    try:
        return read_header(path).kind.itemsize == 1
    except (SeriesError, OSError):
        return False


def _after_voxels(path: Path, stream: ByteStream) -> tuple[str, ...]:
    """Notes on what follows the voxels; the checksum of a packed stream is read with its end.

    Raises SeriesError for a packed stream of more than the voxels: its header is of another.
    """
    rest = stream.read(1)
    if isinstance(stream, _Inflated):
        if rest:
            raise damaged_header(
                path, "more packed voxels than DimSize says", "those of one volume"
            )
        rest = stream.rest()
    return (_AFTER_VOXELS,) if rest else ()


def _opened(path: Path) -> tuple[Header, Geometry]:
    """Header and geometry, sizes compared with the bytes that are there."""
    header = read_header(path)
    check_size(path, header.shape)
    data = _data_path(path, header)
    there = check_regular(data) - (header.start or 0)
    if header.packed_size is not None and header.packed_size > there:
        raise _beyond(path, f"{header.packed_size:,} packed bytes", there)
    if header.packed:
        if unpacks_too_far(there, header.size):
            raise _beyond(path, f"{header.size:,} bytes of voxels", there)
    elif header.size > there:
        raise _beyond(path, f"{header.size:,} bytes of voxels", there)
    if header.size > MAX_BYTES:
        raise _beyond(path, f"{header.size:,} bytes of voxels", there)
    geometry = metaimage_geometry(path, header)
    doubts = check_named(path, geometry.shape, header.kind, geometry.spacing)
    return header, replace(geometry, notes=(*geometry.notes, *doubts))


def _data_path(path: Path, header: Header) -> Path:
    """The file with the voxels. Raises SeriesError where it isn't there."""
    if header.data == LOCAL:
        return path
    data = path.with_name(header.data)
    if data == path or not is_listed(data):
        raise damaged_header(path, "no file of the name in ElementDataFile", "that file beside it")
    return data


@contextmanager
def _voxels(path: Path, header: Header) -> Iterator[ByteStream]:
    """The voxels of a volume, in the order of the file."""
    data = _data_path(path, header)
    with open_regular(data) as file:
        start = header.start
        file.seek(check_regular(data) - header.size if start is None else start)
        yield _Inflated(file, header) if header.packed else file


class _Inflated:
    """The unpacked bytes of a deflated stream, whose end and checksum are read with its last."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file, self._left = file, header.packed_size
        self._inflate = zlib.decompressobj(wbits=47)  # zlib or gzip, as MetaIO takes both

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes. Raises zlib.error for damage, EOFError for a stream cut short."""
        parts, missing = [], size
        while missing and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._packed()
            part = self._inflate.decompress(packed, missing)
            if not (part or packed):
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def rest(self) -> bytes:
        """What follows the packed stream, or its beginning."""
        return self._inflate.unused_data or self._file.read(1)

    def _packed(self) -> bytes:
        most = _STEP if self._left is None else min(_STEP, self._left)
        packed = self._file.read(most)
        if self._left is not None:
            self._left -= len(packed)
        return packed


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error, "a MetaImage volume") from error


def _beyond(path: Path, claim: str, there: int) -> SeriesError:
    return SeriesError(
        "MetaImage header claims more than the file holds",
        where=path,
        found=claim,
        expected=f"one scan in {max(there, 0):,} bytes",
        do="copy the file again from its source",
    )
