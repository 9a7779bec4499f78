"""Where in its scan a slice lies, as network inputs and as one of five regions. Needs no torch."""

from __future__ import annotations

from spgc.contract.scan_parts import part_of
from spgc.protocol import REGIONS

EXTRA_INPUTS = 2
"""Slice count and slice location, joined to the deep features (paper, section 3.3.1)."""

COUNT_SCALE = 200.0
"""Slices that count as 1.0 (choice): the longest scan the label arrays allow for."""


def position_inputs(index: int, count: int) -> tuple[float, float]:
    """The two extra inputs of slice `index` of `count`: scan length, place; about 0 to 1."""
    return count / COUNT_SCALE, (index + 0.5) / count


def region_of(index: int, count: int) -> int:
    """Which of the five equal regions, 0 at the head, slice `index` of `count` lies in."""
    return part_of(index, count, REGIONS)
