"""The fast segmentation gives the mask of the literal one, bit for bit, on any image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from spgc.ct import flood
from spgc.ct.watershed import _CROP, HU_LIMITS, LUNG_BELOW, _box_around, watershed_slice
from tests.ct.literal_watershed import literal_watershed

Image = NDArray[np.int16]

few = settings(max_examples=120, deadline=None, derandomize=True)
shapes = array_shapes(min_dims=2, max_dims=2, max_side=48)


def check(image: Image, regions: int = 2) -> NDArray[np.bool_]:
    mask = watershed_slice(image, regions)
    literal = literal_watershed(np.clip(image, *HU_LIMITS), regions)
    np.testing.assert_array_equal(mask, literal)
    return mask


def body(size: int = 120) -> Image:
    """A bright ellipse in air, without lungs."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    return np.where((x / 0.45) ** 2 + (y / 0.35) ** 2 < 1, 40, -1000).astype(np.int16)


def disc(image: Image, y: int, x: int, radius: int, value: int = -850) -> Image:
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    image[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = value
    return image


def noisy(image: Image, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).normal(0, 20, image.shape)
    return np.maximum(image + noise, -1024).astype(np.int16)


def two_lungs() -> Image:
    return noisy(disc(disc(body(), 60, 40, 14), 60, 80, 17))


AWKWARD: dict[str, Image] = {
    "two lungs": two_lungs(),
    "one lung": noisy(disc(body(), 60, 40, 14)),
    "no lung": noisy(body()),
    "three regions": noisy(disc(two_lungs(), 35, 60, 8)),
    "tied regions": disc(disc(disc(body(), 60, 35, 9), 60, 60, 9), 60, 85, 9),
    "lung at the border": noisy(disc(np.full((90, 90), 40, np.int16), 10, 45, 18)),
    "lung near the corner": disc(np.full((90, 90), 40, np.int16), 12, 12, 10),
    "ring": disc(disc(body(), 60, 60, 25), 60, 60, 14, 40),
    "ring with a wide hole": disc(
        disc(np.full((150, 150), 0, np.int16), 75, 75, 60), 75, 75, 45, 0
    ),
    "steps without noise": disc(disc(body(), 60, 40, 14), 60, 40, 6, -300),
    "constant air": np.full((20, 20), -1000, np.int16),
    "constant tissue": np.full((20, 20), 40, np.int16),
    "one pixel": np.array([[-1000]], np.int16),
    "one row": np.array([[0, 0, -1000, 0, 0]], np.int16),
    "lone dark pixel": disc(np.zeros((9, 9), np.int16), 4, 4, 1),
    "beyond int16 Sobel": disc(np.full((60, 60), 30000, np.int16), 30, 30, 12, -32768),
}


@pytest.mark.parametrize("shift", [0, 1])
def test_lung_is_what_lies_below_minus_400(shift: int) -> None:
    """At 400 HU below water itself there is no marker yet: the paper's threshold is not met."""
    image = disc(disc(body(), 60, 40, 14, LUNG_BELOW - shift), 60, 80, 17, LUNG_BELOW - shift)
    assert check(image).any() == bool(shift)


@pytest.mark.parametrize("regions", [1, 2])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_images(name: str, regions: int) -> None:
    check(AWKWARD[name], regions)


@pytest.mark.parametrize("name", ["no lung", "constant air", "constant tissue", "one pixel"])
def test_nothing_to_find_is_an_empty_mask(name: str) -> None:
    assert not watershed_slice(AWKWARD[name], 2).any()


def test_one_region_loses_a_lung() -> None:
    two, one = check(AWKWARD["two lungs"], 2), check(AWKWARD["two lungs"], 1)
    assert two[60, 40]
    assert two[60, 80]
    assert one[60, 80]
    assert not one[60, 40]


@given(arrays(np.int16, shapes, elements=st.sampled_from([-1000, -800, -399, 0, 60])))
@few
def test_few_values(image: Image) -> None:
    check(image)


@given(arrays(np.int16, shapes, elements=st.integers(-1024, 3071)))
@few
def test_any_values(image: Image) -> None:
    check(image)


@st.composite
def blocks(draw: st.DrawFn) -> Image:
    """Flat rectangles on flat ground: as many ties as can be."""
    height, width = draw(st.integers(8, 64)), draw(st.integers(8, 64))
    image = np.full((height, width), draw(st.sampled_from([0, 40, -350])), np.int16)
    for _ in range(draw(st.integers(1, 6))):
        y, x = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        h, w = draw(st.integers(1, 40)), draw(st.integers(1, 40))
        image[y : y + h, x : x + w] = draw(st.sampled_from([-1000, -850, -401, -300, 100]))
    return image


@given(blocks(), st.sampled_from([1, 2]))
@few
def test_flat_blocks(image: Image, regions: int) -> None:
    check(image, regions)


def test_ties_are_settled_as_in_the_whole_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    original = flood.flood_whole
    monkeypatch.setattr(flood, "flood_whole", lambda *args: calls.append(1) or original(*args))
    rng = np.random.default_rng(0)
    for _ in range(60):
        check(rng.choice(np.int16([-1000, 0]), rng.integers(12, 36, 2), p=[0.4, 0.6]))
    assert calls, "no drawn image had a tie that decides"


@pytest.mark.parametrize(("first", "last"), [(0, 0), (60, 80), (100, 149), (149, 149)])
def test_the_part_that_later_steps_can_touch(first: int, last: int) -> None:
    """As far on one side of the marker as on the other, or to the image's edge."""
    mask = np.zeros((150, 150), bool)
    mask[first : last + 1, first : last + 1] = True
    flipped = tuple(slice(150 - part.stop, 150 - part.start) for part in _box_around(mask))
    assert flipped == _box_around(mask[::-1, ::-1])
    assert _box_around(mask)[0].stop == min(last + 1 + _CROP, 150)
