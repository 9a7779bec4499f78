"""Findings of lungs without pneumonia, drawn in every class alike.

So density alone tells little: dependent density and plates of atelectasis in lungs that lie or
breathe shallowly, scars at the apex, emphysema, calcified granulomas (all: Hansell et al.,
Radiology 246:697, 2008, and Webb, Müller, Naidich, High-Resolution CT of the Lung), and with heart
failure effusion, ground glass round the hila and septal lines (Gluecker et al., RadioGraphics
19:1507, 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion
from spgc.phantoms.person import Person


@dataclass(frozen=True)
class Variants:
    """`dependent` HU at the lowest pleura, `emphysema` 0 to 1, `lesions` that are no infection."""

    dependent: float
    emphysema: float
    lesions: tuple[Lesion, ...]


def draw_variants(
    person: Person, places: LungPlaces, rng: np.random.Generator, variety: float = 1.0
) -> Variants:
    """Frequencies are chosen; age and shallow breathing raise them, `variety` scales them."""
    old = float(np.clip((person.age - 40) / 40, 0, 1))
    shallow = 1 - person.breath
    lesions: list[Lesion] = []
    if rng.random() < variety * (0.25 + 0.5 * shallow):
        lesions += [_atelectasis(places, rng, k) for k in range(int(rng.integers(1, 3)))]
    if rng.random() < variety * (0.12 + 0.25 * old):
        lesions.append(_apical_scar(places, rng))
    if rng.random() < variety * 0.25:
        lesions.append(_granuloma(places, rng))
    dependent = float(rng.uniform(0, 130) + (210 * shallow if rng.random() < 0.7 else 0))
    dependent *= variety
    emphysema = float(rng.uniform(0.25, 1.0)) if rng.random() < variety * 0.35 * old else 0.0
    return Variants(dependent, emphysema, tuple(lesions))


def draw_heart_failure(
    places: LungPlaces, rng: np.random.Generator, effusion: float, oedema: float
) -> tuple[list[Lesion], tuple[float, float]]:
    """Congestion: hazy lung round the hila, fluid in one or both pleurae; shares in `effusion`."""
    lesions, fluid = [], (0.0, 0.0)
    if rng.random() < effusion:
        deep = float(rng.uniform(8, 30))
        left = deep * float(rng.uniform(0.4, 1.0)) if rng.random() < 0.7 else 0.0
        fluid = (deep, left)
    if rng.random() < oedema:
        for side in (-1, 1):
            level = float(rng.uniform(0.45, 0.6))
            z = float(np.quantile(places.places[:, 2], level))
            lesions.append(
                Lesion(
                    (side * 56.0, 14.0, z),
                    (36, 44, 55),
                    haze=float(rng.uniform(-740, -640)),
                    paving=0.3,
                    soft=0.9,
                    ragged=0.25,
                    infection=False,
                    grain=31,
                )
            )
    return lesions, fluid


def draw_haze(places: LungPlaces, rng: np.random.Generator) -> list[Lesion]:
    """Haze in the inner parts of both lungs, as in congestion; its density is the caller's."""
    levels = np.quantile(places.places[:, 2], rng.uniform(0.05, 0.95, 6))
    return [
        Lesion(
            ((-1) ** number * 52.0, float(rng.uniform(-10, 40)), float(level)),
            (36.0, 44.0, 40.0),
            ragged=0.15,
            infection=False,
            grain=31 + number,
        )
        for number, level in enumerate(levels)
    ]


def draw_plates(places: LungPlaces, rng: np.random.Generator) -> list[Lesion]:
    """Plates of atelectasis at any level."""
    return [_plate(places.pick(back=0.3), rng, k) for k in range(int(rng.integers(2, 7)))]


def _atelectasis(places: LungPlaces, rng: np.random.Generator, number: int) -> Lesion:
    """A thin plate above the diaphragm."""
    low = places.level > np.quantile(places.level, 0.72)
    x, y, z = places.places[int(rng.choice(np.flatnonzero(low)))]
    return _plate((float(x), float(y), float(z)), rng, number)


def _plate(centre: tuple[float, float, float], rng: np.random.Generator, number: int) -> Lesion:
    long = rng.uniform(16, 34)
    return Lesion(
        centre,
        (long, rng.uniform(2.5, 4.5), rng.uniform(5, 12)),
        haze=-250,
        solid=0.5,
        soft=0.5,
        ragged=0.12,
        infection=False,
        grain=40 + number,
    )


def _apical_scar(places: LungPlaces, rng: np.random.Generator) -> Lesion:
    high = np.flatnonzero((places.level < 0.18) & (places.wall < 8))
    pick = int(rng.choice(high)) if high.size else 0
    x, y, z = places.places[pick]
    return Lesion(
        (float(x), float(y), float(z)),
        (14, 14, 12),
        haze=-200,
        solid=0.4,
        soft=0.5,
        rind=float(rng.uniform(4, 8)),
        infection=False,
        grain=50,
    )


def _granuloma(places: LungPlaces, rng: np.random.Generator) -> Lesion:
    x, y, z = places.pick()
    size = float(rng.uniform(2.5, 4.5))
    return Lesion(
        (x, y, z), (size, size, size), haze=-100, solid=0.9, soft=0.3, ragged=0.0, infection=False
    )
