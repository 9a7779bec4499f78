"""Reading a DICOM series: a folder of files becomes one volume in HU, head to feet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.geometry import Placement, place, slice_spacing
from spgc.ct.hounsfield import hounsfield
from spgc.ct.image_files import list_images
from spgc.ct.mixed_series import check_mixture
from spgc.ct.orientation import refuse_damaged, set_upright
from spgc.ct.plausible import check_spacing
from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.ct.series_choice import choose_series
from spgc.ct.slice_file import SliceFile
from spgc.ct.slice_positions import SAME_POSITION
from spgc.errors import SeriesError

SAME_SPACING = 1e-2
"""mm by which PixelSpacing may differ between slices of one pixel size."""

MOST = 0.5
"""Share of slices that must have one pixel size for the others' to be an error of their tags."""


@dataclass(frozen=True)
class Volume:
    """One scan.

    hu: (S, H, W) int16 HU, head to feet, patient's right at the left edge, front at the top;
    spacing: (z, y, x) mm; positions: (S,) mm along the slice normal, growing to the head;
    notes: everything doubtful that was found, and how it was handled.
    """

    hu: NDArray[np.int16]
    spacing: tuple[float, float, float]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]


def read_series(folder: Path) -> Volume:
    """Read the CT series in `folder`, whatever its file names, order and transfer syntax.

    Files belong together because they lie in one folder; IDs and UIDs may be missing or wrong.
    Where several series are told apart, the axial one with most slices is taken, with a note.
    Raises SeriesError when there is no single series to be had, or a file of it is broken.
    """
    images, notes = list_images(folder)
    chosen, more = choose_series(images, folder)
    placement = place(chosen)
    notes += [*more, *_tag_remarks(placement.slices), *placement.notes]
    _check_sizes(placement.slices, folder)
    with quiet_pydicom():
        hu, more = hounsfield(placement.slices)
    notes += more
    placement, hu, more = _drop_duplicates(placement, hu)
    notes += more
    check_mixture(placement, folder)
    z, more = slice_spacing(placement)
    notes += more
    pixel_mm, more = _pixel_spacing(placement.slices, folder)
    notes += more
    hu, (y, x), more = set_upright(hu, pixel_mm, placement.orientation)
    doubts = check_spacing((z, y, x), hu.shape, folder)
    return Volume(hu, (z, y, x), placement.positions, (*notes, *more, *doubts))


def _tag_remarks(slices: Sequence[SliceFile]) -> list[str]:
    """What is doubtful about the tags of the chosen slices, each with their number."""
    remarks = Counter(remark for image in slices for remark in image.remarks)
    return [f"{remark} ({count} slices)" for remark, count in remarks.items()]


def _check_sizes(images: Sequence[SliceFile], folder: Path) -> None:
    sizes = Counter(image.size for image in images)
    if len(sizes) > 1:
        found = ", ".join(f"{n} of {h}x{w}" for (h, w), n in sizes.most_common())
        raise SeriesError(
            "slices of different image sizes",
            where=folder,
            found=found,
            expected="one size (rows x columns)",
            do="put each series into a folder of its own",
        )


def _drop_duplicates(
    placement: Placement, hu: NDArray[np.int16]
) -> tuple[Placement, NDArray[np.int16], list[str]]:
    """Keep one of several identical slices at one place; different ones there are an error."""
    same = np.flatnonzero(-np.diff(placement.positions) <= SAME_POSITION)
    everywhere = 0 < same.size == len(hu) - 1
    for index in same:
        if not np.array_equal(hu[index], hu[index + 1]):
            raise SeriesError(
                "two different slices at one position",
                where=placement.slices[index + 1].path,
                found=f"{len(hu)} slices, all at one position"
                if everywhere
                else f"position {placement.positions[index]:.2f} mm twice, unlike pixels",
                expected="one slice at each position",
                do="name the folder of the chest's series"
                if everywhere
                else "put each series into a folder of its own",
            )
    if not same.size:
        return placement, hu, []
    keep = np.setdiff1d(np.arange(len(hu)), same + 1)
    slices = tuple(placement.slices[i] for i in keep)
    note = f"{same.size} left out: identical copies of other slices"
    kept = replace(placement, slices=slices, positions=placement.positions[keep])
    return kept, hu[keep], [note]


def _pixel_spacing(
    slices: Sequence[SliceFile], folder: Path
) -> tuple[tuple[float, float], list[str]]:
    """(y, x) mm that most slices have. Raises SeriesError when no single one is that of most."""
    known = np.array([image.spacing for image in slices if image.spacing is not None])
    if not known.size:
        refuse_damaged(slices, "PixelSpacing")
        return (1.0, 1.0), ["no PixelSpacing: pixels taken as 1 mm"]
    y, x = (float(value) for value in np.median(known, axis=0))
    agree = int((np.abs(known - (y, x)).max(axis=1) <= SAME_SPACING).sum())
    if agree <= MOST * len(known):
        low, high = known.min(axis=0), known.max(axis=0)
        raise SeriesError(
            "slices of different pixel sizes",
            where=folder,
            found=f"PixelSpacing from {low[0]:g} x {low[1]:g} to {high[0]:g} x {high[1]:g} mm",
            expected="one pixel size",
            do="put each series into a folder of its own",
        )
    notes = []
    if agree < len(slices):
        notes.append(
            f"PixelSpacing differs or is missing in {len(slices) - agree} slices: "
            f"{y:.3f} x {x:.3f} mm of the others taken"
        )
    return (y, x), notes
