"""Slices that show enough lung to have a say. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spgc.contract.scan import NamedScan, Scan
from spgc.nets.slices.chosen import chosen_slices, in_memory
from spgc.nets.slices.lung_area import lung_areas, with_lung


def lung_slices(scan: Scan, least: float) -> list[int]:
    """Slices with more lung than that, or all where none has: an answer is better than none."""
    _, mask = scan.arrays()
    return with_lung(lung_areas(mask), least) or list(range(scan.n_slices))


def with_lung_only(scans: Iterable[NamedScan], least: float) -> Iterator[NamedScan]:
    """Each scan with its slices of `lung_slices` alone, read once."""
    for case_id, scan in scans:
        held = in_memory(scan)
        yield case_id, chosen_slices(held, lung_slices(held, least))
