"""Whether a zip archive's list names all that lies in it: `zipfile` reads from the end backwards.

Two archives joined into one file, a damaged end record or a file that no entry names would
otherwise be a scan of fewer slices, without a word.
"""

from __future__ import annotations

import os
import struct
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from spgc.errors import SeriesError

LOCAL_HEADER = 30
"""Bytes of a member's own header without its name (APPNOTE.TXT of PKWARE, section 4.3.7)."""

_LOCAL, _END, _LOCATOR, _END_64 = b"PK\3\4", b"PK\5\6", b"PK\6\7", b"PK\6\6"
"""What headers of members, the end record and its ZIP64 forms begin with (4.3.7, 4.3.14 to 16)."""

_END_RECORD, _LOCATOR_RECORD, _END_64_RECORD = 22, 20, 56
_LONGEST_COMMENT = 2**16 - 1

_STEP = 2**20
"""Bytes looked through at once."""


def check_layout(archive: Path, opened: ZipFile, file: BinaryIO) -> None:
    """Raise SeriesError where an archive holds what its list does not name.

    The end record must count the entries that are there and end the file, nothing may come before
    the first member, and no member may lie between those that have an entry.
    """
    infos = sorted(opened.infolist(), key=lambda info: info.header_offset)
    _check_end(archive, len(infos), file)
    if infos and infos[0].header_offset:
        raise _unlisted(
            archive,
            f"{infos[0].header_offset:,} bytes before the first file of its list",
            "an archive that begins with its first file",
        )
    for info in infos:
        if info.is_dir() and info.file_size:
            raise _unlisted(archive, "a folder with content of its own", "files called as files")
    ends = [*(info.header_offset for info in infos), opened.start_dir]
    for info, (_, following) in zip(infos, pairwise(ends), strict=True):
        if _holds_header(file, _end_of(file, info), following):
            raise _unlisted(archive, "a file that its list doesn't name", "every file in its list")


def _check_end(archive: Path, entries: int, file: BinaryIO) -> None:
    """Hold the end record against the entries that were read, and the file's end."""
    size = file.seek(0, os.SEEK_END)
    start = max(size - _END_RECORD - _LONGEST_COMMENT, 0)
    file.seek(start)
    tail = file.read()
    at = len(tail) - _END_RECORD  # without a comment, as `zipfile` looks first
    if not (tail[at : at + 4] == _END and tail[-2:] == b"\0\0"):
        at = tail.rfind(_END)
    disk, first, here, total, _, _, comment = struct.unpack_from("<4H2IH", tail, at + 4)
    behind = tail[at + _END_RECORD + comment :]
    if behind.strip(b"\0"):
        raise _unlisted(archive, f"{len(behind):,} bytes after its end", "nothing after its end")
    wide = _counts_64(file, start + at)
    if wide is not None and 0xFFFF in (disk, first, here, total):
        disk, first, here, total = wide
    if disk or first:
        raise _unlisted(archive, "a part of an archive in several files", "one whole archive")
    modulo = 2**16 if wide is None else 2**64  # without ZIP64, larger counts don't fit
    if here != entries % modulo or total != entries % modulo:
        raise _unlisted(
            archive, f"{entries:,} files in its list", f"{max(here, total):,}, as its end says"
        )


def _counts_64(file: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    """Disks and counts of the ZIP64 end record, which lies before its locator; None without one."""
    if end < _LOCATOR_RECORD + _END_64_RECORD:
        return None
    file.seek(end - _LOCATOR_RECORD - _END_64_RECORD)
    record = file.read(_LOCATOR_RECORD + _END_64_RECORD)
    if record[:4] != _END_64 or record[_END_64_RECORD:][:4] != _LOCATOR:
        return None
    disk, first, here, total = struct.unpack_from("<2I2Q", record, 16)
    return disk, first, here, total


def _end_of(file: BinaryIO, info: ZipInfo) -> int:
    """Where a member's content ends; a data descriptor may follow it."""
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER)
    name, extra = struct.unpack_from("<HH", header, LOCAL_HEADER - 4)
    return info.header_offset + LOCAL_HEADER + int(name) + int(extra) + info.compress_size


def _holds_header(file: BinaryIO, start: int, end: int) -> bool:
    """Whether a member's header stands between two places of a file."""
    kept = b""
    while start < end:
        file.seek(start)
        part = file.read(min(_STEP, end - start))
        if not part:
            break
        if _LOCAL in kept + part:
            return True
        start, kept = start + len(part), part[-3:]
    return False


def _unlisted(archive: Path, found: str, expected: str) -> SeriesError:
    return SeriesError(
        "zip archive does not hold what its list says",
        where=archive,
        found=found,
        expected=expected,
        do="unpack it, see that all slices are there, and pack them again",
    )
