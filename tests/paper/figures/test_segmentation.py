"""Figure 1 shows slice, mask and lungs as they are; Figure 12 the worst slices and how bad."""

import numpy as np
import pytest

from spgc.errors import DataError
from spgc.paper.figures import segmentation
from spgc.paper.figures.segmentation import failures_figure, segmentation_figure
from spgc.protocol import CAP, COVID19, NORMAL
from tests.paper.figures.made_sources import MadeScan, MadeSources, known, made_scan

MADE = {
    "n": (made_scan(9), known("n", NORMAL)),
    "c1": (made_scan(1), known("c1", COVID19, [1, 1, 0, 0])),
    "c2": (made_scan(2, notes=("NIfTI without orientation",)), known("c2", COVID19, [0, 1, 1, 0])),
    "c3": (made_scan(3), known("c3", COVID19, [1, 1, 1, 1])),
    "p0": (made_scan(4), known("p0", CAP)),  # nobody labelled its slices
    "p1": (made_scan(5), known("p1", CAP, [0, 0, 0, 1])),
}


def pictures(figure: object) -> list[np.ndarray]:
    return [place.images[0].get_array() for place in figure.axes]  # type: ignore[attr-defined]


def test_figure_1_shows_the_infected_slice_with_most_lung() -> None:
    """Two of COVID-19 and one of CAP; of c1 the first two slices are infected, of c2 the middle."""
    figure = segmentation_figure(MadeSources(made=MADE))
    shown = [("c1", 1), ("c2", 2), ("p1", 3)]
    found = pictures(figure)
    assert len(found) == 9
    for row, (name, index) in enumerate(shown):
        scan = MADE[name][0]
        hu, mask = scan.slice(index)
        np.testing.assert_array_equal(found[3 * row], hu)
        np.testing.assert_array_equal(found[3 * row + 1], mask)
        np.testing.assert_array_equal(found[3 * row + 2], np.where(mask, hu, -1350))
        title = f"{MADE[name][1].label}: {name}, slice {index + 1} of 4"
        assert figure.axes[3 * row].get_ylabel() == title
    sides = [len(figure.axes[3 * row].texts) for row in range(3)]
    assert sides == [2, 0, 2]  # of c2 nobody knows which side is right
    assert figure.get_suptitle() == ""


def test_figure_1_of_named_scans_and_phantoms() -> None:
    made = {"c": (made_scan(1), known("c", COVID19, [0, 0, 1, 0], synthetic=True)), **MADE}
    figure = segmentation_figure(MadeSources(made=made, cases=("c", "c3", "p0")))
    rows = [place.get_ylabel().split(":")[1].split(",")[0].strip() for place in figure.axes[::3]]
    assert rows == ["c", "c3", "p0"]
    assert "SYNTHETIC" in figure.get_suptitle()


@pytest.mark.parametrize(("draw", "number"), [(segmentation_figure, 1), (failures_figure, 12)])
def test_nothing_to_draw_from(draw: object, number: int) -> None:
    with pytest.raises(DataError, match=f"nothing to draw figure {number} from"):
        draw(MadeSources(made={"n": MADE["n"]}))  # type: ignore[operator]


@pytest.fixture
def closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing that adds the last `hu[0, 0, 0]` pixels of slice 2, and of slice 0 all the rest."""

    def close(masks: np.ndarray, hu: np.ndarray, spacing: object) -> np.ndarray:
        closed = masks.copy()
        closed[0] = True
        closed[2].ravel()[-int(hu[0, 0, 0]) :] = True
        return closed

    monkeypatch.setattr(segmentation, "close_lungs", close)


def changed(pixels: int, name: str, label: str, infected: list[int]) -> tuple[MadeScan, object]:
    scan = made_scan(0)
    scan.hu[0, 0, 0] = pixels
    return scan, known(name, label, infected)


@pytest.mark.usefixtures("closing")
def test_figure_12_shows_the_worst_infected_slices_first() -> None:
    """Pixels are 1 × 2 mm; slice 2 has 6 pixels of lung, and slice 0 is not infected."""
    made = {
        "c1": changed(10, "c1", COVID19, [0, 1, 1, 0]),
        "p1": changed(5, "p1", CAP, [0, 1, 1, 0]),
        "p2": changed(30, "p2", CAP, [0, 1, 1, 0]),
        "p3": changed(20, "p3", CAP, [0, 1, 1, 0]),
    }
    figure = failures_figure(MadeSources(made=made))  # type: ignore[arg-type]
    rows = [place.get_ylabel() for place in figure.axes[::3]]
    assert rows == [
        "COVID-19: c1, slice 3 of 4",
        "CAP: p2, slice 3 of 4",
        "CAP: p3, slice 3 of 4",
    ]
    for place, pixels in zip(figure.axes[2::3], (10, 30, 20), strict=True):
        dice = 2 * 6 / (6 + 6 + pixels)
        assert place.get_xlabel() == f"{2 * pixels / 100:.0f} cm², Dice {dice:.2f}"
    hu, mask = made["p2"][0].slice(2)
    found = pictures(figure)
    np.testing.assert_array_equal(found[3], hu)
    np.testing.assert_array_equal(found[4], np.where(mask, hu, -1350))
    np.testing.assert_array_equal(found[5], hu)


@pytest.mark.usefixtures("closing")
def test_areas_are_in_square_centimetres() -> None:
    """500 pixels of 1 × 2 mm are 10 cm²."""
    hu = np.zeros((3, 40, 40), np.int16)
    hu[0, 0, 0] = 500
    scan = MadeScan(hu, np.zeros(hu.shape, bool))
    sources = MadeSources(made={"c": (scan, known("c", COVID19, [0, 0, 1]))})
    assert failures_figure(sources).axes[2].get_xlabel() == "10 cm², Dice 0.00"
