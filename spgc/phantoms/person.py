"""One drawn person: sizes, build, breathing, age. Round values of adult anatomy.

Lengths in mm; levels as a share of the lungs' height, 0 at the apex and 1 at the deepest recess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.raster import Field, Size


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


def draw_person(
    rng: np.random.Generator, heart: tuple[float, float] = (0.92, 1.08), variety: float = 1.0
) -> Person:
    """A person of any adult build; `heart` is the range of the heart's scale.

    `variety` is how far people differ in size and build: 1 as adults do, 0 not at all.
    """
    female = rng.random() < 0.45 * variety
    size = 1 + variety * (rng.normal(-0.05 if female else 0.03, 0.045))
    breath = 0.75 + variety * (float(np.clip(rng.beta(4, 1.6), 0.15, 1)) - 0.75)

    def near(middle: float, low: float, high: float) -> float:
        return float(middle + variety * (rng.uniform(low, high) - middle))

    age = float(rng.uniform(22, 85))
    height = float(np.clip(250 * size * (0.86 + 0.14 * breath), 190, 300))
    return Person(
        height=height,
        width=float(134 * size * near(1, 0.95, 1.05)),
        depth=float(95 * size * near(1.01, 0.93, 1.09) * (0.95 + 0.05 * breath)),
        fat=float(19 + variety * (np.clip(rng.gamma(4.5, 4.4), 7, 38) - 19)),
        muscle=float(near(15, 11, 19) * (0.85 if female else 1.0)),
        breast=near(14, 8, 22) if female else 0.0,
        age=age,
        breath=breath,
        heart=float(rng.uniform(*heart)),
        tilt=float(rng.normal(0, 0.035) * variety),
        shift=(float(rng.normal(0, 5) * variety), float(rng.normal(0, 4) * variety)),
        domes=(near(0.72, 0.69, 0.75), near(0.76, 0.73, 0.79)),
        lung_hu=float(-894 + 60 * (1 - breath) + variety * rng.normal(0, 12)),
        above=near(30, 18, 42),
        below=near(23, 6, 40),
        gas=(float(rng.uniform(0.2, 1)), float(rng.uniform(0, 1))),
    )


def curve(level: Size, *knots: tuple[float, float]) -> np.float32 | Field:
    """A size that changes along the body: straight lines between (level, value) knots."""
    places, values = zip(*knots, strict=True)
    found = np.interp(level, places, values)
    return np.asarray(found, np.float32) if np.ndim(found) else np.float32(found)
