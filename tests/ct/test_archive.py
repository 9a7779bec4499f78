"""A zip archive gives the volume of the folder it was packed from, and writes nothing anywhere."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from spgc.ct import archive
from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.ct.series import read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY, images, write_scan

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


def test_deflate64_is_named(tmp_path: Path) -> None:
    """Windows Explorer packs above 2 GB like this: the archive is whole, copying never helps."""
    packed = pack(write_scan(tmp_path / "P001", HU[:1]), tmp_path / "P001.zip")
    content = bytearray(packed.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # the method's number
        content[content.index(mark) + offset] = 9
    packed.write_bytes(content)
    error = refused(packed, "packed in a way that can't be read")
    assert (error.found, error.do) == ("Deflate64", "pack it again with 7-Zip or zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_damage_in_other_methods_is_one_error(tmp_path: Path, method: int) -> None:
    folder = write_scan(tmp_path / "P001", HU[:1])
    with zipfile.ZipFile(tmp_path / "P001.zip", "w", method) as packed:
        packed.write(folder / "IM0001.dcm", "IM0001.dcm")
    np.testing.assert_array_equal(read_scan(tmp_path / "P001.zip").hu, HU[:1])
    content = (tmp_path / "P001.zip").read_bytes()
    for at in range(40, 300, 7):
        damaged = content[:at] + bytes([content[at] ^ 0x5A]) + content[at + 1 :]
        (tmp_path / "P001.zip").write_bytes(damaged)
        try:
            hu = read_scan(tmp_path / "P001.zip").hu
        except SeriesError as error:
            assert "\n" not in str(error)
        else:
            np.testing.assert_array_equal(hu, HU[:1])


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(write_scan(tmp_path / "P001", HU), tmp_path / "P001.zip")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    refused(packed, "holds too many files")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_gives_no_more_than_it_promises(tmp_path: Path, method: int) -> None:
    """100 MB of zeros, said to be 1,000 bytes: never unpacked whole."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.writestr("a.dcm", bytes(100_000_000))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + offset
        content[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(content)
    tracemalloc.start()
    refused(path, "can't read zip archive")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_that_unpack_beyond_all_measure(tmp_path: Path, method: int) -> None:
    """Said honestly: images shrink two to five times, not a thousand times."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.writestr("a.dcm", bytes(2**26 + 1))
    refused(path, "unpacks to too much")


def disc(target: Path, **folders: Path) -> Path:
    """An archive with folders, as on a CD from a hospital."""
    with zipfile.ZipFile(target, "w") as packed:
        for name, folder in folders.items():
            for path in sorted(folder.iterdir()):
                packed.write(path, f"DICOM/{name}/{path.name}")
    return target


def scan_of(folder: Path, patient: str, study: str, *, scout: bool = False) -> Path:
    def edit(index: int, tags: dict[str, object]) -> None:
        tags |= {"PatientID": patient, "StudyInstanceUID": study}
        if scout:
            tags["ImageType"] = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    return write_scan(folder, HU[:1] if scout else HU, edit=edit)


def test_a_scout_in_a_folder_of_its_own(tmp_path: Path) -> None:
    se0 = scan_of(tmp_path / "SE0", IDENTITY, "1.2", scout=True)
    se1 = scan_of(tmp_path / "SE1", IDENTITY, "1.2")
    volume = read_scan(disc(tmp_path / "cd.zip", SE0=se0, SE1=se1))
    np.testing.assert_array_equal(volume.hu, HU)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((IDENTITY, "1.2"), ("B", "1.3"), "2 patients in 2 folders"),
        (("", "1.2"), ("", "1.3"), "2 studies in 2 folders"),
    ],
)
def test_two_patients_are_refused(
    tmp_path: Path, one: tuple[str, str], other: tuple[str, str], found: str
) -> None:
    """By PatientID, and by study where there is none; the error quotes neither."""
    a, b = scan_of(tmp_path / "a", *one), scan_of(tmp_path / "b", *other)
    error = refused(disc(tmp_path / "two.zip", a=a, b=b), "one archive for several scans")
    assert error.found == found
    with pytest.raises(SeriesError, match=found):
        check_scan_file(tmp_path / "two.zip")


def test_one_patient_in_two_studies_is_no_such_fault(tmp_path: Path) -> None:
    a = scan_of(tmp_path / "a", "A", "1.2")
    b = write_scan(
        tmp_path / "b",
        HU[:2],
        edit=lambda _, tags: tags.update(
            PatientID="A", StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1"
        ),
    )
    assert len(read_scan(disc(tmp_path / "one.zip", a=a, b=b)).hu) == len(HU)


def test_archives_inside_are_named(tmp_path: Path) -> None:
    inner = pack(write_scan(tmp_path / "P001", HU), tmp_path / "P001.zip")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as packed:
        packed.write(inner, "P001.zip")
    assert "1 left out: zip archives, which are not unpacked" in str(
        refused(tmp_path / "outer.zip", "no CT images in archive").found
    )


def test_a_look_without_pixels_says_what_reading_says(tmp_path: Path) -> None:
    """Whole and bare slices are fine; a file that is only called DICOM fails both."""
    folder = write_scan(tmp_path / "P001", HU)
    bare = folder / "IM0001.dcm"
    bare.write_bytes(bare.read_bytes()[132:])
    check_scan_file(pack(folder, tmp_path / "P001.zip"))
    read_scan(tmp_path / "P001.zip")
    with zipfile.ZipFile(tmp_path / "P001.zip", "a") as more:
        more.writestr("notes.dcm", b"hello")
    refused(tmp_path / "P001.zip", "DICOM")
    with pytest.raises(SeriesError, match="despite its name"):
        check_scan_file(tmp_path / "P001.zip")


def test_a_hundred_thousand_entries(tmp_path: Path) -> None:
    """Counted before `zipfile` makes an object for each."""
    name = b"a.dcm"
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", len(name)) + bytes(16) + name
    listed = entry * 100_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, len(listed), 0, 0)
    (tmp_path / "a.zip").write_bytes(listed + end)
    tracemalloc.start()
    error = refused(tmp_path / "a.zip", "holds too many files")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.found == "100,000 files"
    assert peak < 3 * len(listed)


def test_a_list_of_gigabytes(tmp_path: Path) -> None:
    """It is a hole in the file: nothing of it is read."""
    size = 2**30
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, size, 0, 0)
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(end)
    tracemalloc.start()
    refused(tmp_path / "a.zip", "holds too many files")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_files_that_overlap(tmp_path: Path) -> None:
    """Many names for the same bytes: each is small, all together are gigabytes."""
    packed = pack(write_scan(tmp_path / "P001", HU), tmp_path / "P001.zip")
    content = bytearray(packed.read_bytes())
    entries = [at for at in range(len(content)) if content[at : at + 4] == b"PK\x01\x02"]
    for at in entries[1:]:
        content[at + 42 : at + 46] = content[entries[0] + 42 : entries[0] + 46]
    packed.write_bytes(content)
    refused(packed, "files in a zip archive overlap")


def test_many_files_that_unpack_far_together(tmp_path: Path) -> None:
    """Each within what one may: 64 MiB of next to nothing."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for index in range(3):
            packed.writestr(f"{index}.dcm", bytes(2**25))
    refused(tmp_path / "a.zip", "zip archive unpacks to too much")
