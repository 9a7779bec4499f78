"""Figure 3, the three channels of a network's input, and Figure 5, the five regions of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spgc.contract.scan_parts import middle_of, part_edges
from spgc.ct.patient_sides import sides_known
from spgc.ct.slice_images import HU_RANGE, stack
from spgc.paper.figures.figure_sources import Sources, no_case, shown, widest
from spgc.paper.figures.panels import bare, draw_grey, draw_hu, head, sheet, side
from spgc.protocol import CAP, COVID19, GROUPS, NORMAL, REGIONS
from spgc.report.contact_sheets import LUNG_WINDOW, mark_sides
from spgc.report.pictures import caption, fitting, synthetic_mark, verbatim
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spgc.contract.scan import KnownCase
    from spgc.ct.stored_scan import StoredScan


def channels_figure(sources: Sources) -> Figure:
    """Figure 3: grey, lung mask, grey × mask, and the three stacked as red, green and blue."""
    scan, case = _example(sources, "3", (COVID19, CAP, NORMAL))
    row = shown(scan, case, widest(scan, case))
    channels = stack(row.hu, row.mask)
    figure, axes = sheet(
        1,
        4,
        synthetic=case.synthetic,
        caption=f"Grey: {HU_RANGE[0]:.0f} to {HU_RANGE[1]:.0f} HU, linear. The last panel shows "
        "the three channels as red, green and blue.",
    )
    head(axes, ("1: grey", "2: lung mask", "3: grey × mask", "1, 2, 3 as red, green, blue"))
    for place, channel in zip(axes[0], channels, strict=False):
        draw_grey(place, channel, row.pixel_mm, sides=row.sides)
    draw_grey(axes[0, 3], np.moveaxis(channels, 0, -1), row.pixel_mm, sides=row.sides)
    side(axes[0, 0], row.title)
    return figure


def regions_figure(sources: Sources) -> Figure:
    """Figure 5: a scan from the front, cut into five regions, and the middle slice of each."""
    from matplotlib.figure import Figure

    scan, case = _example(sources, "5", (NORMAL, COVID19, CAP))
    figure = Figure(figsize=(7.2, 6.2), dpi=200, layout="constrained")
    mark = synthetic_mark(case.synthetic)
    name = f"{case.label or 'class unknown'}: {verbatim(case.case_id)}, {scan.n_slices} slices"
    figure.suptitle(fitting(f"{mark}\n{name}" if mark else name, 7.2, 9), fontsize=9)
    caption(
        figure,
        f"Five regions of equal numbers of slices, 1 at the head; ticks part the {GROUPS} groups "
        f"of the patient stage. {PURPOSE}",
    )
    grid = figure.add_gridspec(2, REGIONS, height_ratios=(2.6, 1))
    _coronal(figure.add_subplot(grid[0, :]), scan)
    for region in range(REGIONS):
        _region_slice(figure.add_subplot(grid[1, region]), scan, case, region)
    return figure


def _coronal(place: Axes, scan: StoredScan) -> None:
    """The scan from the front, where there is most lung; lines part the regions."""
    hu, masks = scan.arrays()
    # Below and above the lungs, masks may hold anything dark: the middle three regions decide.
    middle = masks[len(masks) // REGIONS : -(len(masks) // REGIONS) or None]
    depth = int(np.median(np.nonzero(middle)[1])) if middle.any() else hu.shape[1] // 2
    centre, width = LUNG_WINDOW
    place.imshow(
        hu[:, depth],
        cmap="gray",
        vmin=centre - width / 2,
        vmax=centre + width / 2,
        aspect=scan.spacing[0] / scan.spacing[2],
        interpolation="antialiased",
    )
    count = len(hu)
    for region in range(REGIONS):
        # Boundaries stand between slices.
        start, stop = (edge - 0.5 for edge in part_edges(count, REGIONS)[region : region + 2])
        if region:
            place.axhline(start, color="black", linewidth=1.6)
            place.axhline(start, color="white", linewidth=1.0, linestyle="dashed")
        place.text(
            0.02,
            1 - ((start + stop) / 2 + 0.5) / count,
            f"region {region + 1}",
            transform=place.transAxes,
            color="white",
            va="center",
            fontsize=8,
            bbox={"facecolor": "black", "edgecolor": "none", "pad": 1.5},
        )
    if sides_known(scan.notes):
        mark_sides(place, 8, height=0.96)
    place.set_xticks([])
    place.set_yticks([edge - 0.5 for edge in part_edges(count, GROUPS)])
    place.tick_params(axis="y", length=3, labelleft=False)
    place.set_ylabel("feet  ←  slices  →  head", fontsize=7)
    place.set_title("from the front", fontsize=8, pad=4)


def _region_slice(place: Axes, scan: StoredScan, case: KnownCase, region: int) -> None:
    index = middle_of(region, scan.n_slices, REGIONS)
    row = shown(scan, case, index)
    draw_hu(place, row.hu, row.pixel_mm, sides=row.sides)
    bare(place)
    place.set_title(f"region {region + 1}: slice {index + 1}", fontsize=8, pad=4)


def _example(
    sources: Sources, figure: str, labels: tuple[str, ...]
) -> tuple[StoredScan, KnownCase]:
    """The case that was named, else the first of the first class, with slice labels if any has."""
    if sources.cases:
        return sources.scan(sources.cases[0])
    found = [
        case for label in labels for case in (*sources.labelled(label), *sources.of_class(label))
    ]
    if not found:
        raise no_case(figure, "a scan of the training or validation split", sources)
    return sources.scan(found[0].case_id)
