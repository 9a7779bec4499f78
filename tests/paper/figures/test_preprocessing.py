"""Figure 3 shows a network's channels, Figure 5 five equal regions and each one's middle slice."""

import numpy as np
import pytest

from spgc.errors import DataError
from spgc.paper.figures.preprocessing import channels_figure, regions_figure
from spgc.protocol import CAP, COVID19, NORMAL
from tests.paper.figures.made_sources import MadeScan, MadeSources, known, made_scan


def test_figure_3_shows_the_three_channels_and_all_in_one() -> None:
    """Grey from -1024 to 1024 HU on a straight line, of the infected slice with most lung."""
    scan = made_scan(1)
    sources = MadeSources(made={"c": (scan, known("c", COVID19, [0, 1, 1, 0]))})
    figure = channels_figure(sources)
    hu, mask = scan.slice(2)
    grey = (hu + 1024.0) / 2048.0
    first, second, third, colours = (place.images[0].get_array() for place in figure.axes)
    np.testing.assert_allclose(first, grey, atol=1e-6)
    np.testing.assert_array_equal(second, mask)
    np.testing.assert_allclose(third, grey * mask, atol=1e-6)
    np.testing.assert_allclose(colours, np.stack([grey, mask, grey * mask], axis=-1), atol=1e-6)
    assert figure.axes[0].get_ylabel() == "COVID-19: c, slice 3 of 4"


def test_a_scan_with_slice_labels_comes_first() -> None:
    made = {
        "n": (made_scan(1), known("n", NORMAL)),
        "c1": (made_scan(2), known("c1", COVID19)),
        "c2": (made_scan(3), known("c2", COVID19, [1, 0, 0, 0])),
        "p": (made_scan(4), known("p", CAP, [1, 0, 0, 0])),
    }
    assert "c2, slice 1" in channels_figure(MadeSources(made=made)).axes[0].get_ylabel()
    assert "Normal: n, 4 slices" in regions_figure(MadeSources(made=made)).get_suptitle()
    named = MadeSources(made=made, cases=("p",))
    assert "p, slice 1" in channels_figure(named).axes[0].get_ylabel()
    assert "CAP: p, 4 slices" in regions_figure(named).get_suptitle()


def test_figure_5_parts_the_scan_into_five() -> None:
    """20 slices of 5 mm: regions of four; from the front where most lung lies; each one's third."""
    hu = np.random.default_rng(0).integers(-1000, 200, (20, 7, 6)).astype(np.int16)
    mask = np.zeros(hu.shape, bool)
    mask[8:12, 5] = True  # in the middle of the scan lung lies at depth 5
    mask[:4, 0] = mask[16:, 0] = True  # what the masks hold above and below does not count
    figure = regions_figure(MadeSources(made={"n": (MadeScan(hu, mask), known("n", NORMAL))}))
    front, *regions = figure.axes
    np.testing.assert_array_equal(front.images[0].get_array(), hu[:, 5])
    assert front.images[0].get_clim() == (-1350, 150)
    assert front.get_aspect() == 5.0 / 2.0
    edges = sorted({line.get_ydata()[0] for line in front.lines})
    assert edges == [3.5, 7.5, 11.5, 15.5]
    np.testing.assert_allclose(front.get_yticks(), np.arange(21) - 0.5)
    names = [text.get_text() for text in front.texts]
    assert names == [f"region {number}" for number in range(1, 6)] + ["R", "L"]
    for place, index in zip(regions, (2, 6, 10, 14, 18), strict=True):
        np.testing.assert_array_equal(place.images[0].get_array(), hu[index])
    titles = [f"region {r}: slice {4 * r - 1}" for r in range(1, 6)]
    assert [place.get_title() for place in regions] == titles


def test_guessed_sides_are_not_marked_and_phantoms_are_named() -> None:
    scan = made_scan(1, slices=10, notes=("NIfTI without orientation",))
    sources = MadeSources(made={"n": (scan, known("n", NORMAL, synthetic=True))})
    figure = regions_figure(sources)
    assert not [text for place in figure.axes for text in place.texts if text.get_text() in "RL"]
    assert "SYNTHETIC" in figure.get_suptitle()


@pytest.mark.parametrize("draw", [channels_figure, regions_figure])
def test_nothing_to_draw_from(draw: object) -> None:
    with pytest.raises(DataError, match=r"nothing to draw figure [35] from"):
        draw(MadeSources(made={}))  # type: ignore[operator]
