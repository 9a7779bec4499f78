"""Reading zip archives in memory: nothing is unpacked, so no member can escape to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, SEEK_SET, BytesIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import crc32

from spgc.ct.size_limits import unpacks_too_far
from spgc.ct.zip_layout import END_RECORD, LOCAL_HEADER, check_layout, end_record
from spgc.ct.zip_methods import BOUNDLESS, unpack_start
from spgc.errors import SeriesError
from spgc.files.file_kinds import HEAD, ZIP, kind_of
from spgc.files.regular import is_folder, open_regular
from spgc.files.stray import is_stray

MAX_BYTES = 4 * 2**30
"""Unpacked size beyond which an archive is refused: a scan takes some 0.5 MB a slice."""

MAX_MEMBERS = 20_000
"""Files in an archive beyond which it is refused: a scan has some hundred, a CD some thousand."""

MAX_ENTRIES = 4 * MAX_MEMBERS
"""Entries in an archive's list, folders and files left out for their names among them."""

MAX_LIST = 2**25
"""Bytes of that list: 400 for each entry."""

_ENTRY = b"PK\x01\x02"
"""What an entry of the list begins with (APPNOTE.TXT of PKWARE, section 4.3.12)."""

_STEP = 2**20
"""Bytes unpacked at once."""

_METHODS = {0: "stored", 8: "Deflate", 12: "bzip2", 14: "LZMA"}
_OTHER_METHODS = {9: "Deflate64", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES encryption"}
"""Compression methods (APPNOTE.TXT of PKWARE, section 4.4.5) that are read, and known others."""

_NOT_SCANS = "__MACOSX"


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    `path` is what errors call it: the archive's name and its own last part. `folder` is where it
    lies inside the archive.
    """

    path: Path
    folder: str
    info: ZipInfo


def is_archive(path: Path) -> bool:
    """Whether a path is a zip archive, by its name or by its first bytes."""
    if is_folder(path):
        return False
    if path.suffix.lower() == ".zip":
        return True
    try:
        with open_regular(path) as file:
            return kind_of(file.read(HEAD)) == ZIP
    except OSError:
        return False


def members(archive: Path) -> Iterator[tuple[Member, BytesIO]]:
    """The files of an archive by name, whichever folder inside they lie in, with their content.

    Raises SeriesError for a damaged or encrypted archive, one that is packed in a way that can't
    be read, and one that holds or unpacks to too much.
    """
    with opened_archive(archive) as (opened, listed):
        left = MAX_BYTES
        for member in listed:
            content = _content(opened, member, left)
            left -= len(content)
            yield member, BytesIO(content)


@contextmanager
def opened_archive(archive: Path) -> Iterator[tuple[ZipFile, list[Member]]]:
    """An archive and its files by name, strays left out. Raises SeriesError like `members`."""
    with _opened(archive) as (opened, file):
        infos = [info for info in _files(opened) if not _is_left_out(info)]
        _check_overlap(archive, infos)
        check_layout(archive, opened, file)
        _check_size(archive, infos)
        _check_methods(archive, infos)
        infos.sort(key=lambda info: info.filename)
        yield opened, [_member(archive, info) for info in infos]


def stray_members(archive: Path, opened: ZipFile) -> list[Member]:
    """The files of an archive that `opened_archive` leaves out for their names."""
    return [_member(archive, info) for info in _files(opened) if _is_left_out(info)]


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[ZipFile, BinaryIO]]:
    with _damage_named(archive), open_regular(archive) as file:
        limited = _Limited(file, archive)
        with ZipFile(cast("BinaryIO", limited)) as opened:
            limited.listing = False
            yield opened, file


class _Limited:
    """A file that ends with its end record, and whose list of members is no longer than any scan's.

    `zipfile` looks for the record in the archive's comment too, and reads all of the list, with an
    object for each member, before anybody can count them.
    """

    def __init__(self, file: BinaryIO, archive: Path) -> None:
        self.tell, self.seekable = file.tell, file.seekable
        self.listing = True
        self._file, self._archive = file, archive
        end = end_record(archive, file)
        self._end = None if end is None else end + END_RECORD

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """As the file's own; from the end, the end record is its last part."""
        if whence == SEEK_END and self._end is not None:
            return self._file.seek(max(self._end + offset, 0))
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """As the file's own, without comment. Raises SeriesError for a list of too many members."""
        if self.listing and size > MAX_LIST:
            raise _too_many(self._archive, f"a list of members of {size:,} bytes")
        content = self._without_comment(size)
        if self.listing and (count := content.count(_ENTRY)) > MAX_ENTRIES:
            raise _too_many(self._archive, f"{count:,} files")
        return content

    def _without_comment(self, size: int) -> bytes:
        begin = self._file.tell()
        if self._end is None or 0 <= size < self._end - begin:
            return self._file.read(size)
        content = self._file.read(max(self._end - begin, 0))
        return content[:-2] + b"\0\0" if len(content) >= 2 else b"\0" * len(content)


def first_bytes(opened: ZipFile, member: Member, count: int = HEAD) -> bytes:
    """The first bytes of a member; the rest is not unpacked."""
    if member.info.compress_type in BOUNDLESS:
        return unpack_start(_file_of(opened), member.info, count)
    with opened.open(member.info) as file:
        return file.read(count)


@contextmanager
def _damage_named(archive: Path) -> Iterator[None]:
    try:
        yield
    except SeriesError:
        raise
    except Exception as error:  # zipfile and the decompressors raise many types for damage
        raise SeriesError(
            "can't read zip archive",
            where=archive,
            found=_reason(error),
            expected="a complete zip archive without a password",
            do="copy or pack the archive again",
        ) from error


def _content(opened: ZipFile, member: Member, most: int) -> bytes:
    """What a member holds, as far as its size says: an archive may promise less than it holds."""
    info = member.info
    if info.file_size > most:
        raise BadZipFile("more than the archive says")
    if info.compress_type not in BOUNDLESS:
        with opened.open(info) as file:  # reading it at once would unpack without a bound
            return b"".join(iter(lambda: file.read(_STEP), b""))
    content = unpack_start(_file_of(opened), info, info.file_size + 1)
    if len(content) != info.file_size or crc32(content) != info.CRC:
        raise BadZipFile("other content than the archive says")
    return content


def _file_of(opened: ZipFile) -> BinaryIO:
    if opened.fp is None:
        raise BadZipFile("closed")
    return cast("BinaryIO", opened.fp)


def _member(archive: Path, info: ZipInfo) -> Member:
    name = info.filename.replace("\\", "/")
    return Member(archive / _plain_name(name), str(PurePosixPath(name).parent), info)


def _files(opened: ZipFile) -> list[ZipInfo]:
    infos = opened.infolist()
    if not all(info.filename for info in infos):  # zipfile itself stumbles over it
        raise BadZipFile
    return [info for info in infos if not info.is_dir()]


def _is_left_out(info: ZipInfo) -> bool:
    inside = _NOT_SCANS in PurePosixPath(info.filename).parts
    return inside or is_stray(_plain_name(info.filename))


def _plain_name(name: str) -> str:
    """The last part of a member's name, printable: never a way out of the archive's own path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "?" for c in last) or "?"


def _check_overlap(archive: Path, infos: list[ZipInfo]) -> None:
    """Refuse members that share bytes: a small archive would unpack to as much as one likes."""
    spans = sorted((info.header_offset, info.compress_size, info) for info in infos)
    for (start, size, _), (following, _, info) in pairwise(spans):
        if start + size + LOCAL_HEADER > following:
            raise SeriesError(
                "files in a zip archive overlap",
                where=_member(archive, info).path,
                found=f"bytes that belong to two files, from {following:,} on",
                expected="each file in a place of its own",
                do="remove the archive, or pack it again",
            )


def _check_size(archive: Path, infos: list[ZipInfo]) -> None:
    for info in infos:
        if unpacks_too_far(info.compress_size, info.file_size):
            raise SeriesError(
                "file in a zip archive unpacks to too much",
                where=_member(archive, info).path,
                found=f"{info.compress_size:,} bytes for {info.file_size:,}",
                expected="what images shrink to",
                do="remove the archive, or pack it again",
            )
    if len(infos) > MAX_MEMBERS:
        raise _too_many(archive, f"{len(infos):,} files")
    size = sum(info.file_size for info in infos)
    if size > MAX_BYTES or unpacks_too_far(sum(info.compress_size for info in infos), size):
        raise SeriesError(
            "zip archive unpacks to too much",
            where=archive,
            found=f"{size / 2**30:.1f} GiB",
            expected=f"one scan, at most {MAX_BYTES / 2**30:g} GiB, of what images shrink to",
            do="pack each scan into an archive of its own",
        )


def _too_many(archive: Path, found: str) -> SeriesError:
    return SeriesError(
        "zip archive holds too many files",
        where=archive,
        found=found,
        expected=f"one scan, at most {MAX_MEMBERS:,} files and {MAX_BYTES / 2**30:g} GiB",
        do="pack each scan into an archive of its own",
    )


def _check_methods(archive: Path, infos: list[ZipInfo]) -> None:
    for info in infos:
        method = info.compress_type
        if method not in _METHODS:
            raise SeriesError(
                "zip archive is packed in a way that can't be read",
                where=archive,
                found=_OTHER_METHODS.get(method, f"compression method {method}"),
                expected="Deflate, as zip programs use by default",
                do="pack it again with 7-Zip or zip",
            )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "an encrypted archive"
    return f"a damaged archive ({type(error).__name__})"
