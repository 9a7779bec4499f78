"""Slices at another distance are those of SimpleITK's filter, written out here slice by slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.nets.slices.resampled import ResampledScan, resampled
from tests.systems.small.scans import ArrayScan

SPACINGS = [(10, 1.25), (7, 5.0), (9, 2.5), (13, 0.625), (6, 4.0), (5, 3.0), (5, 10.0), (1, 5.0)]


def scan_of(slices: int, spacing: float) -> ArrayScan:
    rng = np.random.default_rng(slices)
    hu = rng.integers(-1100, 500, (slices, 4, 5)).astype(np.int16)
    return ArrayScan(hu, rng.random(hu.shape) < 0.5, (spacing, 0.7, 0.7))


def literal(scan: ArrayScan, step: float) -> NDArray[np.float64]:
    """(S, H, W) HU before rounding, head to feet: positions in mm from the feet, linear between."""
    feet_first = scan.hu[::-1].astype(float)
    spacing, count = scan.spacing[0], len(feet_first)
    made = []
    for number in range(int(np.round(count * (spacing / step)))):
        where = number * step / spacing
        if where >= count - 0.5:
            made.append(np.zeros(feet_first.shape[1:]))
            continue
        along = np.clip(where, 0, count - 1)
        volume = feet_first.reshape(count, -1)
        columns = [np.interp(along, np.arange(count), column) for column in volume.T]
        made.append(np.array(columns).reshape(feet_first.shape[1:]))
    return np.stack(made[::-1])


@pytest.mark.parametrize(("slices", "spacing"), SPACINGS)
def test_hu_is_linear_between_slices_from_the_feet(slices: int, spacing: float) -> None:
    scan = scan_of(slices, spacing)
    view = resampled(scan, 2.0)
    expected = literal(scan, 2.0)
    assert view.n_slices == len(expected)
    assert view.spacing == (2.0, 0.7, 0.7)
    hu, mask = view.arrays()
    assert (hu.dtype, mask.dtype) == (np.int16, bool)
    assert np.abs(hu - expected).max() < 1 + 1e-6  # cut off towards 0, as a cast is
    assert (np.abs(hu) <= np.abs(expected) + 1e-6).all()
    for index in range(view.n_slices):
        np.testing.assert_array_equal(view.slice(index)[0], hu[index])
        np.testing.assert_array_equal(view.slice(index)[1], mask[index])


@pytest.mark.parametrize(("slices", "spacing"), SPACINGS)
def test_masks_are_those_of_the_nearest_stored_slice(slices: int, spacing: float) -> None:
    scan = scan_of(slices, spacing)
    view = ResampledScan(scan, 2.0)
    for index, mask in enumerate(view.arrays()[1]):
        from_feet = (view.n_slices - 1 - index) * 2.0
        stored = np.arange(slices)[::-1] * spacing
        if from_feet >= (slices - 0.5) * spacing:
            assert not mask.any()
            continue
        distances = np.abs(stored - from_feet)
        assert distances[view.source(index)] == pytest.approx(distances.min())
        np.testing.assert_array_equal(mask, scan.mask[view.source(index)])


@pytest.mark.parametrize("noise", [-1e-13, 1e-13, -2e-7, 2e-7])
@pytest.mark.parametrize(("slices", "spacing"), [*SPACINGS, (5, 10 / 3), (25, 1.0)])
def test_noise_of_the_spacing_changes_no_count_and_no_mask(
    slices: int, spacing: float, noise: float
) -> None:
    """DICOM, NIfTI and MetaImage say the spacing of one volume with other last digits."""
    scan = scan_of(slices, spacing)
    other = replace(scan, spacing=(spacing + noise, 0.7, 0.7))
    for one, same in zip(
        ResampledScan(scan, 2.0).arrays(), ResampledScan(other, 2.0).arrays(), strict=True
    ):
        np.testing.assert_array_equal(one, same)


def test_every_stored_slice_finds_its_nearest() -> None:
    view = ResampledScan(scan_of(6, 4.0), 2.0)
    assert [view.nearest(index) for index in range(6)] == [1, 3, 5, 7, 9, 11]
    view = ResampledScan(scan_of(8, 1.0), 2.0)
    assert [view.source(view.nearest(index)) for index in range(1, 8, 2)] == [1, 3, 5, 7]


def test_slices_that_lie_so_already_are_the_scan() -> None:
    scan = scan_of(5, 2.0)
    assert resampled(scan, 2.0) is scan
    assert resampled(scan, 2.5).key != resampled(scan, 4.0).key != scan.key


def test_slices_that_are_not_there() -> None:
    view = ResampledScan(scan_of(5, 1.0), 2.0)
    assert view.n_slices == 2  # 2.5, to the even number as theirs
    for index in (-1, 2):
        with pytest.raises(IndexError):
            view.slice(index)


@pytest.mark.parametrize(("slices", "spacing"), SPACINGS[:-1])
def test_simpleitk_gives_the_same(slices: int, spacing: float) -> None:
    """But for 1 HU where its own arithmetic falls short of a whole number."""
    sitk = pytest.importorskip("SimpleITK")
    scan = scan_of(slices, spacing)
    image = sitk.GetImageFromArray(scan.hu[::-1])
    image.SetSpacing((0.7, 0.7, spacing))
    image.SetOrigin((-10.0, 4.0, -312.5))
    filter_ = sitk.ResampleImageFilter()
    filter_.SetInterpolator(sitk.sitkLinear)
    filter_.SetDefaultPixelValue(0)
    filter_.SetOutputSpacing((0.7, 0.7, 2.0))
    filter_.SetOutputOrigin(image.GetOrigin())
    filter_.SetOutputDirection(image.GetDirection())
    filter_.SetSize((5, 4, int(np.round(slices * (spacing / 2.0)))))
    theirs = sitk.GetArrayFromImage(filter_.Execute(image))[::-1]
    ours, _ = resampled(scan, 2.0).arrays()
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs).max() <= 1
