"""A NIfTI volume has the spacing and the orientation of one affine, in mm, or is refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.errors import SeriesError

HU = np.random.default_rng(0).integers(-1000, 400, (5, 6, 7)).astype(np.int16)

FLIPS = {"RAS": (1, 1, 1), "LAS": (-1, 1, 1), "LPS": (-1, -1, 1), "RAI": (1, 1, -1)}


def image(sizes: tuple[float, float, float], axes: str = "RAS") -> Any:
    """`HU` with voxels of (x, y, z) mm, stored in the given direction."""
    flips = FLIPS[axes]
    data = HU[::-1, ::-1, ::-1].T[:: flips[0], :: flips[1], :: flips[2]]
    affine = np.diag([*np.array(sizes) * flips, 1.0])
    ends = [
        (n - 1) * s if flip < 0 else 0 for n, s, flip in zip(data.shape, sizes, flips, strict=True)
    ]
    affine[:3, 3] = ends
    made = nibabel.Nifti1Image(data, affine)
    made.set_qform(affine, code=1)
    made.set_sform(affine, code=1)
    return made


def read(made: Any, path: Path) -> Volume:
    nibabel.save(made, path)
    return read_scan(path)


def check(volume: Volume, spacing: tuple[float, float, float]) -> None:
    np.testing.assert_array_equal(volume.hu, HU)
    np.testing.assert_allclose(volume.spacing, spacing, rtol=1e-6)
    np.testing.assert_allclose(-np.diff(volume.positions), spacing[0], rtol=1e-5)


@pytest.mark.parametrize("axes", FLIPS)
def test_the_spacing_is_that_of_the_affine_however_it_is_stored(tmp_path: Path, axes: str) -> None:
    """sform says 4 mm between slices, qform and pixdim 2.9638."""
    made = image((0.7, 0.6, 2.9638), axes)
    sform = made.affine @ np.diag([1, 1, 4 / 2.9638, 1])
    made.set_sform(sform, code=1)
    volume = read(made, tmp_path / "a.nii.gz")
    check(volume, (4.0, 0.6, 0.7))
    assert volume.notes == (
        "NIfTI sform and pixdim disagree on the voxel size "
        "(0.7 x 0.6 x 4 and 0.7 x 0.6 x 2.964): sform followed",
    )


@pytest.mark.parametrize("axes", FLIPS)
def test_agreeing_forms_give_no_note(tmp_path: Path, axes: str) -> None:
    volume = read(image((0.7, 0.6, 2.5), axes), tmp_path / "a.nii")
    check(volume, (2.5, 0.6, 0.7))
    assert volume.notes == ()


def test_forms_that_disagree_on_left_and_right_are_noted(tmp_path: Path) -> None:
    made = image((0.7, 0.6, 2.5))
    made.set_qform(made.affine @ np.diag([-1, 1, 1, 1]), code=1)
    volume = read(made, tmp_path / "a.nii")
    check(volume, (2.5, 0.6, 0.7))
    assert volume.notes == ("NIfTI sform and qform disagree on the orientation: sform followed",)


def test_a_qform_alone_is_followed(tmp_path: Path) -> None:
    made = image((0.7, 0.6, 2.5), "LPS")
    made.set_sform(None, code=0)
    volume = read(made, tmp_path / "a.nii")
    check(volume, (2.5, 0.6, 0.7))
    assert volume.notes == ()


@pytest.mark.parametrize(
    ("unit", "factor", "note"),
    [
        ("meter", 1e-3, "NIfTI in metres: turned into mm"),
        ("micron", 1e3, "NIfTI in micrometres: turned into mm"),
        ("mm", 1.0, None),
        ("unknown", 1.0, None),
    ],
)
def test_units_are_honoured(tmp_path: Path, unit: str, factor: float, note: str | None) -> None:
    made = image((0.7 * factor, 0.6 * factor, 2.5 * factor))
    made.header.set_xyzt_units(unit)
    volume = read(made, tmp_path / "a.nii.gz")
    check(volume, (2.5, 0.6, 0.7))
    assert volume.notes == ((note,) if note else ())


def test_a_unit_that_is_none_is_noted(tmp_path: Path) -> None:
    made = image((0.7, 0.6, 2.5))
    made.header["xyzt_units"] = 5
    assert read(made, tmp_path / "a.nii").notes == ("NIfTI in an unknown unit: taken as mm",)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_a_wrong_unit_is_refused_by_its_spacing(tmp_path: Path, factor: float) -> None:
    with pytest.raises(SeriesError, match="spacing is not that of a chest CT"):
        read(image((0.7 * factor, 0.6 * factor, 2.5 * factor)), tmp_path / "a.nii")


ZEROS, PARALLEL, INFINITE = np.zeros((4, 4)), np.diag([0.7, 0.6, 2.5, 1]), np.eye(4)
PARALLEL[:, 1] = PARALLEL[:, 0]
INFINITE[0, 0] = np.inf


@pytest.mark.parametrize("sform", [ZEROS, PARALLEL, INFINITE], ids=["zeros", "parallel", "inf"])
def test_an_affine_that_places_nothing_is_refused(tmp_path: Path, sform: NDArray[Any]) -> None:
    made = image((0.7, 0.6, 2.5))
    made.header["sform_code"] = 1
    for row, name in zip(sform, ("srow_x", "srow_y", "srow_z"), strict=False):
        made.header[name] = row
    path = tmp_path / "a.nii"
    path.write_bytes(made.header.binaryblock + bytes(4) + made.dataobj.tobytes("F"))
    with pytest.raises(SeriesError, match=r"NIfTI orientation is unusable.*found sform"):
        read_scan(path)


def test_oblique_axes_are_noted_and_far_oblique_ones_refused(tmp_path: Path) -> None:
    for degrees, refused in ((10, False), (44, True)):
        made = image((0.7, 0.7, 2.5))
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[1, 0, 0, 0], [0, cos, -sin, 0], [0, sin, cos, 0], [0, 0, 0, 1]])
        turned = turn @ made.affine
        made.set_sform(turned)
        made.set_qform(turned)
        if refused:
            with pytest.raises(SeriesError, match=r"oblique.*44 degrees"):
                read(made, tmp_path / "a.nii")
        else:
            volume = read(made, tmp_path / "a.nii")
            assert volume.notes == ("NIfTI axes are oblique: slices were kept as stored",)


def test_a_sheared_volume_has_the_distance_between_its_slices(tmp_path: Path) -> None:
    """A tilted gantry, as dcm2niix writes it: slices 2.5 mm apart, each 0.5 mm further back."""
    made = image((0.7, 0.6, 2.5))
    sheared = made.affine.copy()
    sheared[1, 2] = 0.5
    made.set_sform(sheared, code=1)
    made.set_qform(None, code=0)
    volume = read(made, tmp_path / "a.nii")
    check(volume, (2.5, 0.6, 0.7))
    assert any("right angles" in note for note in volume.notes)


def test_nothing_is_logged_or_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = image((0.7, 0.6, 2.5))
    nibabel.save(made, tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[80:84] = np.float32(-0.7).tobytes()  # pixdim[1]
    (tmp_path / "a.nii").write_bytes(content)
    np.testing.assert_array_equal(read_scan(tmp_path / "a.nii").hu, HU)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("codes", [(0, 0), (1, 0)], ids=["pixdim alone", "qform"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize(
    ("sizes", "told"),
    [((0, 0.6, 2.5), "no voxel size"), ((0.7, 0.6, 0), "no voxel size"), ((0.7, -0.6, 2.5), None)],
)
def test_a_voxel_size_that_is_none_is_not_made_one(
    tmp_path: Path,
    order: str,
    codes: tuple[int, int],
    kind: type,
    sizes: tuple[float, ...],
    told: str | None,
) -> None:
    """nibabel takes 1 mm for 0 and drops a sign; where sform says more, pixdim is not used."""
    header = kind.header_class(endianness=order)
    image = kind(np.full((6, 6, 4), -800, np.int16), np.diag([0.7, 0.6, 2.5, 1]), header)
    image.dataobj[0] = 0
    first = kind is nibabel.Nifti1Image
    content = bytearray(image.to_bytes())
    struct.pack_into(order + ("3f" if first else "3d"), content, 80 if first else 112, *sizes)
    path = tmp_path / "a.nii"
    path.write_bytes(content)
    read_scan(path)  # by its sform
    struct.pack_into(order + ("2h" if first else "2i"), content, 252 if first else 344, *codes)
    path.write_bytes(content)
    if told:
        with pytest.raises(SeriesError, match=told):
            read_scan(path)
    else:
        assert "NIfTI pixdim is negative: its sign was left out" in read_scan(path).notes
