"""Volumes become HU slab by slab: the same numbers, in little more memory than they take."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.ct import slabs
from spgc.ct.plain_volumes import volume_from_array
from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.errors import SeriesError
from tests.ct.test_plain_volumes import HU, SPACING, write_nifti

KINDS = ["int16", ">i2", "int32", "int64", "float32", ">f4", "float64"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slabs of one plane or a few."""
    monkeypatch.setattr(slabs, "SLAB_VOXELS", 100)


def stored(path: Path, kind: str, slope: float, inter: float) -> Path:
    """`HU` as numbers of a kind, to be scaled, packed where the name says so."""
    image = nibabel.load(write_nifti(path.with_name("whole.nii")))
    values = np.asarray(image.dataobj).astype(kind)
    header = nibabel.Nifti1Header(endianness=">" if kind.startswith(">") else "<")
    header.set_data_dtype(values.dtype)
    header.set_data_shape(values.shape)
    header.set_sform(image.affine, 1)
    header["vox_offset"], header["pixdim"][1:4] = 352, SPACING[::-1]
    header["scl_slope"], header["scl_inter"] = slope, inter
    content = header.binaryblock + bytes(4) + values.tobytes(order="F")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_scaled_as_nibabel_does(tmp_path: Path, name: str, kind: str) -> None:
    path = stored(tmp_path / name, kind, 0.5, -300)
    expected = np.rint(nibabel.load(path).get_fdata().transpose(2, 1, 0))
    np.testing.assert_array_equal(read_scan(path).hu, expected[::-1, ::-1, ::-1])


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("kind", KINDS)
def test_arrays_in_any_order_of_memory(axes: tuple[int, ...], kind: str) -> None:
    values = np.ascontiguousarray(HU.transpose(axes).astype(kind)).transpose(np.argsort(axes))
    hu = volume_from_array(values, SPACING).hu
    np.testing.assert_array_equal(hu, HU)
    assert hu.flags.c_contiguous


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_reading_takes_little_more_memory_than_the_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, slope: float
) -> None:
    """Twice the int16 volume at most, where nibabel takes it in 64 bits several times."""
    monkeypatch.setattr(slabs, "SLAB_VOXELS", 2**16)
    values = np.tile(np.linspace(-1000, 400, 256, dtype=np.float32), (64, 256, 1)).T
    image = nibabel.Nifti1Image(values, np.eye(4))
    image.header.set_slope_inter(slope, 0)
    image.to_filename(tmp_path / name)
    size = values.size * 2
    del image, values
    read_scan(tmp_path / name)  # what is imported counts once
    tracemalloc.start()
    volume = read_scan(tmp_path / name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert volume.hu.nbytes == size
    assert peak < 2 * size


def test_a_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    """gzip's own, at the end of the file, which says that some voxel is another."""
    path = write_nifti(tmp_path / "a.nii.gz")
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(SeriesError, match=r"damaged file \(BadGzipFile\)"):
        read_scan(path)


def test_what_follows_the_packed_file_is_no_damage(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii.gz")
    path.write_bytes(path.read_bytes() + b"appended")
    np.testing.assert_array_equal(read_scan(path).hu, HU)


def test_negative_sizes(tmp_path: Path) -> None:
    """Two of them make a number of voxels that is there."""
    path = stored(tmp_path / "a.nii", "int16", 1, 0)
    content = bytearray(path.read_bytes())
    content[42:46] = np.array([-7, -6], "<i2").tobytes()
    path.write_bytes(content)
    for look in (check_scan_file, read_scan):
        with pytest.raises(SeriesError, match="array is no volume"):
            look(path)


def test_voxels_that_end_early(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    with pytest.raises(SeriesError, match="can't read volume"):
        read_scan(path)


@pytest.mark.parametrize("slope", [-1.0, -0.5])
def test_a_negative_slope_is_noted(tmp_path: Path, slope: float) -> None:
    """As a negative RescaleSlope of DICOM is."""
    volume = read_scan(stored(tmp_path / "a.nii", "int16", slope, -600))
    assert volume.notes == ("negative scl_slope: used as it is",)
    np.testing.assert_array_equal(volume.hu, np.maximum(np.rint(HU * slope - 600), -1024))
