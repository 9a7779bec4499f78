"""Unpacked bytes of a gzip file, of one member or several, as `gzip.GzipFile` gives them.

With a bound on members that hold next to nothing: `gzip` takes 16 microseconds for each, and 20
bytes are one, so that a file of a scan's size would take minutes whenever it is opened.
"""

from __future__ import annotations

import errno
import gzip
import zlib
from typing import BinaryIO

MOST_TINY, TINY = 1000, 4096
"""Members of fewer bytes than `TINY` beyond which a file is refused: block gzip has 64 KiB each."""

_MARK = b"\x1f\x8b"

_STEP = 2**20
"""Packed bytes read at once."""


class GzipStream:
    """The bytes from the place on at which `file` stands.

    Checksums are compared where a member ends. Raises EOFError for a stream that is cut, zlib.error
    for damage, gzip.BadGzipFile for a wrong checksum and for what follows and is no gzip, and
    OSError for too many members of next to nothing.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._packed, self._begun = file, b"", False
        self._inflate, self._given, self._tiny = _member(), 0, 0

    def read(self, size: int, /) -> bytes:
        """`size` bytes, or what is left of them."""
        parts, missing = [], size
        while missing and (part := self._some(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        """At least one byte, up to `most`; none at the end."""
        while True:
            if self._inflate.eof and not self._next_member():
                return b""
            packed = self._packed or self._inflate.unconsumed_tail or self._file.read(_STEP)
            if not packed:
                if self._begun:
                    raise EOFError("the packed file ends before its last member does")
                return b""
            self._begun, self._packed = True, b""
            if part := self._unpacked(packed, most):
                self._given += len(part)
                return part

    def _unpacked(self, packed: bytes, most: int) -> bytes:
        try:
            return self._inflate.decompress(packed, most)
        except zlib.error as error:
            if "incorrect" in str(error) and "header" not in str(error):  # checksum or length
                raise gzip.BadGzipFile(str(error)) from error
            raise

    def _next_member(self) -> bool:
        """Whether another one follows, zeros left out as `gzip` does."""
        rest = self._inflate.unused_data.lstrip(b"\0")
        while not rest:
            if not (rest := self._file.read(_STEP)):
                return False
            rest = rest.lstrip(b"\0")
        if len(rest) < len(_MARK):
            rest += self._file.read(_STEP)
        if not rest.startswith(_MARK):
            raise gzip.BadGzipFile("Not a gzipped file")
        self._tiny += self._given < TINY
        if self._tiny > MOST_TINY:
            raise OSError(errno.EINVAL, f"more than {MOST_TINY} gzip members of next to nothing")
        self._inflate, self._given, self._packed = _member(), 0, rest
        return True


def _member() -> zlib._Decompress:
    return zlib.decompressobj(wbits=31)
