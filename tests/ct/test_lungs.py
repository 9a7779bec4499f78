"""Lung methods are found by name and go slice by slice."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.ct.lungs import LUNG_METHODS, NO_LUNGS, R231, check_method, segment_lungs, segment_slice
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.errors import UsageError
from tests.ct.test_watershed import AWKWARD, two_lungs


@pytest.mark.parametrize("method", ["watershed-two-regions", "watershed-one-region"])
def test_a_scan_is_its_slices(method: str) -> None:
    """The paper's method looks at one slice at a time."""
    scan = np.stack([two_lungs(), AWKWARD["one lung"], AWKWARD["no lung"]])
    masks = segment_lungs(scan, method)
    assert masks.shape == scan.shape
    assert masks.dtype == np.bool_
    for image, mask in zip(scan, masks, strict=True):
        np.testing.assert_array_equal(segment_slice(image, method), mask)


def test_default_keeps_two_regions() -> None:
    image = two_lungs()
    default = segment_slice(image)
    np.testing.assert_array_equal(default, segment_slice(image, "watershed-two-regions"))
    assert default.sum() > segment_slice(image, "watershed-one-region").sum()


def test_input_is_left_alone() -> None:
    image = two_lungs()
    before = image.copy()
    segment_slice(image)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("call", [segment_slice, segment_lungs])
def test_unknown_method(call: object) -> None:
    with pytest.raises(UsageError, match=r"unknown lung method.*watershed-two-regions"):
        call(np.zeros((2, 8, 8), np.int16), "threshold")  # type: ignore[operator]


def test_threads_change_no_mask() -> None:
    """Slices of two circles that move, by one thread and by three."""
    y, x = np.mgrid[:64, :64]
    hu = np.full((9, 64, 64), 40, np.int16)
    for index, image in enumerate(hu):
        image[(y - 32) ** 2 + (x - 20 - index) ** 2 < 60] = -850
        image[(y - 32) ** 2 + (x - 45) ** 2 < 50 + index] = -850
    for method in LUNG_METHODS.keys() - {R231}:
        alone = segment_lungs(hu, method)
        np.testing.assert_array_equal(segment_lungs(hu, method, threads=3), alone)
        assert alone.any() or method in ("watershed-one-region", NO_LUNGS)


def test_no_lungs_are_no_lungs() -> None:
    """For systems that want no mask: empty wherever there are lungs; who needs some refuses it."""
    scan = np.stack([two_lungs(), AWKWARD["one lung"]])
    mask = segment_lungs(scan, NO_LUNGS)
    assert (mask.shape, mask.dtype, mask.any()) == (scan.shape, np.bool_, False)
    assert not segment_slice(scan[0], NO_LUNGS).any()
    with pytest.raises(
        UsageError, match=r"lung masks are needed here.*none.*watershed-two-regions"
    ):
        check_method(NO_LUNGS, masks=True)


def test_a_network_is_more_than_a_name() -> None:
    """Its weights are part of what it is, and of the key of what is stored."""
    for call in (lambda: segment_slice(two_lungs(), R231), lambda: PreprocessSettings(R231)):
        with pytest.raises(UsageError, match="lung_settings"):
            call()
