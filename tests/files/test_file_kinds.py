"""A file is what its first bytes say, however it is called."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import DTypeLike

from spgc.files.file_kinds import is_byte_nifti, kind_of, peek
from spgc.files.tar_content import holds_image
from tests.ct.dicom_files import make_slice, save


def nifti(path: Path, dtype: DTypeLike = np.int16, kind: type = nibabel.Nifti1Image) -> Path:
    nibabel.save(kind(np.zeros((4, 4, 2), dtype), np.eye(4)), path)
    return path


def test_files_of_other_programs(tmp_path: Path) -> None:
    """nibabel, NumPy, pydicom, gzip and tarfile as the ones who write."""
    image = save(make_slice(np.zeros((4, 4), np.int16)), tmp_path / "a.dcm")
    np.save(tmp_path / "a.npy", np.zeros(3))
    (tmp_path / "bare").write_bytes(image.read_bytes()[132:])
    (tmp_path / "packed").write_bytes(gzip.compress(image.read_bytes()))
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as packed:
        packed.add(image, "a.dcm")
    nibabel.save(nibabel.Nifti1Pair(np.zeros((4, 4, 2), np.int16), np.eye(4)), tmp_path / "p.img")
    nibabel.save(nibabel.AnalyzeImage(np.zeros((4, 4, 2), np.int16), np.eye(4)), tmp_path / "q.img")
    expected = {
        image: "DICOM",
        tmp_path / "bare": "bare DICOM",
        tmp_path / "packed": "gzip of DICOM",
        tmp_path / "a.npy": "NumPy",
        tmp_path / "a.tgz": "gzip of tar",
        nifti(tmp_path / "a.nii"): "NIfTI",
        nifti(tmp_path / "b.nii", kind=nibabel.Nifti2Image): "NIfTI",
        nifti(tmp_path / "a.nii.gz"): "gzip of NIfTI",
        tmp_path / "p.hdr": "a NIfTI or Analyze pair",
        tmp_path / "q.hdr": "a NIfTI or Analyze pair",
    }
    assert {path: peek(path) for path in expected} == expected


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"Study,Label\n",
        b"\x08\x00",
        b"\x08\x00\x05\x00\x03\x00\x02\x00" * 20,
        b"\x02\x00\x00\x00\x04\x00\x00\x00" + bytes(100),
        bytes(512),
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_other_files_are_of_no_kind(head: bytes) -> None:
    """Numbers that only begin like DICOM without its preamble among them."""
    assert kind_of(head) == ""


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_masks_are_nifti_of_8_bits(tmp_path: Path, kind: type, name: str) -> None:
    assert is_byte_nifti(nifti(tmp_path / name, np.uint8, kind))
    assert not is_byte_nifti(nifti(tmp_path / name, np.int16, kind))
    assert not is_byte_nifti(nifti(tmp_path / name, np.float32, kind))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_archive_counts_when_an_image_is_in_it(tmp_path: Path, mode: str) -> None:
    image = save(make_slice(np.zeros((600, 600), np.int16)), tmp_path / "a.dcm").read_bytes()
    for content, found in ((image, True), (b"print()", False)):
        with tarfile.open(tmp_path / "a.tar", mode) as packed:  # type: ignore[call-overload]
            member = tarfile.TarInfo("x/IM0001")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
        assert holds_image(tmp_path / "a.tar") is found


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_image_behind_other_files_of_a_tar_archive(tmp_path: Path, mode: str) -> None:
    """Wherever it lies: a report of megabytes often comes first."""
    image = save(make_slice(np.zeros((8, 8), np.int16)), tmp_path / "a.dcm").read_bytes()
    with tarfile.open(tmp_path / "a.tar", mode) as packed:  # type: ignore[call-overload]
        for content in (np.random.default_rng(0).bytes(2**20), image):
            member = tarfile.TarInfo("x/y")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    assert holds_image(tmp_path / "a.tar")


def test_a_damaged_tar_archive_may_hold_an_image(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(bytes(257) + b"ustar" + b"x" * 2000)
    assert holds_image(tmp_path / "a.tar")


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_8_bits_with_a_slope_are_no_mask(tmp_path: Path, kind: type) -> None:
    image = kind(np.zeros((4, 4, 4), np.uint8), np.eye(4))
    image.header.set_slope_inter(16, -1024)
    nibabel.save(image, tmp_path / "a.nii.gz")
    assert not is_byte_nifti(tmp_path / "a.nii.gz")
