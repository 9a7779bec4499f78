"""Figure 1, segmented infected slices, and Figure 12, where the segmentation fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.ct.closing import close_lungs
from spgc.figures.panels import draw_grey, draw_hu, head, inside, sheet, side
from spgc.figures.sources import ShownSlice, Sources, no_case, shown, widest
from spgc.protocol import CAP, COVID19

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spgc.ct.stored_scan import StoredScan
    from spgc.explain.choice import KnownCase

FIGURE_1 = {COVID19: 2, CAP: 1}
FIGURE_12 = {COVID19: 1, CAP: 2}
"""Rows of each class (captions of the paper's Figures 1 and 12)."""

MISSED = "#d55e00"
"""Told apart from grey in every kind of colour vision; the hatching does without colour."""


def segmentation_figure(sources: Sources) -> Figure:
    """Figure 1: input, mask and segmented lungs of infected slices, COVID-19 twice and CAP."""
    rows = []
    for label, count in FIGURE_1.items():
        for case in sources.labelled(label)[: count if not sources.cases else None]:
            scan, known = sources.scan(case.case_id)
            rows.append(shown(scan, known, widest(scan, known)))
    if not rows:
        raise no_case("1", "a COVID-19 or CAP scan with labelled slices", sources)
    figure, axes = sheet(
        len(rows), 3, synthetic=any(row.case.synthetic for row in rows),
        caption=f"Infected slices with most lung; masks: {sources.lungs}.",
    )  # fmt: skip
    head(axes, ("slice", "lung mask", "segmented lungs"))
    for places, row in zip(axes, rows, strict=True):
        draw_hu(places[0], row.hu, row.pixel_mm)
        draw_grey(places[1], row.mask.astype(np.float32), row.pixel_mm)
        draw_hu(places[2], inside(row.hu, row.mask), row.pixel_mm)
        side(places[0], row.title)
    return figure


@dataclass(frozen=True)
class _Failure:
    """A slice and the lung that its mask leaves out, (H, W) bool."""

    row: ShownSlice
    missed: NDArray[np.bool_]

    @property
    def area_cm2(self) -> float:
        return float(self.missed.sum()) * self.row.pixel_mm[0] * self.row.pixel_mm[1] / 100

    @property
    def dice(self) -> float:
        """Of the mask and the closed one, which holds it."""
        mask, missed = int(self.row.mask.sum()), int(self.missed.sum())
        return 2 * mask / (2 * mask + missed) if mask + missed else 1.0


def failures_figure(sources: Sources) -> Figure:
    """Figure 12: the infected slice of each scan where most lung is left out, worst scans first.

    What is left out is what closing the lungs in 3-D adds: there are no masks drawn by hand.
    """
    rows: list[_Failure] = []
    for label, count in FIGURE_12.items():
        cases = sources.labelled(label)
        found = [
            _worst(*sources.scan(case.case_id))
            for case in sources.track(cases, f"lungs of {label}", len(cases))
        ]
        found.sort(key=lambda one: -one.area_cm2)
        rows += found if sources.cases else found[:count]
    if not rows:
        raise no_case("12", "a COVID-19 or CAP scan with labelled slices", sources)
    figure, axes = sheet(
        len(rows), 3, synthetic=any(one.row.case.synthetic for one in rows),
        caption=f"Masks: {sources.lungs}. Hatched: lung that watershed-closed adds, "
        "an estimate and no ground truth.", gap=0.2,
    )  # fmt: skip
    head(axes, ("slice", "segmented lungs", "left out"))
    for places, one in zip(axes, rows, strict=True):
        draw_hu(places[0], one.row.hu, one.row.pixel_mm)
        draw_hu(places[1], inside(one.row.hu, one.row.mask), one.row.pixel_mm)
        draw_hu(places[2], one.row.hu, one.row.pixel_mm)
        if one.missed.any():
            places[2].contourf(one.missed, levels=[0.5, 1.5], colors="none", hatches=["////"])
            places[2].contour(one.missed, levels=[0.5], colors=MISSED, linewidths=1.0)
        places[2].set_xlabel(f"{one.area_cm2:.0f} cm², Dice {one.dice:.2f}", fontsize=7)
        side(places[0], one.row.title)
    return figure


def _worst(scan: StoredScan, case: KnownCase) -> _Failure:
    hu, masks = scan.arrays()
    missed = close_lungs(masks, hu, scan.spacing) & ~masks
    areas = missed.sum(axis=(1, 2)).astype(np.int64)
    if case.infected is not None and case.infected.any():
        areas = np.where(case.infected.astype(bool), areas, -1)
    index = int(areas.argmax())
    return _Failure(shown(scan, case, index), missed[index])
