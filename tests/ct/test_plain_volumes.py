"""NIfTI and `.npy` volumes: the same slices in the same order, or one clear error."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.ct.plain_volumes import volume_from_array
from spgc.ct.scan import read_scan
from spgc.errors import SeriesError

from .dicom_files import IDENTITY

HU = np.random.default_rng(0).integers(-1000, 400, (5, 6, 7)).astype(np.int16)
"""(S, H, W), head to feet, front at the top, patient's right at the left edge."""

SPACING = (2.5, 0.6, 0.7)


def write_nifti(path: Path, axes: tuple[int, ...] = (0, 1, 2), flips: tuple[int, ...] = ()) -> Path:
    """`HU` as NIfTI, its voxel axes permuted and flipped; the affine says how."""
    ras = HU[::-1, ::-1, ::-1].transpose(2, 1, 0)  # grows to the right, front and head
    affine = np.diag([*SPACING[::-1], 1.0])
    affine[:3, 3] = (-50, -40, -300)
    data, turned = ras.transpose(axes), affine[:, [*axes, 3]]
    for axis in flips:
        turned[:3, 3] += turned[:3, axis] * (data.shape[axis] - 1)
        turned[:3, axis] *= -1
        data = np.flip(data, axis)
    image = nibabel.Nifti1Image(data, turned)
    image.header["descrip"] = IDENTITY.encode()
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", [(), (0,), (1, 2), (0, 1, 2)])
def test_nifti_of_any_orientation(
    tmp_path: Path, axes: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    volume = read_scan(write_nifti(tmp_path / "a.nii.gz", axes, flips))
    np.testing.assert_array_equal(volume.hu, HU)
    np.testing.assert_allclose(volume.spacing, SPACING)
    np.testing.assert_allclose(volume.positions, -300 + 2.5 * np.arange(5)[::-1])
    assert volume.notes == ()


def test_nifti_with_a_slope(tmp_path: Path) -> None:
    image = nibabel.load(write_nifti(tmp_path / "a.nii"))
    scaled = nibabel.Nifti1Image(np.asarray(image.dataobj) * 0.5 - 300, image.affine)
    scaled.set_data_dtype(np.int16)
    nibabel.save(scaled, tmp_path / "b.nii")
    np.testing.assert_allclose(read_scan(tmp_path / "b.nii").hu, np.rint(HU * 0.5 - 300), atol=1)


def test_nifti_without_orientation_is_noted(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    content[252:256] = bytes(4)  # qform_code and sform_code
    path.write_bytes(content)
    assert read_scan(tmp_path / "a.nii").notes[0].startswith("NIfTI without orientation")


def write_npy(folder: Path, array: np.ndarray = HU, spacing: object = SPACING) -> Path:
    np.save(folder / "a.npy", array, allow_pickle=True)
    if spacing is not None:
        (folder / "a.json").write_text(json.dumps({"spacing": spacing}))
    return folder / "a.npy"


def test_npy_with_spacing(tmp_path: Path) -> None:
    volume = read_scan(write_npy(tmp_path))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == SPACING


def test_floats_are_rounded_and_gaps_filled_with_air() -> None:
    values = HU.astype(np.float32) + 0.25
    values[0, 0, 0] = np.nan
    volume = volume_from_array(values, SPACING)
    assert volume.hu[0, 0, 0] == -1024
    np.testing.assert_array_equal(volume.hu[1:], HU[1:])


def refused(path: Path, match: str) -> None:
    with pytest.raises(SeriesError, match=match) as caught:
        read_scan(path)
    assert "\n" not in str(caught.value)
    assert IDENTITY not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (HU[0], "array is no volume"),
        (np.zeros((0, 4, 4), np.int16), "array is no volume"),
        (np.array([{"a": 1}], object), "can't read volume"),
        (HU.astype(str), "array is no volume"),
        (np.zeros((2, 4, 4), np.uint8), "volume is not in HU"),
    ],
)
def test_arrays_that_are_no_scan(tmp_path: Path, array: np.ndarray, match: str) -> None:
    """A pickled object among them: it is never unpickled."""
    refused(write_npy(tmp_path, array), match)


@pytest.mark.parametrize("spacing", [None, [1, 2], "wide", [1, 1, "x"]])
def test_npy_without_spacing(tmp_path: Path, spacing: object) -> None:
    refused(write_npy(tmp_path, spacing=spacing), "no spacing")


@pytest.mark.parametrize("spacing", [[0, 1, 1], [1, -1, 1]])
def test_spacing_must_be_positive(tmp_path: Path, spacing: object) -> None:
    refused(write_npy(tmp_path, spacing=spacing), "spacing is not positive")


def test_a_time_series_is_no_scan(tmp_path: Path) -> None:
    nibabel.save(
        nibabel.Nifti1Image(np.zeros((4, 4, 3, 2), np.int16), np.eye(4)), tmp_path / "a.nii"
    )
    refused(tmp_path / "a.nii", "not one volume")


def test_a_volume_of_absurd_size_is_not_unpacked(tmp_path: Path) -> None:
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((30000, 30000, 30000))
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(header.binaryblock + b"\0" * 1000))
    refused(tmp_path / "a.nii.gz", "volume is too large")


def test_damaged_files_are_one_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for path in (write_nifti(tmp_path / "b.nii.gz"), write_nifti(tmp_path / "b.nii"),
                 write_npy(tmp_path)):  # fmt: skip
        content = path.read_bytes()
        for at in rng.integers(0, len(content), 40):
            flipped = bytes([content[at] ^ int(rng.integers(1, 256))])
            for bad in (content[:at], content[:at] + flipped + content[at + 1 :]):
                path.write_bytes(bad)
                try:
                    volume = read_scan(path)
                except SeriesError as error:
                    assert "\n" not in str(error)
                else:
                    assert volume.hu.ndim == 3


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    refused(tmp_path / "a.png", "not a scan")
    refused(tmp_path / "nowhere", "can't read scan folder")
