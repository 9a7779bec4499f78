"""Whatever looks like a scan is found by its content, and none is passed over in silence."""

from __future__ import annotations

import errno
import gzip
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.data.find_scans import find_scans
from spgc.data.folders import LOOKED_INTO, spread
from spgc.data.layout import open_dataset
from spgc.data.scan_places import scan_places
from tests.ct.metaimage_files import header, voxels, write_metaimage
from tests.data.trees import DICOM, scan, tree


def slices(folder: Path, name: str, count: int = 5) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        (folder / name.format(index)).write_bytes(DICOM + str(folder / str(index)).encode())
    return folder


def nifti(path: Path, kind: type = np.int16) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.zeros((8, 8, 4), kind), np.eye(4)), path)
    return path


@pytest.mark.parametrize(
    "name",
    ["IM{}.img", "IM{}.CT", "IM{}.v2", "1.2.840.{}", "4a5b.6c{}d", "IM{}", "IM{}.DCM", "x.{}.txt"],
)
def test_slices_under_any_name(tmp_path: Path, name: str) -> None:
    slices(tmp_path / "case", name)
    assert set(open_dataset(tmp_path).folders) == {"case"}


def test_slices_among_other_files(tmp_path: Path) -> None:
    """Not only the first few names are looked at."""
    for index in range(40):
        folder = slices(tmp_path / "case", "IM{}", 20)
        (folder / f"A{index:03d}").write_text("no image")
    assert set(open_dataset(tmp_path).folders) == {"case"}


def test_few_files_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None where names tell, one where the first one is DICOM, and never many."""
    slices(tmp_path / "a", "IM{}.dcm", 100)
    slices(tmp_path / "b", "IM{}", 100)
    for index in range(100):
        (tmp_path / "b" / f"{index}.png").write_bytes(b"\x89PNG")
        (tmp_path / f"{index}.dat").write_bytes(b"x")
    opened = []
    real = os.open
    monkeypatch.setattr(
        "spgc.files.regular.os.open", lambda *a, **k: (opened.append(a[0]), real(*a, **k))[1]
    )
    assert set(find_scans(tmp_path).scans) == {"a", "b"}
    assert len(opened) == LOOKED_INTO + 2


def test_spread_takes_the_first_and_the_last() -> None:
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread([1, 2], 4) == [1, 2]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """One of each form that holds a scan and can't be read, and files that hold none."""
    scan(tmp_path / "good")
    (tmp_path / "meta.mha").write_bytes(b"ObjectType = Image\n")
    (tmp_path / "analyze.hdr").write_bytes((348).to_bytes(4, "little") + bytes(344))
    (tmp_path / "analyze.img").write_bytes(bytes(100))
    (tmp_path / "seven.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    (tmp_path / "rar.rar").write_bytes(b"Rar!\x1a\x07\0")
    with tarfile.open(tmp_path / "tar.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "good", "good")
    np.save(tmp_path / "array.npy", np.zeros((4, 32, 32), np.int16))
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.zip")
    slices(tmp_path / "packed", "IM{}")
    for path in list((tmp_path / "packed").iterdir()):
        path.with_name(path.name + ".dcm.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as packed_too:
        packed_too.writestr("P001/a", DICOM)
        packed_too.writestr("P002/a", DICOM)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "many.zip", "P001.zip")
    slices(tmp_path / ".hidden", "IM{}.dcm")
    for name in ("notes.txt", "readme.hdr", "code.py"):
        (tmp_path / name).write_text("text")
    np.save(tmp_path / "Slice-level-labels.npy", np.zeros((80, 200), np.int64))
    np.save(tmp_path / "Lobe-level-labels.npy", np.zeros((80, 200, 5), np.int64))
    with zipfile.ZipFile(tmp_path / "documents.zip", "w") as documents:
        documents.writestr("a.txt", "text")
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as sheet:
        sheet.writestr("a.xml", "text")
    return tmp_path


UNREADABLE = {
    "meta",
    "analyze",
    "seven",
    "rar",
    "tar",
    "array",
    "gone",
    "pipe",
    "packed",
    "many",
    "outer",
}


def test_each_form_that_cant_be_read_is_a_case(odd: Path) -> None:
    """So it fails like any scan, by name; label arrays and documents are none."""
    data = open_dataset(odd)
    assert set(data.folders) == {"good", *UNREADABLE}
    assert set(data.refused) == {".hidden"}


def test_check_names_each_of_them(odd: Path) -> None:
    from spgc.data.check import check

    report = check(open_dataset(odd))
    named = {finding.where for finding in report.findings if finding.severity == "error"}
    # That many.zip is two scans only its images' tags could tell, and these have none.
    assert {*UNREADABLE, ".hidden"} - named <= {"many"}
    assert not report.ok


def test_masks_beside_a_scan_are_no_scans(tmp_path: Path) -> None:
    """As in TotalSegmentator: s0000/ct.nii.gz and s0000/segmentations/*.nii.gz."""
    for name in ("s0000", "s0001"):
        nifti(tmp_path / name / "ct.nii.gz")
        nifti(tmp_path / name / "segmentations" / "liver.nii.gz", np.uint8)
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"s0000", "s0001"}
    assert any("2 volumes of 8 bits beside a scan taken as masks" in n for n in data.notes)


def test_a_metaimage_volume_is_a_scan_and_one_of_8_bits_beside_it_a_mask(tmp_path: Path) -> None:
    """As in LUNA16: P1.mhd with its voxels in P1.raw."""
    write_metaimage(tmp_path / "P0.mha")
    (tmp_path / "P1.mhd").write_bytes(header("P1.raw"))
    (tmp_path / "P1.raw").write_bytes(voxels())
    write_metaimage(tmp_path / "lungs" / "P0_lungs.mha", ElementType="MET_UCHAR")
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"P0", "P1"}
    assert any("1 volume of 8 bits beside a scan taken as masks" in n for n in data.notes)


def test_a_volume_of_8_bits_alone_is_a_case(tmp_path: Path) -> None:
    """Its reader says that it is not in HU."""
    nifti(tmp_path / "a.nii.gz", np.uint8)
    assert set(open_dataset(tmp_path).folders) == {"a"}


def test_an_archive_beside_its_folder_is_left_out_with_a_note(tmp_path: Path) -> None:
    scan(tmp_path / "P1")
    with zipfile.ZipFile(tmp_path / "P1.zip", "w") as packed:
        packed.writestr("a.dcm", DICOM)
    data = open_dataset(tmp_path)
    assert data.folders == {"P1": tmp_path / "P1"}
    assert "1 file left out, which lie unpacked in a folder beside: P1.zip" in data.notes


def test_an_archive_beside_an_empty_folder_is_the_scan(tmp_path: Path) -> None:
    (tmp_path / "P1").mkdir()
    with zipfile.ZipFile(tmp_path / "P1.zip", "w") as packed:
        packed.writestr("a.dcm", DICOM)
    assert open_dataset(tmp_path).folders == {"P1": tmp_path / "P1.zip"}


@pytest.mark.parametrize("inside", ["", "COVID-CT-MD/"])
def test_the_downloaded_archive_beside_what_was_unpacked(tmp_path: Path, inside: str) -> None:
    tree(tmp_path, "Cap subjects/cap001", "Cap subjects/cap002")
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as packed:
        for path in sorted(tmp_path.rglob("*.dcm")):
            packed.write(path, inside + str(path.relative_to(tmp_path)))
    assert set(open_dataset(tmp_path).folders) == {"cap001", "cap002"}


def test_a_scan_in_one_file_among_slices_is_refused(tmp_path: Path) -> None:
    """A stray slice in the root must not hide the archives there; a mask is left to the reader."""
    folder = scan(tmp_path / "a")
    nifti(folder / "ct.nii.gz")
    nifti(folder / "mask.nii.gz", np.uint8)
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"a"}
    assert "among the slices of another scan" in str(data.refused["ct"])


def test_slices_inside_the_folder_of_a_scan(tmp_path: Path) -> None:
    scan(tmp_path / "a")
    scan(tmp_path / "a" / "more")
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"a", "more"}
    assert any("inside the folder of another scan" in note for note in data.notes)


def test_slices_in_the_root_beside_scans(tmp_path: Path) -> None:
    slices(tmp_path / "root", "IM{}.dcm")
    scan(tmp_path / "root" / "a")
    assert set(open_dataset(tmp_path / "root").folders) == {"root", "a"}


def test_empty_folders_are_noted(tmp_path: Path) -> None:
    scan(tmp_path / "a")
    (tmp_path / "b").mkdir()
    assert "1 empty folder: b" in open_dataset(tmp_path).notes


def test_a_second_way_to_a_folder_is_noted(tmp_path: Path) -> None:
    scan(tmp_path / "a")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "up").symlink_to(tmp_path)
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"a"}
    assert data.notes == ("b leads to the folder a: taken once",)


def test_links_that_lead_to_each_other(tmp_path: Path) -> None:
    scan(tmp_path / "a")
    (tmp_path / "x").symlink_to(tmp_path / "y")
    (tmp_path / "y").symlink_to(tmp_path / "x")
    assert set(open_dataset(tmp_path).folders) == {"a", "x", "y"}


def test_a_folder_that_cant_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions don't bite where tests run as root: the listing is made to fail."""
    tree(tmp_path, "a", "b")
    real = os.scandir

    def closed(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "b":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("spgc.data.folders.os.scandir", closed)
    found = find_scans(tmp_path)
    assert set(found.scans) == {"a"}
    assert found.refused["b"].found == "Permission denied"


def test_a_link_to_a_pipe_called_like_a_label_file_is_named(tmp_path: Path) -> None:
    from spgc.data.check import check

    scan(tmp_path / "a")
    os.mkfifo(tmp_path / "slice_labels.csv")
    whats = [finding.what for finding in check(open_dataset(tmp_path)).findings]
    assert any("can't read table" in what and "a named pipe" in what for what in whats)


def test_hidden_folders_are_looked_into(tmp_path: Path) -> None:
    """Deeper folders, slices without an ending and NIfTI files: none is passed over in silence."""
    scan(tmp_path / "good")
    slices(tmp_path / "a" / ".raw", "IM{}")
    slices(tmp_path / "b" / ".old" / "P001", "IM{}.dcm")
    nifti(tmp_path / "c" / ".x" / "y" / "ct.nii.gz")
    slices(tmp_path / ".git" / "tests", "IM{}.dcm")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "index.json").write_text("{}")
    assert {str(reason.where) for reason in find_scans(tmp_path).refused.values()} == {
        str(tmp_path / name) for name in ("a/.raw", "b/.old", "c/.x")
    }


def test_discs_and_tars_within_archives_are_cases(tmp_path: Path) -> None:
    """Their reader refuses them by name."""
    scan(tmp_path / "good")
    (tmp_path / "disc.iso").write_bytes(bytes(1000))
    with tarfile.open(tmp_path / "inner.tar", "w") as packed:
        packed.add(tmp_path / "good", "good")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "inner.tar", "inner.tar")
    (tmp_path / "inner.tar").unlink()
    assert set(open_dataset(tmp_path).folders) == {"good", "disc", "outer"}


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc here")
@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/proc/self", "a folder of the system's kernel"),
        ("/dev/fd", "a folder of the system's kernel"),
        ("/", "in which the data folder itself lies"),
        ("../..", "in which the data folder itself lies"),
    ],
)
def test_links_that_lead_to_the_whole_machine(tmp_path: Path, target: str, why: str) -> None:
    """There is no end to /proc, which holds the whole machine again in each of its processes."""
    root = tmp_path / "above" / "data"
    (root / "P001").mkdir(parents=True)
    (root / "endless").symlink_to(target)
    places = scan_places(root)
    assert [*places.refused] == [root / "endless"]
    assert why in str(places.refused[root / "endless"])
    assert "remove the link" in str(places.refused[root / "endless"])
