"""A zip archive gives the volume of the folder it was packed from, and writes nothing anywhere."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from spgc.ct import archive
from spgc.ct.scan import read_scan
from spgc.ct.series import read_series
from spgc.errors import SeriesError

from .dicom_files import IDENTITY, images, write_scan

HU = images(4)


def pack(folder: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            packed.write(path, prefix + path.name)
    return target


@pytest.mark.parametrize(
    "prefix", ["", "P001/", "a/b/c/", "../../", "/etc/", "..\\..\\", "C:\\x\\"]
)
def test_same_volume_as_the_folder(tmp_path: Path, prefix: str) -> None:
    """Names that lead out of the archive are names like any other: nothing is unpacked."""
    folder = write_scan(tmp_path / "scan" / "P001", HU)
    packed = pack(folder, tmp_path / "scan" / "P001.zip", prefix)
    before = {path for path in tmp_path.parent.rglob("*") if "scan" in path.parts}
    volume, plain = read_scan(packed), read_series(folder)
    np.testing.assert_array_equal(volume.hu, plain.hu)
    np.testing.assert_array_equal(volume.positions, plain.positions)
    assert (volume.spacing, volume.notes) == (plain.spacing, plain.notes)
    assert {path for path in tmp_path.parent.rglob("*") if "scan" in path.parts} == before


def test_leftovers_of_operating_systems_are_skipped(tmp_path: Path) -> None:
    packed = pack(write_scan(tmp_path / "P001", HU), tmp_path / "P001.zip")
    with zipfile.ZipFile(packed, "a") as more:
        more.writestr("__MACOSX/._IM0001.dcm", b"fork")
        more.writestr(".DS_Store", b"x")
    assert read_scan(packed).notes == ()


def refused(path: Path, match: str) -> SeriesError:
    with pytest.raises(SeriesError, match=match) as caught:
        read_scan(path)
    assert IDENTITY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_archive_without_images(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as packed:
        packed.writestr("notes.txt", "hello")
    refused(tmp_path / "empty.zip", "no CT images in archive")


def test_damaged_archives(tmp_path: Path) -> None:
    """Cut anywhere, or with any byte changed, an archive gives the right pixels or one error."""
    packed = pack(write_scan(tmp_path / "P001", HU[:2]), tmp_path / "P001.zip")
    content = packed.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(content), 60):
        for bad in (content[:at], content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]):
            packed.write_bytes(bad)
            try:
                hu = read_scan(packed).hu
            except SeriesError as error:
                assert "\n" not in str(error)
            else:
                np.testing.assert_array_equal(hu, HU[:2])


def test_a_password_is_named(tmp_path: Path) -> None:
    packed = pack(write_scan(tmp_path / "P001", HU[:1]), tmp_path / "P001.zip")
    content = bytearray(packed.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of encryption
        at = content.index(mark) + offset
        content[at : at + 2] = struct.pack("<H", struct.unpack_from("<H", content, at)[0] | 1)
    packed.write_bytes(content)
    assert refused(packed, "can't read zip archive").found == "an encrypted archive"


def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = pack(write_scan(tmp_path / "P001", HU), tmp_path / "P001.zip")
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    refused(packed, "unpacks to too much")


def test_member_names_are_made_harmless(tmp_path: Path) -> None:
    """Names may hold control characters: an error shows none."""
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("a\x1b[31m\n.dcm", b"no image")
    refused(tmp_path / "bad.zip", "can't read DICOM file")
