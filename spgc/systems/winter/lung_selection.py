"""Which slices Winter looks at, and which it learns from."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spgc.contract.scan import LabelledScan, Scan
from spgc.errors import DataError
from spgc.jobs.progress import Track
from spgc.nets.slices.chosen import ScanInMemory, chosen_slices, in_memory
from spgc.nets.slices.lung_area import lung_areas, most_lung, with_lung
from spgc.nets.slices.resampled import ResampledScan, resampled
from spgc.nets.slices.samples import Sample, labelled_slices
from spgc.protocol import CLASSES
from spgc.systems.winter.winter_settings import Settings


@dataclass(frozen=True)
class Looked:
    """A scan as Winter sees it, its arrays in memory; indices from 0 at the head.

    kept: slices that answer for the patient; poor: none of the scan's slices shows enough lung.
    """

    scan: ScanInMemory
    kept: tuple[int, ...]
    poor: bool

    def answering(self) -> Scan:
        """The slices that answer for the patient, as a scan of their own."""
        return chosen_slices(self.scan, self.kept)

    def parts(self) -> list[tuple[int, ...]]:
        """The slices that answer, and the others if there are any."""
        kept = set(self.kept)
        others = tuple(index for index in range(self.scan.n_slices) if index not in kept)
        return [self.kept, *([others] if others else [])]


def seen(scan: Scan, settings: Settings) -> Scan:
    """The scan with slices at the distance of the settings; nothing is read."""
    return scan if settings.slice_mm is None else resampled(scan, settings.slice_mm)


def look_at(scan: Scan, settings: Settings) -> Looked:
    """Read a scan and choose the slices that answer.

    Those with more lung than the threshold; where there is none, the `top` with most lung.
    """
    whole = in_memory(seen(scan, settings))
    if settings.area_threshold is None:
        return Looked(whole, tuple(range(whole.n_slices)), poor=False)
    areas = lung_areas(whole.mask)
    kept = with_lung(areas, settings.area_threshold)
    return Looked(whole, tuple(kept or most_lung(areas, settings.top)), poor=not kept)


def seen_labels(scan: LabelledScan, settings: Settings) -> LabelledScan:
    """The scan as `seen` gives it; each slice has the label of the stored one nearest to it.

    A slice beyond the scan, which shows nothing, is not infected.
    """
    view, infected = seen(scan.scan, settings), scan.infected
    if infected is not None and isinstance(view, ResampledScan):
        places = range(view.n_slices)
        shown = np.array([not view.beyond(index) for index in places])
        infected = infected[[view.source(index) for index in places]] * shown
    return dataclasses.replace(scan, scan=view, infected=infected)


def labelled_with_lung(
    scans: Sequence[LabelledScan], settings: Settings, track: Track
) -> list[Sample]:
    """Slices to learn from or to check on; scans as `seen_labels` gives them.

    Normal slices of normal patients, infected ones of the others and, if the settings say so, their
    uninfected ones; of all these, slices with more lung than the threshold.
    """
    found: list[Sample] = []
    for number, scan in enumerate(track(scans, "lung of labelled slices", len(scans))):
        known = labelled_slices(scan, uninfected=settings.negatives == "with-uninfected")
        if known and settings.area_threshold is not None:
            areas = lung_areas(scan.scan.arrays()[1])
            wanted = set(with_lung(areas, settings.area_threshold))
            known = [(index, label) for index, label in known if index in wanted]
        found += [Sample(number, index, label) for index, label in known]
    return found


def check_lung(
    scans: Sequence[LabelledScan], samples: Sequence[Sample], settings: Settings
) -> None:
    """Raise DataError for a class that has labelled slices, but none that shows enough lung."""
    known = Counter(
        label
        for scan in scans
        for _, label in labelled_slices(scan, uninfected=settings.negatives == "with-uninfected")
    )
    left = {sample.label for sample in samples}
    for label in sorted(known.keys() - left):
        raise DataError(
            f"nothing to learn {CLASSES[label]} from",
            where="training split",
            found=f"0 of {known[label]} labelled slices show more than {settings.area_threshold} "
            "pixels of lung",
            expected="at least one",
            do="look at the lung masks with spgc view, or set a lower --area-threshold",
        )


def back_to_stored(scan: Scan, view: Scan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each slice of the stored scan, (S,), the slice of `view` nearest to it."""
    places = range(scan.n_slices)
    nearest = [view.nearest(k) for k in places] if isinstance(view, ResampledScan) else [*places]
    return np.array(nearest, np.int64)
