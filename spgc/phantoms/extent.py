"""How much of the lungs a finding takes: scaled to a given share, so that classes are alike in it.

The share is counted over the random places in the lungs that findings are drawn at, so it holds for
lesions that overlap, reach beyond the lungs, or keep to one lobe or to the pleura.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spgc.phantoms.conditions import Range
from spgc.phantoms.lesions import Lesion
from spgc.phantoms.places import LungPlaces
from spgc.phantoms.raster import Mask
from spgc.protocol import CAP, COVID19

TONES = (-930.0, -780.0)

_HAZE = (-650.0, -350.0)
"""HU that the haze of a scan reaches."""

_SOLID = (0.06, 0.14)

_LARGEST = 6.0
"""A lesion grows to at most so many times its size."""

_STEPS = 14


PATCHES = {"haze": (-740.0, -380.0), "soft": (0.25, 0.6), "share": 1.2}
MIMIC = {"haze": (-620.0, -350.0), "soft": (0.8, 1.2), "share": 0.8}
SOLID = (0.08, 0.18)
PLATES = (0.005, 0.04)


def alike(
    label: str, lesions: Sequence[Lesion], mimic: Sequence[Lesion], places: LungPlaces,
    rng: np.random.Generator, extent: Range,
) -> list[Lesion]:  # fmt: skip
    """The lesions with an extent and a density that say little about the class."""
    share = float(rng.uniform(*extent))
    if label == COVID19:
        patches = [_hazy(lesion, PATCHES, rng) for lesion in lesions]
        return scaled_to(patches, places, share * PATCHES["share"])
    solid = [replace(lesion, solid=0.9, haze=-400.0, soft=0.25) for lesion in lesions]
    hazy = [_hazy(lesion, MIMIC, rng) for lesion in mimic]
    hazy = scaled_to(hazy, places, share * MIMIC["share"])
    return hazy + scaled_to(solid, places, float(rng.uniform(*SOLID)))


def _hazy(lesion: Lesion, kind: dict, rng: np.random.Generator) -> Lesion:
    return replace(
        lesion, haze=float(rng.uniform(*kind["haze"])), soft=float(rng.uniform(*kind["soft"])),
        solid=0.0, paving=0.0,
    )


def scaled_to(lesions: Sequence[Lesion], places: LungPlaces, share: float) -> list[Lesion]:
    """The lesions, all enlarged or reduced alike, so that together they take `share` of the lungs.

    Where one lobe is too small for it, they fill what they can.
    """
    if not lesions:
        return []
    low, high = 0.1, _LARGEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if share_of([_sized(lesion, middle) for lesion in lesions], places) < share:
            low = middle
        else:
            high = middle
    return [_sized(lesion, high) for lesion in lesions]


def share_of(lesions: Sequence[Lesion], places: LungPlaces) -> float:
    """Share (0 to 1) of the lungs that the lesions cover, their uneven borders taken as even."""
    covered = np.zeros(len(places.places), bool)
    for lesion in lesions:
        covered |= _covers(lesion, places)
    return float(covered.mean())


def _covers(lesion: Lesion, places: LungPlaces) -> Mask:
    level = np.sqrt((((places.places - lesion.centre) / lesion.radii) ** 2).sum(axis=1))
    inside = level < 1 - lesion.soft / 2
    if lesion.lobe is not None:
        inside &= places.lobe == lesion.lobe
    if lesion.rind is not None:
        inside &= places.depth < lesion.rind
    return np.asarray(inside)


def _sized(lesion: Lesion, factor: float) -> Lesion:
    return replace(
        lesion,
        radii=tuple(radius * factor for radius in lesion.radii),  # type: ignore[arg-type]
        rind=None if lesion.rind is None else lesion.rind * factor**0.5,
    )
