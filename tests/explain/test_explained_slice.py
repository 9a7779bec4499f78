"""A slice explained through the contract, with classifiers that look at a known corner."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import SliceInput
from spgc.errors import UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.explain.explained_slice import explain_slice
from spgc.explain.infected_share import infected_shares
from spgc.report.heat_maps import heat_map_figure
from tests.systems.small.scans import ArrayScan

SETTINGS = RiseSettings(masks=640, cells=4)


class Corners:
    """Two classifiers: "top" takes brightness at the top left for COVID-19, "low" at the bottom."""

    name = "corners"

    def __init__(self, lung_method: str = "watershed-two-regions") -> None:
        self.lung_method = lung_method

    def slice_inputs(self, scan: Scan, index: int) -> Mapping[str, SliceInput]:
        hu, mask = scan.slice(index)
        image = np.stack([(hu + 1024) / 2048.0, mask]).astype(np.float32)
        parts = {"top": np.s_[:8, :8], "low": np.s_[-8:, -8:]}
        return {
            name: SliceInput(image, lambda x, part=part: _answer(x[:, 0][:, *part]), hidden="all")
            for name, part in parts.items()
        }

    def describe(self) -> Mapping[str, object]:
        return {"system": self.name, "model_hash": "abc", "synthetic": True}


def _answer(corner: NDArray[np.float32]) -> NDArray[np.float32]:
    share = corner.mean(axis=(1, 2)) * 0.8 + 0.1
    return np.stack([share, 0.5 - share / 2, 0.5 - share / 2], axis=1).astype(np.float32)


@pytest.fixture
def scan() -> ArrayScan:
    mask = np.zeros((3, 24, 24), bool)
    mask[:, :12, :12] = True
    return ArrayScan(np.full((3, 24, 24), 1000, np.int16), mask)


def test_maps_lie_where_each_classifier_looks(scan: ArrayScan) -> None:
    case = KnownCase("a$b$", "COVID-19", np.array([0, 1, 0], np.uint8))
    one = explain_slice(Corners(), scan, case, 1, settings=SETTINGS)  # type: ignore[arg-type]
    top, low = one.maps
    assert (one.target, one.synthetic, one.name) == (0, True, "a$b$-slice-2")
    assert top.share_in_lungs is not None
    assert low.share_in_lungs is not None
    assert top.share_in_lungs > 0.25 > low.share_in_lungs  # the lungs are a quarter
    assert top.faithful.deletion.area < top.faithful.deletion.random_mean
    document = json.loads(json.dumps(one.document(), allow_nan=False))
    assert document["classifiers"]["low"]["probability"] == pytest.approx(0.89, abs=0.02)
    assert document["classifiers"]["low"]["probability_all_hidden"] == pytest.approx(0.1)
    assert (document["infected"], document["model_hash"]) == (True, "abc")
    figure = heat_map_figure([one, one])
    figure.draw_without_rendering()  # names with $ are no formulas
    assert "SYNTHETIC" in figure.get_suptitle()
    assert "dashed one the lungs" in words(figure)


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(Text))


def test_of_lungs_that_nobody_asked_for_nothing_is_said(scan: ArrayScan) -> None:
    """An empty mask is no finding: no share of 0, no black picture, no line in the caption."""
    empty = ArrayScan(scan.hu, np.zeros_like(scan.mask))
    case = KnownCase("P001", "COVID-19")
    one = explain_slice(Corners("none"), empty, case, 1, settings=SETTINGS)  # type: ignore[arg-type]
    assert one.mask is None
    for found in one.document()["classifiers"].values():
        assert (found["share_in_lungs"], found["lungs_share_of_picture"]) == (None, None)
    figure = heat_map_figure([one])
    assert "lungs" not in words(figure)
    assert sum(bool(place.images) for place in figure.findobj(Axes)) == 3


def test_no_panel_is_left_empty_where_there_are_two(scan: ArrayScan) -> None:
    """One network without lungs: the picture and its map share the width of three panels."""
    empty = ArrayScan(scan.hu, np.zeros_like(scan.mask))
    case = KnownCase("P001", "COVID-19")
    one = explain_slice(Corners("none"), empty, case, 1, settings=SETTINGS)  # type: ignore[arg-type]
    alone = dataclasses.replace(one, maps=one.maps[:1])
    figure = heat_map_figure([alone])
    assert figure.get_figwidth() == heat_map_figure([one]).get_figwidth()
    assert [bool(place.images) for place in figure.findobj(Axes)].count(False) == 1  # the scale


def test_classifiers_have_masks_of_their_own_and_seeds_repeat(scan: ArrayScan) -> None:
    """Noise in common would look like agreement."""
    blind = SimpleNamespace(
        name="blind",
        lung_method="none",
        describe=dict,
        slice_inputs=lambda scan, index: {
            name: SliceInput(np.ones((1, 24, 24), np.float32), lambda x: _answer(x[:, 0] * 0))
            for name in ("one", "two")
        },
    )
    few = RiseSettings(masks=64, cells=4)
    first, again = (explain_slice(blind, scan, KnownCase("P"), 0, settings=few) for _ in range(2))
    maps = [one.rise.values for one in first.maps]
    assert np.array_equal(maps[0], again.maps[0].rise.values)
    assert np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1] < 0.9


def test_share_of_maps_in_infected_slices(scan: ArrayScan) -> None:
    case = KnownCase("P", "COVID-19", np.array([0, 1, 0], np.uint8))
    few = RiseSettings(masks=64, cells=4)
    done = [
        explain_slice(Corners(), scan, case, index, classifiers=["top"], settings=few)  # type: ignore[arg-type]
        for index in (0, 1)
    ]
    heights = [
        (values - values.min()).sum() for one in done for values in [one.maps[0].rise.values]
    ]
    assert infected_shares(done) == {"top": pytest.approx(heights[1] / sum(heights))}
    assert infected_shares([]) == {}


def test_a_system_that_cannot_be_asked(scan: ArrayScan) -> None:
    with pytest.raises(UsageError, match="can't be asked about single slices"):
        explain_slice(SimpleNamespace(name="density"), scan, KnownCase("P"), 0)  # type: ignore[arg-type]
