"""Figure 1, segmented infected slices, and Figure 12, where the segmentation fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.ct.closing import close_lungs
from spgc.paper.figures.figure_sources import ShownSlice, Sources, no_case, shown, widest
from spgc.paper.figures.panels import draw_grey, draw_hu, head, inside, sheet, side
from spgc.protocol import CAP, COVID19

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spgc.contract.scan import KnownCase
    from spgc.ct.stored_scan import StoredScan

FIGURE_1 = {COVID19: 2, CAP: 1}
FIGURE_12 = {COVID19: 1, CAP: 2}
"""Rows of each class (captions of the paper's Figures 1 and 12)."""

CHANGED = "#d55e00"
"""Differs from grey in every kind of colour vision; the hatching needs no colour."""


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
        len(rows),
        3,
        synthetic=any(row.case.synthetic for row in rows),
        caption=f"Infected slices with most lung; masks: {sources.lungs}.",
    )
    head(axes, ("slice", "lung mask", "segmented lungs"))
    for places, row in zip(axes, rows, strict=True):
        draw_hu(places[0], row.hu, row.pixel_mm, sides=row.sides)
        draw_grey(places[1], row.mask.astype(np.float32), row.pixel_mm, sides=row.sides)
        draw_hu(places[2], inside(row.hu, row.mask), row.pixel_mm, sides=row.sides)
        side(places[0], row.title)
    return figure


@dataclass(frozen=True)
class _Failure:
    """A slice and its mask closed in 3-D, (H, W) bool."""

    row: ShownSlice
    closed: NDArray[np.bool_]

    @property
    def area_cm2(self) -> float:
        """Where the two masks differ."""
        pixels = float((self.row.mask ^ self.closed).sum())
        return pixels * self.row.pixel_mm[0] * self.row.pixel_mm[1] / 100

    @property
    def dice(self) -> float:
        both = int(self.row.mask.sum()) + int(self.closed.sum())
        return 2 * int((self.row.mask & self.closed).sum()) / both if both else 1.0


def failures_figure(sources: Sources) -> Figure:
    """Figure 12: the infected slice of each scan whose mask changes most when lungs are closed.

    Worst scans first. There are no masks drawn by hand, so the closing in 3-D stands for them.
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
        len(rows),
        3,
        synthetic=any(one.row.case.synthetic for one in rows),
        caption=f"Masks: {sources.lungs}. Hatched: what closing the lungs in 3-D "
        "(watershed-closed) adds, dotted: what it takes away; an estimate of the lung that is "
        "left out, no ground truth.",
        gap=0.2,
    )
    head(axes, ("slice", "segmented lungs", "changed by closing"))
    for places, one in zip(axes, rows, strict=True):
        lungs = inside(one.row.hu, one.row.mask)
        for place, hu in zip(places, (one.row.hu, lungs, one.row.hu), strict=True):
            draw_hu(place, hu, one.row.pixel_mm, sides=one.row.sides)
        added, taken = one.closed & ~one.row.mask, one.row.mask & ~one.closed
        for part, hatch in ((added, "////"), (taken, "...")):
            if part.any():
                places[2].contourf(part, levels=[0.5, 1.5], colors="none", hatches=[hatch])
                places[2].contour(part, levels=[0.5], colors=CHANGED, linewidths=1.0)
        places[2].set_xlabel(f"{one.area_cm2:.0f} cm², Dice {one.dice:.2f}", fontsize=7)
        side(places[0], one.row.title)
    return figure


def _worst(scan: StoredScan, case: KnownCase) -> _Failure:
    hu, masks = scan.arrays()
    closed = close_lungs(masks, hu, scan.spacing)
    areas = (closed ^ masks).sum(axis=(1, 2)).astype(np.int64)
    if case.infected is not None and case.infected.any():
        areas = np.where(case.infected.astype(bool), areas, -1)
    index = int(areas.argmax())
    return _Failure(shown(scan, case, index), closed[index])
