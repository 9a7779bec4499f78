"""Whether a zip archive's list names all that lies in it: `zipfile` reads from the end backwards.

Two archives joined into one file, a damaged end record or a file that no entry names would
otherwise be a scan of fewer slices, without a word.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from spgc.errors import SeriesError

LOCAL_HEADER = 30
"""Bytes of a member's own header without its name (APPNOTE.TXT of PKWARE, section 4.3.7)."""

_LOCAL, _END, _LOCATOR, _END_64 = b"PK\3\4", b"PK\5\6", b"PK\6\7", b"PK\6\6"
"""What headers of members, the end record and its ZIP64 forms begin with (4.3.7, 4.3.14 to 16)."""

END_RECORD, _LOCATOR_RECORD, _END_64_RECORD = 22, 20, 56
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


def end_record(archive: Path, file: BinaryIO) -> int | None:
    """Where the end record lies that ends both the list before it and the file.

    `zipfile` takes the last four bytes that look like one, be they in the archive's own comment.
    None where no record does both, as in an archive with something before or after it. Raises
    SeriesError for two that do: each may list other files.
    """
    start, tail = _tail(file)
    found = [at for at in _places(tail) if _ends_list_and_file(file, start, tail, at)]
    if len(found) > 1:
        raise _unlisted(archive, "two ends with a list each", "one")
    return start + found[0] if found else None


def _tail(file: BinaryIO) -> tuple[int, bytes]:
    """The end of a file, as far back as an end record can lie, and where that begins."""
    start = max(file.seek(0, os.SEEK_END) - END_RECORD - _LONGEST_COMMENT, 0)
    file.seek(start)
    return start, file.read()


def _places(tail: bytes) -> Iterator[int]:
    """Where whole end records may begin."""
    at = tail.find(_END)
    while 0 <= at <= len(tail) - END_RECORD:
        yield at
        at = tail.find(_END, at + 1)


def _ends_list_and_file(file: BinaryIO, start: int, tail: bytes, at: int) -> bool:
    """Whether the list lies right before a record, and its comment and zeros alone behind it."""
    size, place, comment = struct.unpack_from("<2IH", tail, at + 12)
    end = at + END_RECORD + comment
    if end > len(tail) or tail[end:].strip(b"\0"):
        return False
    if size + place == start + at:
        return True
    wide = _read_64(file, start + at)
    return wide is not None and sum(wide[4:]) == start + at - _LOCATOR_RECORD - _END_64_RECORD


def _check_end(archive: Path, entries: int, file: BinaryIO) -> None:
    """Hold the end record against the entries that were read, and the file's end."""
    start, tail = _tail(file)
    known = end_record(archive, file)
    at = tail.rfind(_END) if known is None else known - start
    disk, first, here, total, _, _, comment = struct.unpack_from("<4H2IH", tail, at + 4)
    behind = tail[at + END_RECORD + comment :]
    if behind.strip(b"\0"):
        raise _unlisted(archive, f"{len(behind):,} bytes after its end", "nothing after its end")
    wide = _read_64(file, start + at)
    if wide is not None and 0xFFFF in (disk, first, here, total):
        disk, first, here, total, *_ = wide
    if disk or first:
        raise _unlisted(archive, "a part of an archive in several files", "one whole archive")
    modulo = 2**16 if wide is None else 2**64  # without ZIP64, larger counts don't fit
    if here != entries % modulo or total != entries % modulo:
        raise _unlisted(
            archive, f"{entries:,} files in its list", f"{max(here, total):,}, as its end says"
        )


def _read_64(file: BinaryIO, end: int) -> tuple[int, int, int, int, int, int] | None:
    """Disks, counts, size and place of the list by the ZIP64 end record; None without one.

    It lies before its locator, which lies before the plain record at `end`.
    """
    if end < _LOCATOR_RECORD + _END_64_RECORD:
        return None
    file.seek(end - _LOCATOR_RECORD - _END_64_RECORD)
    record = file.read(_LOCATOR_RECORD + _END_64_RECORD)
    if record[:4] != _END_64 or record[_END_64_RECORD:][:4] != _LOCATOR:
        return None
    disk, first, here, total, size, place = struct.unpack_from("<2I4Q", record, 16)
    return disk, first, here, total, size, place


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
