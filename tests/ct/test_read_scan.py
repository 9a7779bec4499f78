"""Scans are read by what they are, and what can't be opened is named and fails its scan alone."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.ct.preprocess import preprocess
from spgc.ct.read_scan import check_scan_file, files_of, read_scan
from spgc.ct.store import SliceStore
from spgc.errors import SeriesError
from tests.ct.dicom_files import images, write_scan

HU = images(4, 32)


def nifti(path: Path, kind: type = nibabel.Nifti1Image) -> Path:
    affine = np.diag([0.75, 0.5, 2.0, 1.0])
    nibabel.save(kind(HU[::-1, ::-1, ::-1].transpose(2, 1, 0), affine), path)
    return path


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_nifti_is_read_by_content(tmp_path: Path, kind: type) -> None:
    """Plain as .nii.gz, gzipped as .nii, and under a name that says nothing."""
    plain = nifti(tmp_path / "a.nii", kind).read_bytes()
    (tmp_path / "plain.nii.gz").write_bytes(plain)
    (tmp_path / "packed.nii").write_bytes(gzip.compress(plain))
    (tmp_path / "other.dat").write_bytes(plain)
    right = read_scan(tmp_path / "a.nii")
    for name in ("plain.nii.gz", "packed.nii", "other.dat"):
        volume = read_scan(tmp_path / name)
        np.testing.assert_array_equal(volume.hu, right.hu)
        assert (volume.spacing, volume.notes) == (right.spacing, right.notes)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.hdr", (348).to_bytes(4, "little") + bytes(344), "a NIfTI or Analyze pair"),
        ("a.nrrd", b"NRRD0004\n", "an NRRD file"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0", "7-Zip file"),
        ("a.rar", b"Rar!\x1a\x07\x00", "RAR file"),
        ("a.txt", b"hello", "a file"),
        ("a.dcm", bytes(128) + b"DICM", "a single DICOM file"),
    ],
)
def test_other_forms_are_named_before_they_are_hashed(
    tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    (tmp_path / name).write_bytes(content)
    for look in (read_scan, files_of, check_scan_file):
        with pytest.raises(SeriesError, match="not a scan that can be read") as caught:
            look(tmp_path / name)
        assert str(caught.value.found).startswith(found)
        assert caught.value.do


def spoil_link(folder: Path) -> str:
    (folder / "IM0002.dcm").unlink()
    (folder / "IM0002.dcm").symlink_to(folder / "nowhere")
    return "a link that leads nowhere"


def spoil_pipe(folder: Path) -> str:
    os.mkfifo(folder / "IM0009.dcm")
    return "a named pipe, not a file"


def spoil_folder(folder: Path) -> str:
    (folder / "IM0009.dcm").mkdir()
    return "a folder, not a file"


def spoil_gzip(folder: Path) -> str:
    path = folder / "IM0002.dcm"
    path.write_bytes(gzip.compress(path.read_bytes()))
    return "a file packed with gzip"


@pytest.mark.parametrize("spoil", [spoil_link, spoil_pipe, spoil_folder, spoil_gzip])
def test_a_slice_that_cant_be_opened_fails_its_scan_alone(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    """It was left out without a word before, or ended the run."""
    good, bad = write_scan(tmp_path / "good", HU), write_scan(tmp_path / "bad", HU)
    found = spoil(bad)
    with pytest.raises(SeriesError, match=found):
        read_scan(bad)
    report = preprocess({"bad": bad, "good": good}, SliceStore(tmp_path / "store"))
    assert report.done == ("good",)
    assert report.failures["bad"].found == found
    assert "IM000" in str(report.failures["bad"].where)


def test_a_file_without_permission_fails_its_scan_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = write_scan(tmp_path / "good", HU), write_scan(tmp_path / "bad", HU)
    real = os.open

    def closed(path: os.PathLike[str], flags: int, **more: int) -> int:
        if str(path).endswith("bad/IM0003.dcm"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, **more)

    monkeypatch.setattr("spgc.files.regular.os.open", closed)
    report = preprocess({"bad": bad, "good": good}, SliceStore(tmp_path / "store"))
    assert report.done == ("good",)
    assert report.failures["bad"].found == "Permission denied"


@pytest.mark.parametrize("name", ["IM{:04d}.img", "IM{:04d}.CT", "IM{:04d}.v2", "1.2.840.{}"])
@pytest.mark.parametrize("start", [0, 132])
def test_slices_under_any_name_with_and_without_preamble(
    tmp_path: Path, name: str, start: int
) -> None:
    for path in write_scan(tmp_path, HU, name=name).iterdir():
        path.write_bytes(path.read_bytes()[start:])
    np.testing.assert_array_equal(read_scan(tmp_path).hu, HU)


def test_a_hidden_slice_is_noted(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    (tmp_path / "IM0004.dcm").rename(tmp_path / ".IM0004.dcm")
    (tmp_path / "._IM0001.dcm").write_bytes(b"\0\5\x16\7" + bytes(200))  # of a Mac: no slice
    assert "1 left out: hidden files that are DICOM" in read_scan(tmp_path).notes
