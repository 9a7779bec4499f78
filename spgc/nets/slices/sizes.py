"""What a network gets for a slice: size of its image, place in the scan. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from spgc.ct.parts import part_of
from spgc.errors import ModelError
from spgc.protocol import REGIONS

SIZES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "resnext50": (224, 32),
        "densenet161": (224, 32),
        "inception_v3": (299, 75),
        "wide_resnet50": (224, 32),
    }
)
"""Pixels of the square input by backbone: its own, and the smallest that its layers can take."""

EXTRA_INPUTS = 2
"""Slice count and slice location, joined to the deep features (paper, section 3.3.1)."""

COUNT_SCALE = 200.0
"""Slices that count as 1.0 (choice): the longest scan the label arrays allow for."""


def check_backbone(name: str) -> None:
    """Raise ModelError, listing the known ones, when there is no such backbone."""
    if name not in SIZES:
        raise ModelError("unknown backbone", found=repr(name), expected=" | ".join(SIZES))


def input_size(name: str, wanted: int | None) -> int:
    """Pixels of the square input: the backbone's own, or `wanted` but not below its floor."""
    check_backbone(name)
    own, floor = SIZES[name]
    return own if wanted is None else max(wanted, floor)


def position_inputs(index: int, count: int) -> tuple[float, float]:
    """The two extra inputs of slice `index` of `count`: scan length, place; about 0 to 1."""
    return count / COUNT_SCALE, (index + 0.5) / count


def region_of(index: int, count: int) -> int:
    """Which of the five equal regions, 0 at the head, slice `index` of `count` lies in."""
    return part_of(index, count, REGIONS)
