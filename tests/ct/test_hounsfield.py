"""Stored values become HU as each slice's own tags say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.series import Volume, read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY, Tags, images, make_slice, save, write_scan

HU = images(3)


def one_slice(folder: Path, stored: NDArray[Any], **tags: Any) -> Volume:
    tags.setdefault("PixelRepresentation", int(stored.dtype.kind == "i"))
    dataset = make_slice(np.zeros(stored.shape, np.int16), PixelData=stored.tobytes(), **tags)
    save(dataset, folder / "a.dcm")
    return read_series(folder)


def rescaled(hu: NDArray[np.int16], slope: float, intercept: float) -> dict[str, Any]:
    """Tags of a slice whose stored values are those that become `hu` with this rescaling."""
    stored = np.rint((hu - intercept) / slope).astype(np.uint16)
    return {
        "PixelData": stored.tobytes(),
        "RescaleSlope": slope,
        "RescaleIntercept": intercept,
        "BitsStored": 16,
        "HighBit": 15,
    }


OWN = ((1, -1024), (0.5, -1100), (0.25, -1024))


def test_slope_and_intercept_of_each_slice(tmp_path: Path) -> None:
    """Differing ones are followed where HU go on, with a note."""
    volume = read_series(
        write_scan(tmp_path, HU, edit=lambda i, tags: tags.update(rescaled(HU[i], *OWN[i])))
    )
    np.testing.assert_array_equal(volume.hu, HU)
    assert [note for note in volume.notes if "HU go on (2 slices)" in note] == list(volume.notes)


def chests(count: int, seed: int = 0) -> NDArray[np.int16]:
    """Slices of one body: tissue around two lungs, air around that, noise of their own. HU"""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    body = x**2 + (1.3 * y) ** 2 < 0.8
    lungs = (np.abs(x) - 0.45) ** 2 + y**2 < 0.1
    plain = np.where(
        lungs, -950 + 900 * x**2, np.where(body, np.where(np.abs(x) < 0.1, 50, -90), -1000)
    )
    noise = np.random.default_rng(seed).normal(0, 15, (count, 64, 64))
    return (plain + noise).astype(np.int16).clip(-1024)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("RescaleSlope", 2),
        ("RescaleSlope", 10),
        ("RescaleSlope", 1.1),
        ("RescaleSlope", 0.9),
        ("RescaleSlope", -1),
        ("RescaleSlope", 0.01),
        ("RescaleIntercept", -900),
        ("RescaleIntercept", -1100),
        ("RescaleIntercept", -1600),
    ],
)
@pytest.mark.parametrize("where", [{0}, {2}, {5}, {3, 4, 5}], ids=str)
def test_a_wrong_rescaling_of_part_of_the_slices(
    tmp_path: Path, keyword: str, value: float, where: set[int]
) -> None:
    """Damage in one tag: the slices' HU would fit with the rescaling of the others."""
    write_scan(
        tmp_path,
        chests(6),
        edit=lambda i, tags: tags.update({keyword: value} if i in where else {}),
    )
    with pytest.raises(SeriesError, match=r"another rescaling.*IM000\d.dcm|not in HU"):
        read_series(tmp_path)


@pytest.mark.parametrize("seed", range(5))
def test_slices_that_were_stored_with_slopes_of_their_own(tmp_path: Path, seed: int) -> None:
    """As PET does, and CT may: from each slice's own range of values."""
    hu, rng = chests(6, seed), np.random.default_rng(seed)

    def edit(index: int, tags: Tags) -> None:
        tags.update(
            rescaled(hu[index], rng.choice([0.5, 0.8, 1, 1.5, 2]), -rng.integers(1024, 1200))
        )

    volume = read_series(write_scan(tmp_path, hu, edit=edit))
    assert np.abs(volume.hu - hu).max() <= 1
    assert "HU go on" in str(volume.notes)


BLANK = {"PixelData": np.full((64, 64), 24, np.uint16).tobytes(), "RescaleIntercept": -1048}
"""A slice of air alone, stored as another number than in the other slices."""


@pytest.mark.parametrize("where", [{0}, {2}, {5}, {0, 5}, {1, 2, 4, 5}], ids=str)
@pytest.mark.parametrize("intercept", [-1048, -1100])
def test_a_blank_slice_of_another_rescaling_is_noted(
    tmp_path: Path, where: set[int], intercept: int
) -> None:
    """It holds nothing that could tell whether its tags are right, and nothing to lose."""
    hu = chests(6)
    hu[sorted(where)] = -1024
    blank = BLANK | {"RescaleIntercept": intercept}
    write_scan(tmp_path, hu, edit=lambda i, tags: tags.update(blank if i in where else {}))
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, hu)
    [note] = volume.notes
    assert (
        f"differ from those of most slices in blank ones, which show nothing of it ({len(where)} "
        in note
    )


@pytest.mark.parametrize("wrong", [{0, 1}, {3, 4, 5}], ids=str)
def test_a_blank_slice_between_does_not_excuse_a_wrong_rescaling(
    tmp_path: Path, wrong: set[int]
) -> None:
    hu = chests(6)
    hu[2] = -1024

    def edit(index: int, tags: Tags) -> None:
        tags.update(BLANK if index == 2 else {"RescaleIntercept": -900} if index in wrong else {})

    write_scan(tmp_path, hu, edit=edit)
    with pytest.raises(SeriesError, match=r"another rescaling.*IM000\d.dcm"):
        read_series(tmp_path)


@pytest.mark.parametrize("tags", [{"RescaleSlope": 1e-6}, {"RescaleIntercept": -9000}], ids=str)
def test_a_slice_that_a_wrong_rescaling_leaves_blank(tmp_path: Path, tags: Tags) -> None:
    """A body is stored in it."""
    write_scan(tmp_path, chests(6), edit=lambda i, own: own.update(tags if i == 2 else {}))
    with pytest.raises(SeriesError, match="another rescaling") as caught:
        read_series(tmp_path)
    assert "IM0003.dcm" in str(caught.value)


@pytest.mark.parametrize("slope", [1.5, 2, 10])
def test_a_slope_too_large_in_all_slices(tmp_path: Path, slope: float) -> None:
    write_scan(tmp_path, chests(3), edit=lambda _, tags: tags.update(RescaleSlope=slope))
    with pytest.raises(SeriesError, match=r"volume is not in HU.*most of the body below 300"):
        read_series(tmp_path)


def test_fractional_slope_is_rounded(tmp_path: Path) -> None:
    stored = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    volume = one_slice(tmp_path, stored, RescaleSlope=0.3, RescaleIntercept=-1007.5)
    np.testing.assert_array_equal(volume.hu[0], np.rint(stored * 0.3 - 1007.5))


def test_missing_rescale_means_hu(tmp_path: Path) -> None:
    stored = np.arange(-1024, 256, dtype=np.int16).reshape(20, 64)
    stored = np.repeat(stored, 2, axis=0)
    volume = one_slice(tmp_path, stored, RescaleSlope=None, RescaleIntercept=None)
    np.testing.assert_array_equal(volume.hu[0], stored)
    assert "stored values taken as HU" in volume.notes[0]


def refused(folder: Path, match: str, hu: NDArray[np.int16] = HU, **tags: Any) -> None:
    write_scan(folder, hu, edit=lambda _, own: own.update(tags))
    with pytest.raises(SeriesError, match=match) as caught:
        read_series(folder)
    assert IDENTITY not in str(caught.value)


def test_an_intercept_without_a_slope(tmp_path: Path) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=lambda _, t: t.update(RescaleSlope=None)))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ("no RescaleSlope: taken as 1 (3 slices)",)


def test_a_slope_without_an_intercept(tmp_path: Path) -> None:
    stored = np.int16([[-500, -20], [0, 40]])
    volume = one_slice(tmp_path, stored, RescaleSlope=2, RescaleIntercept=None)
    np.testing.assert_array_equal(volume.hu[0], [[-1000, -40], [0, 80]])
    assert any("no RescaleIntercept: taken as 0" in note for note in volume.notes)


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("value", [b"nan", b"inf", b"1e400", b"x", b"1\\1", b"1.2.3"])
def test_damaged_rescaling_is_refused(tmp_path: Path, keyword: str, value: bytes) -> None:
    refused(tmp_path, f"a damaged {keyword}", **{keyword: value})


def test_slope_zero_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "RescaleSlope 0", RescaleSlope=0)


def test_a_negative_slope_is_followed_with_a_note(tmp_path: Path) -> None:
    stored = np.int16([[1000, 500], [0, -40]])
    volume = one_slice(tmp_path, stored, RescaleSlope=-1, RescaleIntercept=0)
    np.testing.assert_array_equal(volume.hu[0], [[-1000, -500], [0, 40]])
    assert any("negative RescaleSlope" in note for note in volume.notes)


def test_a_huge_slope_is_no_overflow(tmp_path: Path) -> None:
    refused(tmp_path, "volume is not in HU", RescaleSlope=b"1e308")


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
def test_rescaling_that_part_of_the_series_lacks_is_refused(tmp_path: Path, keyword: str) -> None:
    """1 and 0 stand for what all slices lack, never for what one lost."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(RescaleSlope=0.5, RescaleIntercept=-1024)
        if index == 1:
            tags[keyword] = None

    write_scan(tmp_path, HU, edit=edit)
    with pytest.raises(SeriesError, match=rf"IM0002.dcm.*no {keyword}"):
        read_series(tmp_path)


def test_a_slice_that_alone_is_rescaled_otherwise_and_has_no_air_is_refused(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags["RescaleIntercept"] = 0 if index == 1 else -1024

    write_scan(tmp_path, HU, edit=edit)
    with pytest.raises(SeriesError, match=r"IM0002.dcm.*another rescaling"):
        read_series(tmp_path)


def test_another_slice_without_air_does_not_excuse_it(tmp_path: Path) -> None:
    """Of two slices without air one is rescaled as those with air are, and one is not."""
    hu = images(4)
    hu[2] = np.maximum(hu[2], -200)

    def edit(index: int, tags: Tags) -> None:
        tags["RescaleIntercept"] = 0 if index == 1 else -1024

    write_scan(tmp_path, hu, edit=edit)
    with pytest.raises(SeriesError, match=r"IM0002.dcm.*another rescaling"):
        read_series(tmp_path)


def test_slices_without_air_are_noted(tmp_path: Path) -> None:
    hu = HU.copy()
    hu[1] = np.maximum(hu[1], -200)
    volume = read_series(write_scan(tmp_path, hu))
    assert volume.notes == ("no voxel below -300 HU: are these slices in HU? (1 slices)",)


@pytest.mark.parametrize("kind", ["HU", "hu ", "HU_MOD", "US", ""])
def test_units_that_are_hu(tmp_path: Path, kind: str) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=lambda _, t: t.update(RescaleType=kind)))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ()


@pytest.mark.parametrize("kind", ["Z", "Z_EFF", "MGML", "OD", "PCT", "ED"])
def test_other_units_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    refused(tmp_path, f"RescaleType {kind}", RescaleType=kind)


def test_an_unknown_unit_is_refused_and_not_quoted(tmp_path: Path) -> None:
    refused(tmp_path, "another RescaleType", RescaleType=IDENTITY)


def test_stored_values_that_are_no_hu(tmp_path: Path) -> None:
    refused(tmp_path, "not in HU.*found values from 0 to", RescaleSlope=None, RescaleIntercept=None)


def test_air_read_as_large_positive_values(tmp_path: Path) -> None:
    """Signed values called unsigned: -500 becomes 65036."""
    pixels = np.int16([[-500, -1000], [40, 60]]).tobytes()
    tags = {"BitsStored": 16, "HighBit": 15, "RescaleIntercept": 0, "PixelData": pixels}
    refused(tmp_path, "not in HU.*to 65036", hu=np.zeros((1, 2, 2), np.int16), **tags)


def test_padding_is_no_air_of_a_scan(tmp_path: Path) -> None:
    """Without its intercept a scan of padding and tissue at 1000 is not in HU."""
    pixels = np.int16([[-2000, -2000], [1040, 900]]).tobytes()
    refused(
        tmp_path,
        "not in HU",
        hu=np.zeros((1, 2, 2), np.int16),
        PixelRepresentation=1,
        RescaleSlope=None,
        RescaleIntercept=None,
        PixelPaddingValue=-2000,
        PixelData=pixels,
    )


def test_damaged_padding_is_noted(tmp_path: Path) -> None:
    edit = {"PixelPaddingValue": [1, 2]}
    volume = read_series(write_scan(tmp_path, HU, edit=lambda _, tags: tags.update(edit)))
    assert volume.notes == ("PixelPaddingValue is damaged: padding left as it is (3 slices)",)


def test_values_below_air_become_air(tmp_path: Path) -> None:
    stored = np.int16([[-2000, -1025], [-900, 40]])
    volume = one_slice(tmp_path, stored, RescaleIntercept=0)
    np.testing.assert_array_equal(volume.hu[0], [[-1024, -1024], [-900, 40]])


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (np.int16([[-950, 10], [-500, 30]]), {"PixelPaddingValue": -950, "RescaleIntercept": 0}),
        (np.uint16([[63, 1034], [524, 1054]]), {"PixelPaddingValue": 63}),
        (
            np.uint16([[60, 1034], [524, 1054]]),
            {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 70},
        ),
    ],
    ids=["signed", "unsigned", "range"],
)
def test_padding_becomes_air(tmp_path: Path, stored: NDArray[Any], tags: Tags) -> None:
    volume = one_slice(tmp_path, stored, **tags)
    np.testing.assert_array_equal(volume.hu[0], [[-1024, 10], [-500, 30]])
    assert volume.notes[1:] == ()  # a single slice is noted, padding is not


def test_padding_value_of_water_is_not_used(tmp_path: Path) -> None:
    stored = np.int16([[0, 0], [-900, 0]])
    volume = one_slice(tmp_path, stored, PixelPaddingValue=0, RescaleIntercept=0)
    np.testing.assert_array_equal(volume.hu[0], stored)
    assert any("not used" in note for note in volume.notes)


def chest_like() -> NDArray[np.int16]:
    hu = np.full((64, 64), -1024, np.int16)
    hu[16:48, 12:52] = 40
    return hu


def test_monochrome1_with_plain_pixels(tmp_path: Path) -> None:
    stored = (chest_like() + 1024).astype(np.uint16)
    volume = one_slice(tmp_path, stored, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(volume.hu[0], chest_like())


def test_monochrome1_inverted_by_a_negative_slope(tmp_path: Path) -> None:
    """The slope turns the pixels back already."""
    stored = (4095 - (chest_like() + 1024)).astype(np.uint16)
    volume = one_slice(
        tmp_path,
        stored,
        PhotometricInterpretation="MONOCHROME1",
        RescaleSlope=-1,
        RescaleIntercept=3071,
    )
    np.testing.assert_array_equal(volume.hu[0], chest_like())


def test_monochrome1_with_inverted_pixels(tmp_path: Path) -> None:
    stored = (4095 - (chest_like() + 1024)).astype(np.uint16)
    volume = one_slice(tmp_path, stored, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(volume.hu[0], chest_like())
    assert any("turned back" in note for note in volume.notes)


def test_monochrome1_inverted_in_part_of_the_slices(tmp_path: Path) -> None:
    """A blank slice, or one with tissue in its corners, would be turned unlike its neighbours."""
    air = np.full((64, 64), -1024, np.int16)
    hu = np.stack([chest_like(), air])
    write_scan(
        tmp_path, 2047 - hu, edit=lambda _, t: t.update(PhotometricInterpretation="MONOCHROME1")
    )
    with pytest.raises(SeriesError, match="inverted pixels in part of the slices"):
        read_series(tmp_path)
