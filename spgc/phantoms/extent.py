"""Extent and density of findings, evened in all classes: lung density does not tell them apart.

For cohorts that a density histogram should not solve. COVID-19 is drawn as ground glass at the
pleura of both lungs (the "typical" pattern of Simpson et al., Radiology: Cardiothoracic Imaging
2:e200152, 2020), CAP as consolidation; scans without COVID-19 get as much smooth haze, as lungs
show in congestion (Gluecker et al., RadioGraphics 19:1507, 1999), and scans without CAP plates of
atelectasis as dense as its consolidation (Hansell et al., Radiology 246:697, 2008). All ranges are
chosen. Lung is denser the less it is filled with air, so each scan has a tone of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spgc.ct.bits import Mask
from spgc.phantoms.conditions import Range
from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion
from spgc.phantoms.variants import draw_haze, draw_plates
from spgc.protocol import CAP, COVID19

TONES: Range = (-930.0, -780.0)
"""HU of healthy lung, one value for each scan."""


@dataclass(frozen=True)
class Haze:
    """Ranges of the HU that haze reaches and of the softness of its border (`Lesion`).

    `share` of the drawn extent: a soft border leaves less of it hazy than a sharp one.
    """

    hu: Range
    soft: Range
    share: float

    def of(self, lesion: Lesion, rng: np.random.Generator) -> Lesion:
        """The lesion as haze of this kind alone."""
        return replace(
            lesion,
            haze=float(rng.uniform(*self.hu)),
            soft=float(rng.uniform(*self.soft)),
            solid=0.0,
            paving=0.0,
        )


PATCHES = Haze((-740.0, -380.0), (0.25, 0.6), 1.2)
"""Ground glass of COVID-19: borders that can be seen."""

SMOOTH = Haze((-620.0, -350.0), (0.8, 1.2), 0.8)
"""Haze of scans without COVID-19: no border anywhere."""

CONSOLIDATED: Range = (0.08, 0.18)
"""Share of the lungs that CAP consolidates; the watershed leaves most of it out of the mask."""

PLATES: Range = (0.005, 0.04)
"""Share of the lungs in plates of atelectasis, in scans without CAP."""

_LARGEST = 6.0
"""A lesion grows to at most so many times its size."""

_STEPS = 14


def evened(
    label: str,
    lesions: Sequence[Lesion],
    places: LungPlaces,
    rng: np.random.Generator,
    extent: Range,
) -> list[Lesion]:
    """The lesions of class `label`, and what makes the lungs of the others as dense.

    extent: share (0 to 1) of the lungs that is hazy, from and to.
    """
    share, found = float(rng.uniform(*extent)), []
    if label == COVID19:
        patches = [PATCHES.of(lesion, rng) for lesion in lesions]
        found += scaled_to(patches, places, share * PATCHES.share)
    else:
        haze = [SMOOTH.of(lesion, rng) for lesion in draw_haze(places, rng)]
        found += scaled_to(haze, places, share * SMOOTH.share)
    if label == CAP:
        solid = [replace(one, solid=0.9, haze=-400.0, soft=0.25) for one in lesions]
        found += scaled_to(solid, places, float(rng.uniform(*CONSOLIDATED)))
    else:
        found += scaled_to(draw_plates(places, rng), places, float(rng.uniform(*PLATES)))
    return found


def scaled_to(lesions: Sequence[Lesion], places: LungPlaces, share: float) -> list[Lesion]:
    """The lesions, all enlarged or reduced alike, so that together they take `share` of the lungs.

    The share is counted over the random places in the lungs that findings are drawn at, so it holds
    for lesions that overlap or reach beyond the lungs. Where one lobe is too small for it, they
    fill what they can.
    """
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
    x, y, z = lesion.radii
    return replace(
        lesion,
        radii=(x * factor, y * factor, z * factor),
        rind=None if lesion.rind is None else lesion.rind * factor**0.5,
    )
