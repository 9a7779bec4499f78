"""Figures 13 to 15 explain the slices that a system is surest of, from scans it answers right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.contract.slices import SliceInput
from spgc.contract.system import Prediction
from spgc.errors import DataError, UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.paper.figures.heat import heat_figure
from spgc.protocol import CAP, COVID19, NORMAL
from tests.paper.figures.made_sources import MadeScan, MadeSources, known

SURE = {"c1": (0.4, 0.6, 0.9, 0.5), "c2": (0.7, 0.95, 0.3, 0.2), "c3": (0.99, 0.99, 0.99, 0.99)}
"""What the system says of COVID-19 for each slice; c3 it calls normal as a whole."""


class Sure:
    """A system with the answers of `SURE`, in which slice i of a scan has i as its first HU."""

    name, lung_method = "sure", "watershed"

    def predict(self, scans: list[tuple[str, Scan]]) -> dict[str, Prediction]:
        return {name: Prediction(NORMAL if name == "c3" else COVID19) for name, _ in scans}

    def slice_probabilities(self, case_id: str, scan: Scan) -> dict[str, NDArray[np.float32]]:
        share = np.array(SURE[case_id], np.float32)
        return {"net": np.stack([share, (1 - share) / 2, (1 - share) / 2], axis=1)}

    def slice_inputs(self, scan: Scan, index: int) -> Mapping[str, SliceInput]:
        def answer(images: NDArray[np.float32]) -> NDArray[np.float32]:
            share = images.mean(axis=(1, 2, 3)) * 0.5 + 0.2
            return np.stack([share, (1 - share) / 2, (1 - share) / 2], axis=1)

        return {"net": SliceInput(np.ones((1, 8, 8), np.float32), answer)}

    def describe(self) -> dict[str, object]:
        return {"system": "sure", "model_hash": "x", "synthetic": False}


class SureSources(MadeSources):
    @cached_property
    def system(self) -> Sure:  # type: ignore[override]
        return Sure()


def scan(seed: int) -> MadeScan:
    hu = np.random.default_rng(seed).integers(-1000, 200, (4, 8, 8)).astype(np.int16)
    return MadeScan(hu, np.ones(hu.shape, bool))


MADE = {
    "c1": (scan(1), known("c1", COVID19, [1, 1, 0, 1])),
    "c2": (scan(2), known("c2", COVID19)),
    "c3": (scan(3), known("c3", COVID19)),
}


def sources(**more: object) -> SureSources:
    return SureSources(made=MADE, rise=RiseSettings(masks=4, cells=2), **more)  # type: ignore[arg-type]


def inputs(figure: object) -> dict[str, NDArray[np.int16]]:
    """The first picture of each block by the block's title."""
    parts = figure.subfigs  # type: ignore[attr-defined]
    return {part.get_suptitle(): part.axes[0].images[0].get_array() for part in parts}


def test_the_surest_slices_of_scans_that_are_right() -> None:
    """c2's second slice at 0.95, then c1's second: its third is surer, but not labelled infected.
    c3 is surest of all and answered wrong."""
    found = inputs(heat_figure(sources(), "13"))
    first, second = found
    assert first.startswith("c2 (COVID-19), slice 2 of 4")
    assert second.startswith("c1 (COVID-19, labelled infected), slice 2 of 4")
    np.testing.assert_array_equal(found[first], MADE["c2"][0].hu[1])
    np.testing.assert_array_equal(found[second], MADE["c1"][0].hu[1])


def test_as_many_examples_as_asked_for() -> None:
    (title,) = inputs(heat_figure(sources(examples=1), "13"))
    assert title.startswith("c2")


def test_no_scan_of_the_class_or_none_that_is_right() -> None:
    with pytest.raises(DataError, match="nothing to draw figure 14 from"):
        heat_figure(sources(), "14")
    with pytest.raises(DataError, match="no COVID-19 scan is predicted correctly"):
        heat_figure(sources(cases=("c3",)), "13")


def test_a_system_that_can_not_be_asked_is_refused_before_reading() -> None:
    one = sources()
    one.__dict__["system"] = type("Whole", (), {"name": "whole"})()
    with pytest.raises(UsageError, match="system whole can't be asked about single slices"):
        heat_figure(one, "13")


def test_cap_is_what_figure_14_shows() -> None:
    made = {"p": (scan(5), known("p", CAP))}
    with pytest.raises(DataError, match="no CAP scan is predicted correctly"):
        heat_figure(SureSources(made=made), "14")
