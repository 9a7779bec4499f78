"""One drawn person: sizes, build, breathing, age. Round values of adult anatomy.

Lengths in mm; levels as a share of the lungs' height, 0 at the apex and 1 at the deepest recess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Person:
    """What differs from one drawn person to the next.

    `height` of the lungs; `width`, `depth` half inner sizes of the rib cage; `breath` is 1 at full
    inspiration and 0 at expiration; `heart` scales the heart; `tilt` is the turn on the table in
    radians; `above`, `below` say how far the scan reaches beyond the lungs.
    """

    height: float
    width: float
    depth: float
    fat: float
    muscle: float
    breast: float
    age: float
    breath: float
    heart: float
    tilt: float
    shift: tuple[float, float]
    domes: tuple[float, float]
    lung_hu: float
    above: float
    below: float
    gas: tuple[float, float]

    @property
    def torso(self) -> tuple[float, float]:
        """Half width and half depth of the body at mid chest."""
        return (
            self.width + 8 + self.muscle + 1.1 * self.fat,
            self.depth + 9 + 0.8 * self.muscle + 0.7 * self.fat,
        )

    @property
    def length(self) -> float:
        """Height of the whole scan."""
        return self.above + self.height + self.below


def draw_person(rng: np.random.Generator, heart: tuple[float, float] = (0.92, 1.08)) -> Person:
    """A person of any adult build; `heart` is the range of the heart's scale."""
    female = rng.random() < 0.45
    size = rng.normal(0.95 if female else 1.03, 0.045)
    breath = float(np.clip(rng.beta(4, 1.6), 0.15, 1))
    age = float(rng.uniform(22, 85))
    height = float(np.clip(250 * size * (0.86 + 0.14 * breath), 190, 300))
    return Person(
        height=height,
        width=float(134 * size * rng.uniform(0.95, 1.05)),
        depth=float(95 * size * rng.uniform(0.93, 1.09) * (0.95 + 0.05 * breath)),
        fat=float(np.clip(rng.gamma(4.5, 4.4), 7, 38)),
        muscle=float(rng.uniform(11, 19) * (0.85 if female else 1.0)),
        breast=float(rng.uniform(8, 22)) if female else 0.0,
        age=age,
        breath=breath,
        heart=float(rng.uniform(*heart)),
        tilt=float(rng.normal(0, 0.035)),
        shift=(float(rng.normal(0, 5)), float(rng.normal(0, 4))),
        domes=(float(rng.uniform(0.69, 0.75)), float(rng.uniform(0.73, 0.79))),
        lung_hu=float(-894 + 60 * (1 - breath) + rng.normal(0, 12)),
        above=float(rng.uniform(18, 42)),
        below=float(rng.uniform(6, 40)),
        gas=(float(rng.uniform(0.2, 1)), float(rng.uniform(0, 1))),
    )


def curve(level: float | np.ndarray, *knots: tuple[float, float]) -> np.float32 | np.ndarray:
    """A size that changes along the body: straight lines between (level, value) knots."""
    places, values = zip(*knots, strict=True)
    found = np.interp(level, places, values)
    return np.asarray(found, np.float32) if np.ndim(found) else np.float32(found)
