"""Slices in rows and columns: the lung window, whole pixels, sides only where they are known."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from spgc.paper.figures.panels import BLACK, draw_grey, draw_hu, head, inside, sheet, side
from spgc.text.purpose import PURPOSE


def test_a_slice_is_drawn_in_the_lung_window() -> None:
    """Centre -600, width 1500: black at -1350 HU, white at 150; pixels as high as they are."""
    hu = np.arange(12, dtype=np.int16).reshape(3, 4)
    place = Figure().subplots()
    draw_hu(place, hu, (1.0, 2.0), sides=False)
    (image,) = place.images
    np.testing.assert_array_equal(image.get_array(), hu)
    assert image.get_clim() == (-1350, 150)
    assert place.get_aspect() == 0.5
    assert BLACK == -1350


def test_grey_runs_from_0_to_1() -> None:
    place = Figure().subplots()
    draw_grey(place, np.full((2, 2), 0.25), (1.0, 1.0), sides=False)
    assert place.images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("draw", [draw_hu, draw_grey])
@pytest.mark.parametrize(("sides", "letters"), [(True, ["R", "L"]), (False, [])])
def test_sides_are_marked_when_known(draw: object, sides: bool, letters: list[str]) -> None:
    place = Figure().subplots()
    draw(place, np.zeros((2, 2)), (1.0, 1.0), sides=sides)  # type: ignore[operator]
    assert [text.get_text() for text in place.texts] == letters


def test_outside_the_mask_all_is_black() -> None:
    hu = np.array([[-800, 40], [3, -2000]], np.int16)
    mask = np.array([[True, False], [True, False]])
    assert inside(hu, mask).tolist() == [[-800, -1350], [3, -1350]]


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_sheet_says_what_it_shows(synthetic: bool) -> None:
    figure, axes = sheet(2, 3, synthetic=synthetic, caption="Masks: x.")
    assert axes.shape == (2, 3)
    assert ("SYNTHETIC" in figure.get_suptitle()) == synthetic
    assert figure.get_supxlabel() == f"Masks: x. {PURPOSE}"
    head(axes, ("a", "b", "c"))
    side(axes[1, 0], "a row")
    assert [place.get_title() for place in axes[0]] == ["a", "b", "c"]
    assert [place.get_title() for place in axes[1]] == ["", "", ""]
    assert axes[1, 0].get_ylabel() == "a row"
