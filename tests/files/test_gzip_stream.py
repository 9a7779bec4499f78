"""Gzip files of one member or several: the bytes that Python's own reader gives, or its error."""

from __future__ import annotations

import gzip
import random
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.errors import SeriesError
from spgc.files.gzip_stream import MOST_TINY, GzipStream
from tests.ct.test_plain_volumes import packed_chest

FAULTS = (EOFError, OSError, zlib.error)


def content_of(packed: bytes, step: int) -> bytes | None:
    """None for an error."""
    stream, parts = GzipStream(BytesIO(packed)), []
    try:
        while part := stream.read(step):
            parts.append(part)
    except FAULTS:
        return None
    return b"".join(parts)


def by_python(packed: bytes) -> bytes | None:
    try:
        return gzip.GzipFile(fileobj=BytesIO(packed)).read()
    except FAULTS:
        return None


@pytest.mark.parametrize("step", [1, 700, 2**20])
def test_the_same_bytes_as_pythons_own(step: int) -> None:
    """Of files cut, changed, joined, padded and followed by others."""
    draw = random.Random(step)  # noqa: S311
    for _ in range(60):
        members = [draw.randbytes(draw.choice((0, 1, 500, 3000))) for _ in range(3)]
        packed = b"".join(gzip.compress(one, mtime=0) for one in members)
        packed += draw.choice((b"", bytes(1), bytes(700), b"more", b"\0\x1f", b"\x1f\x8b"))
        if draw.random() < 0.3:
            packed = packed[: draw.randrange(len(packed) + 1)]
        if draw.random() < 0.3:
            place = draw.randrange(10, max(len(packed), 11))  # behind the header, whose flags
            changed = packed[place : place + 1]  # Python reads otherwise than zlib
            packed = packed[:place] + bytes(b ^ 16 for b in changed) + packed[place + 1 :]
        assert content_of(packed, step) == by_python(packed)


def test_a_file_of_nothing() -> None:
    assert content_of(b"", 9) == b""


def test_a_wrong_checksum_is_pythons_own_error() -> None:
    packed = bytearray(gzip.compress(b"content"))
    packed[-8] ^= 1
    with pytest.raises(gzip.BadGzipFile, match="incorrect data check"):
        GzipStream(BytesIO(packed)).read(100)


@pytest.mark.parametrize("before", [True, False], ids=["before", "behind"])
def test_members_of_nothing_are_counted(before: bool, tmp_path: Path) -> None:
    """Python's reader took 16 microseconds for each, of 20 bytes, whenever the file was opened."""
    path = tmp_path / "a.nii.gz"
    scan, nothing = packed_chest(path), gzip.compress(b"", mtime=0) * (MOST_TINY + 2)
    path.write_bytes(nothing + scan if before else scan + nothing)
    for look in (check_scan_file, read_scan):
        with pytest.raises(SeriesError, match="more than 1000 gzip members of next to nothing"):
            look(path)
