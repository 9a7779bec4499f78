"""Tar archives of strangers: whatever their headers claim, time and memory stay small."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spgc.files.tar_content import holds_image


def archive(path: Path, name: str, content: bytes, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        member = tarfile.TarInfo(name)
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return path


def header(kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo("a")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def sparse() -> bytes:
    """A sparse file whose list of parts goes on and on."""
    first = bytearray(header(tarfile.GNUTYPE_SPARSE, 512))
    first[482] = 1  # isextended
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    return bytes(first)


SPARSE_BLOCK = (b"%011o\0" % 1) * 42 + b"\1" + bytes(7)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_headers_of_gigabytes(tmp_path: Path, kind: bytes, packed: bool) -> None:
    path = tmp_path / "a.tar"
    if packed:
        path.write_bytes(gzip.compress(header(kind, 2**30) + bytes(2**26), 1))
    else:
        path.write_bytes(header(kind, 2**30))
        with path.open("r+b") as file:
            file.truncate(2**30 + 1024)
    assert bounded(path)


def test_a_sparse_file_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(sparse() + SPARSE_BLOCK * 150_000, 1))
    assert bounded(path)


def test_headers_of_headers(tmp_path: Path) -> None:
    """Each of which `tarfile` reads from within the one before it."""
    path = tmp_path / "a.tar"
    path.write_bytes((header(tarfile.GNUTYPE_LONGNAME, 1) + b"a".ljust(512, b"\0")) * 5000)
    assert bounded(path)


def test_a_member_that_unpacks_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(header(tarfile.REGTYPE, 2**40) + bytes(2**20)))
    assert bounded(path)


def test_a_gzip_file_of_nothing_but_ends(tmp_path: Path) -> None:
    """Each of its members is 20 bytes of which nothing comes out."""
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(b"a") + gzip.compress(b"") * 50_000)
    assert bounded(path)


def test_files_that_fill_their_blocks(tmp_path: Path) -> None:
    """`tarfile` goes back by one byte before what follows them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        for name in ("a", "b", "c"):
            made.addfile(member(name, size=1024), io.BytesIO(bytes(1024)))
    path = tmp_path / "a.tar.gz"
    for whole in (stream.getvalue(), archive_end(SLICE, stream.getvalue())):
        path.write_bytes(gzip.compress(whole))
        assert holds_image(path) is (whole != stream.getvalue())


def archive_end(content: bytes, before: bytes) -> bytes:
    """An archive with one file more."""
    stream = io.BytesIO(before)
    with tarfile.open(fileobj=stream, mode="a") as made:
        made.addfile(member("z", size=len(content)), io.BytesIO(content))
    return stream.getvalue()


def member(name: str = "a", kind: bytes = tarfile.REGTYPE, **facts: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in facts.items():
        setattr(made, key, value)
    return made


SLICE = bytes(128) + b"DICM" + bytes(600)
ODD = {
    "links": [member(kind=tarfile.SYMTYPE, linkname="/etc/passwd"), member("b", tarfile.LNKTYPE)],
    "a link to itself": [member(kind=tarfile.LNKTYPE, linkname="a")],
    "devices": [
        member(kind=tarfile.CHRTYPE, devmajor=1, devminor=5),
        member("b", tarfile.FIFOTYPE),
    ],
    "a size of its own": [member(pax_headers={"size": "9" * 30})],
    "a size below nothing": [member(pax_headers={"size": "-5"})],
    "thousands of headers": [member(pax_headers={f"k{n}": "v" * 50 for n in range(5000)})],
    "a sparse file of 2**50": [
        member(pax_headers={"GNU.sparse.map": "1," * 9999 + "1", "GNU.sparse.size": str(2**50)})
    ],
    "half a sign": [member(pax_headers={"path": "\udcff"})],
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ODD)
def test_odd_members_hide_no_scan_and_lead_nowhere(tmp_path: Path, name: str, packed: bool) -> None:
    """A slice behind them, whose own name leads out of the archive, is found or feared."""
    path, stream = tmp_path / "a.tar", io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for one in ODD[name]:
            archive.addfile(one)
        inside = member("../" * 40 + "evil.dcm", size=len(SLICE))
        archive.addfile(inside, io.BytesIO(SLICE))
    path.write_bytes(gzip.compress(stream.getvalue()) if packed else stream.getvalue())
    assert bounded(path)
    assert list(tmp_path.iterdir()) == [path]


def bounded(path: Path) -> bool:
    """Whether an archive counts as one of scans, within 64 MiB."""
    tracemalloc.start()
    found = holds_image(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**26
    return found


def stream_of(save: Callable[[io.BytesIO], None]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize(
    ("name", "content", "counts"),
    [
        ("P001.zip", b"PK\x03\x04" + bytes(600), True),
        ("P001.7z", b"7z\xbc\xaf\x27\x1c" + bytes(600), True),
        ("a.mha", b"ObjectType = Image" + bytes(600), True),
        ("a.npy", stream_of(lambda s: np.save(s, np.zeros((9, 256, 256), np.int16))), True),
        ("labels.npy", stream_of(lambda s: np.save(s, np.zeros((80, 200), np.int64))), False),
        ("list.xlsx", b"PK\x03\x04" + bytes(600), False),
        ("code.py", b"print()", False),
    ],
)
def test_what_counts_in_an_archive(
    tmp_path: Path, name: str, content: bytes, counts: bool, mode: str
) -> None:
    assert holds_image(archive(tmp_path / "a.tar", name, content, mode)) is counts
