"""An archive is read as a whole or refused: nothing lies in it that its list does not name."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.errors import SeriesError
from tests.ct.dicom_files import images, write_scan

HU = images(4)
END = b"PK\5\6"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Four slices by file name."""
    folder = write_scan(tmp_path / "scan", HU)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def built(
    files: dict[str, bytes],
    *,
    descriptor: str = "",
    local_extra: bytes = b"",
    extra: bytes = b"",
    wide: bool = False,
    comment: bytes = b"",
    counts: tuple[int, int] | None = None,
) -> bytes:
    """An archive put together by hand, as APPNOTE.TXT lays it out.

    descriptor: "", "bare", "signed" or "wide" data descriptors, local sizes being 0 then; wide: a
    ZIP64 end record, whose counts take the place of those of the plain one.
    """
    body, entries = b"", b""
    for name, content in files.items():
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(content) + packer.flush()
        crc, flags, at = zlib.crc32(content), 8 if descriptor else 0, len(body)
        sizes = (crc, len(packed), len(content))
        known = (0, 0, 0) if descriptor else sizes
        head = struct.pack("<5H3I", 20, flags, 8, 0, 0x21, *known)
        body += b"PK\3\4" + head + struct.pack("<HH", len(name), len(local_extra))
        body += name.encode() + local_extra + packed
        if descriptor:
            mark = b"" if descriptor == "bare" else b"PK\7\x08"
            body += mark + struct.pack("<IQQ" if descriptor == "wide" else "<III", *sizes)
        head = struct.pack("<6H3I", 20, 20, flags, 8, 0, 0x21, *sizes)
        entries += b"PK\1\2" + head + struct.pack("<5H2I", len(name), len(extra), 0, 0, 0, 0, at)
        entries += name.encode() + extra
    here, total = counts or (len(files), len(files))
    ends = b""
    if wide:
        place = len(body) + len(entries)
        record = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, here, total, len(entries), len(body))
        ends = b"PK\6\6" + record + b"PK\6\7" + struct.pack("<IQI", 0, place, 1)
        here = total = 0xFFFF
    record = struct.pack("<4H2IH", 0, 0, here, total, len(entries), len(body), len(comment))
    return body + entries + ends + END + record + comment


STAMP = struct.pack("<HHBI", 0x5455, 5, 1, 0)
"""The time that Unix programs put into an extra field."""

LAYOUTS = {
    "Windows and 7-Zip": {},
    "Finder and ditto": {"descriptor": "signed", "local_extra": STAMP * 2, "extra": STAMP},
    "streamed, without the mark": {"descriptor": "bare"},
    "streamed, ZIP64": {"descriptor": "wide", "wide": True},
    "Info-ZIP": {"local_extra": STAMP, "extra": STAMP, "comment": b"a chest"},
    "ZIP64": {"wide": True},
    "ZIP64 and a comment": {"wide": True, "comment": b"a chest"},
    "a comment that begins like an end": {"comment": END + b"?" * 40},
    "an end of another archive as comment": {"comment": END + bytes(18)},
    "ZIP64 and another's end as comment": {"wide": True, "comment": b"a chest" + END + bytes(18)},
    "ends without number as comment": {"comment": END * 16_000},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_zip_programs(tmp_path: Path, files: dict[str, bytes], name: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(built(files, **LAYOUTS[name]))  # type: ignore[arg-type]
    check_scan_file(path)
    np.testing.assert_array_equal(read_scan(path).hu, HU)


def test_what_python_writes_and_adds_to(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Seekable or not, and with files added later, folders among them."""
    path, names = tmp_path / "a.zip", list(files)

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names[:2]:
            packed.writestr(name, files[name])
    path.write_bytes(pipe.getvalue())
    with zipfile.ZipFile(path, "a") as packed:
        packed.mkdir("folder")
        for name in names[2:]:
            packed.writestr(f"folder/{name}", files[name])
    np.testing.assert_array_equal(read_scan(path).hu, HU)


def halves(files: dict[str, bytes]) -> tuple[bytes, bytes]:
    names = list(files)
    return built({n: files[n] for n in names[:2]}), built({n: files[n] for n in names[2:]})


def joined(files: dict[str, bytes]) -> bytes:
    return b"".join(halves(files))


def joined_with_new_places(files: dict[str, bytes]) -> bytes:
    """As `zip --adjust-sfx` leaves two joined archives: places count from the file's begin."""
    first, second = halves(files)
    content = bytearray(first + second)
    end = len(content) - 22
    (start,) = struct.unpack_from("<I", content, end + 16)
    struct.pack_into("<I", content, end + 16, start + len(first))
    at = start + len(first)
    while content[at : at + 4] == b"PK\1\2":
        (place,) = struct.unpack_from("<I", content, at + 42)
        struct.pack_into("<I", content, at + 42, place + len(first))
        at += 46 + sum(struct.unpack_from("<3H", content, at + 28))
    return bytes(content)


def first_entry_lost(files: dict[str, bytes]) -> bytes:
    """The list begins an entry later, and the counts agree with it."""
    content = bytearray(built(files))
    end = len(content) - 22
    size, start = struct.unpack_from("<2I", content, end + 12)
    step = 46 + sum(struct.unpack_from("<3H", content, start + 28))
    struct.pack_into("<2H2I", content, end + 8, 3, 3, size - step, start + step)
    return bytes(content)


def middle_entry_lost(files: dict[str, bytes]) -> bytes:
    """The content of a file whose entry is cut out of the list."""
    content = built(files)
    size, start = struct.unpack_from("<2I", content, len(content) - 10)
    step = 46 + sum(struct.unpack_from("<3H", content, start + 28))
    listed = content[start : start + step] + content[start + 2 * step : start + size]
    end = END + struct.pack("<4H2IH", 0, 0, 3, 3, len(listed), start, 0)
    return content[:start] + listed + end


def two_ends(files: dict[str, bytes]) -> bytes:
    """An archive as the comment of another, its places adjusted: either would be a scan."""
    first, second = halves(files)
    content = bytearray(joined_with_new_places(files))
    struct.pack_into("<H", content, len(first) - 2, len(second))
    return bytes(content)


def a_folder_with_content(files: dict[str, bytes]) -> bytes:
    names = list(files)
    return built({(f"{n}/" if n == names[1] else n): files[n] for n in names})


WRONG = {
    "two joined": (joined, "bytes before the first file"),
    "two joined, places adjusted": (joined_with_new_places, "bytes before the first file"),
    "one within the other's comment": (two_ends, "two ends with a list each"),
    "a program before it": (lambda files: b"MZ" + built(files), "2 bytes before the first file"),
    "first entry lost": (first_entry_lost, "bytes before the first file"),
    "middle entry lost": (middle_entry_lost, "a file that its list doesn't name"),
    "counts too high": (lambda files: built(files, counts=(99, 99)), "4 files in its list.*99"),
    "one count too low": (lambda files: built(files, counts=(4, 3)), "4 files in its list"),
    "ZIP64 count": (lambda files: built(files, wide=True, counts=(9, 9)), "4 files in its list"),
    "more after it": (lambda files: built(files) + built(files)[:300], "300 bytes after its end"),
    "a folder with content": (a_folder_with_content, "a folder with content"),
}


@pytest.mark.parametrize("name", WRONG)
def test_archives_that_hold_something_else(
    tmp_path: Path, files: dict[str, bytes], name: str
) -> None:
    """By reading and by looking alike, with what to do."""
    make, match = WRONG[name]
    path = tmp_path / "a.zip"
    path.write_bytes(make(files))
    for look in (read_scan, check_scan_file):
        with pytest.raises(SeriesError, match=f"does not hold what its list says.*{match}.*unpack"):
            look(path)
