"""Whether a tar archive holds scans: looked into member by member, as far as its bounds allow."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import BinaryIO, cast

from spgc.files.file_kinds import (
    BARE,
    DICOM,
    GZIP,
    HEAD,
    META,
    NIFTI,
    NPY,
    NRRD,
    PAIR,
    TAR,
    ZIP,
    kind_of,
    unpacked,
)
from spgc.files.gzip_stream import GzipStream
from spgc.files.regular import open_regular

UNPACKED_MOST, MEMBERS_MOST = 2**28, 10_000
"""Bytes and files of a tar archive that are looked into."""

_HEADER_MOST, _READS_EACH, _READS_MOST = 2**20, 1000, 50_000
"""Bytes that are read at once, and how often, for each member and for all: headers may claim
gigabytes, or never end. Members take three reads or four."""

_ARRAY_LEAST = 2**20
"""Bytes from which an array may be a volume: label arrays of the challenge have 640 kB at most."""

_IMAGES = (DICOM, BARE, NIFTI, PAIR, META, NRRD)
_PACKED_AGAIN = (ZIP, TAR, "7-Zip", "RAR")
_DOCUMENTS = (".docx", ".pptx", ".xlsx", ".jar", ".whl")


def holds_image(path: Path) -> bool:
    """Whether a tar archive, gzipped or not, holds CT in any form, or more than is looked into."""
    with open_regular(path) as file:
        packed = kind_of(file.read(HEAD)) == GZIP
        file.seek(0)
        try:
            bounded = _Bounded(_Unpacked(file) if packed else file, packed)
            with tarfile.open(fileobj=cast("BinaryIO", bounded), mode="r:") as opened:
                return _any_image(opened, bounded)
        except Exception:  # tarfile raises many types for damage, too deep headers among it
            return True  # before anything that is an image: nobody knows what follows


class _Unpacked:
    """What a gzip file holds, read forward; `tarfile` goes back by one byte at most.

    Raises as `GzipStream`, and ValueError for a place farther back.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._stream, self._at, self._last, self._again = GzipStream(file), 0, b"", False

    def tell(self) -> int:
        return self._at

    def read(self, size: int, /) -> bytes:
        again = self._last if self._again and size else b""
        content = again + self._stream.read(size - len(again))
        self._again = self._again and not again
        self._at += len(content)
        self._last = content[-1:] or self._last
        return content

    def seek(self, place: int, whence: int = 0, /) -> int:
        if place == self._at - 1 and self._last and not self._again:
            self._again, self._at = True, place
        elif whence or place < self._at:
            raise ValueError("a place that has gone by")
        while self._at < place and self.read(min(_HEADER_MOST, place - self._at)):
            pass
        return self._at


class _Bounded:
    """A file that raises ValueError for what no archive of scans would make `tarfile` read."""

    def __init__(self, file: BinaryIO | _Unpacked, packed: bool) -> None:
        self._file, self._packed, self._left = file, packed, _READS_MOST
        self.next_member()
        self.tell = file.tell

    def next_member(self) -> None:
        """Begin to count the reads of another member."""
        self._member_left = _READS_EACH

    def read(self, size: int = -1) -> bytes:
        """As the file's own."""
        self._left -= 1
        self._member_left -= 1
        if min(self._left, self._member_left) < 0 or not 0 <= size <= _HEADER_MOST:
            raise ValueError
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        """As the file's own, in a packed one no farther than is looked into."""
        if self._packed and place > UNPACKED_MOST:
            raise ValueError
        return self._file.seek(place, whence)


def _any_image(opened: tarfile.TarFile, bounded: _Bounded) -> bool:
    for count, member in enumerate(opened):
        bounded.next_member()
        # Kept for a second look, which none takes.
        opened.members = []  # type: ignore[attr-defined]
        content = opened.extractfile(member) if member.isreg() else None
        if content is not None and _is_image(member, content.read(HEAD)):
            return True
        if count > MEMBERS_MOST:
            return True  # nobody knows: its reader says that it is not unpacked
    return False


def _is_image(member: tarfile.TarInfo, head: bytes) -> bool:
    kind = kind_of(head)
    if kind == GZIP:
        kind = kind_of(unpacked(head, HEAD))
    if kind in _PACKED_AGAIN:
        return not member.name.lower().endswith(_DOCUMENTS)
    return kind in _IMAGES or (kind == NPY and member.size >= _ARRAY_LEAST)
