"""One slice without a place costs at most itself, never the order of all the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume, read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import Tags, images, make_slice, save, write_scan
from tests.ct.test_frames import enhanced

HU = images(8)
NOWHERE = {"ImagePositionPatient": None, "SliceLocation": None}

Edit = Callable[[int, Tags], None]


def from_the_feet(lost: dict[int, dict[str, Any]]) -> Edit:
    """InstanceNumber counts against the order that a guess would take; `lost` slices are edited."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(number=len(HU) - index, **lost.get(index, {}))

    return edit


def check_whole(volume: Volume) -> None:
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    np.testing.assert_allclose(volume.positions, 100.0 - 2.0 * np.arange(8), atol=1e-9)


@pytest.mark.parametrize(
    "lost",
    [
        NOWHERE,
        {**NOWHERE, "ImagePositionPatient": [0, 0, 0]},
        {**NOWHERE, "ImagePositionPatient": b"a\\b\\c"},
        {**NOWHERE, "ImageOrientationPatient": None},
    ],
    ids=["absent", "blanked", "damaged", "no orientation either"],
)
def test_a_lost_slice_goes_between_its_neighbours(tmp_path: Path, lost: dict[str, Any]) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=from_the_feet({4: lost})))
    check_whole(volume)
    note = "IM0005.dcm has no position: placed between its neighbours by number"
    assert note in volume.notes
    assert not any("shifted" in note for note in volume.notes)


def test_several_lost_slices_side_by_side(tmp_path: Path) -> None:
    edit = from_the_feet({2: NOWHERE, 3: NOWHERE, 5: NOWHERE})
    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    check_whole(volume)
    assert [note[:10] for note in volume.notes] == ["IM0006.dcm", "IM0004.dcm", "IM0003.dcm"]


@pytest.mark.parametrize("index", [0, 4, 7])
@pytest.mark.parametrize("sign", [1, -1])
def test_slice_location_that_runs_with_the_positions_says_the_place(
    tmp_path: Path, index: int, sign: int
) -> None:
    """At the ends, too; scanners count it to the head or to the feet, from any zero."""
    lost = from_the_feet({index: {"ImagePositionPatient": None, "InstanceNumber": None}})

    def edit(i: int, tags: Tags) -> None:
        lost(i, tags)
        tags["SliceLocation"] = sign * tags["z"] + 7

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    check_whole(volume)
    assert volume.notes == (f"IM000{index + 1}.dcm has no position: placed by its SliceLocation",)


@pytest.mark.parametrize(
    ("index", "tags"),
    [
        (0, {}),
        (7, {}),
        (4, {"InstanceNumber": None}),
        (4, {"InstanceNumber": 99}),
        (4, {"InstanceNumber": b"x"}),
    ],
    ids=["first", "last", "no number", "another number", "damaged number"],
)
def test_a_lost_slice_that_could_lie_elsewhere_is_an_error(
    tmp_path: Path, index: int, tags: Tags
) -> None:
    write_scan(tmp_path, HU, edit=from_the_feet({index: {**NOWHERE, **tags}}))
    with pytest.raises(SeriesError, match="has no place") as caught:
        read_series(tmp_path)
    assert f"IM000{index + 1}.dcm" in str(caught.value)


def test_a_hole_of_another_size_is_not_filled(tmp_path: Path) -> None:
    """Slice 5 lost its position, slice 4 is not there: the numbers fit, the distance does not."""
    write_scan(tmp_path, HU, edit=from_the_feet({4: NOWHERE}))
    (tmp_path / "IM0004.dcm").unlink()
    with pytest.raises(SeriesError, match="has no place"):
        read_series(tmp_path)


@pytest.mark.parametrize("number", [1, 5, 9, 99, None])
def test_a_page_is_left_out_by_name(tmp_path: Path, number: int | None) -> None:
    """A dose report inside the series, of another size, whatever its number."""
    write_scan(tmp_path, HU, edit=from_the_feet({}))
    page = make_slice(
        images(1, 20)[0], **NOWHERE, ImageOrientationPatient=None, InstanceNumber=number
    )
    save(page, tmp_path / "AA dose.dcm")
    volume = read_series(tmp_path)
    check_whole(volume)
    assert volume.notes == ("left out: AA dose.dcm, a page without position and orientation",)


def test_a_page_beside_tilted_slices(tmp_path: Path) -> None:
    """Its missing orientation is not taken for plain axial, which would make it a series."""

    def edit(index: int, tags: Tags) -> None:
        tags["ImageOrientationPatient"] = [1, 0, 0, 0, 0.939693, 0.34202]

    write_scan(tmp_path, HU, edit=edit)
    save(make_slice(HU[0], **NOWHERE, ImageOrientationPatient=None), tmp_path / "AA dose.dcm")
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert "left out: AA dose.dcm, a page without position and orientation" in volume.notes


def test_one_missing_location_does_not_discard_the_others(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        from_the_feet({4: NOWHERE})(index, tags)
        tags["ImagePositionPatient"] = None

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    check_whole(volume)
    assert any("ordered by SliceLocation" in note for note in volume.notes)
    assert any("IM0005.dcm" in note for note in volume.notes)


def test_a_single_position_orders_nothing(tmp_path: Path) -> None:
    write_scan(tmp_path, HU, edit=from_the_feet(dict.fromkeys(range(7), NOWHERE)))
    with pytest.raises(SeriesError, match="1 of 8 slices with a position"):
        read_series(tmp_path)


def test_a_frame_without_position_is_an_error(tmp_path: Path) -> None:
    dataset = enhanced()
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="has no place"):
        read_scan(tmp_path)
