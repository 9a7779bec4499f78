"""The large shapes of the chest as signed distances in mm, negative inside.

Every function takes places (x, y, z) in mm that broadcast against each other, so the same shapes
serve slices and single points. x grows to the patient's left, y to the back, z down from the apex
of the lungs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.person import Person, curve
from spgc.phantoms.raster import Field, Size, ball, capsule, disc, ellipse, union, without
from spgc.protocol import LOBES

CAGE_POWER = 2.25
"""Exponent of the superellipse of the rib cage: a little squarer than an ellipse."""

EGG = 0.09
"""How much narrower the rib cage is in front than at the back."""

LLL, LUL, RLL, RML, RUL = map(LOBES.index, ("LLL", "LUL", "RLL", "RML", "RUL"))
"""Each lobe's place in `LOBES`."""

_WIDTH = (
    (-0.05, 0.2),
    (0, 0.36),
    (0.05, 0.53),
    (0.1, 0.65),
    (0.2, 0.82),
    (0.3, 0.91),
    (0.45, 0.98),
    (0.6, 1),
    (0.8, 1),
    (1.0, 0.98),
    (1.3, 0.95),
)
_DEPTH = (
    (-0.05, 0.14),
    (0, 0.24),
    (0.05, 0.40),
    (0.1, 0.54),
    (0.2, 0.74),
    (0.3, 0.86),
    (0.45, 0.96),
    (0.6, 1),
    (0.8, 1),
    (1.0, 0.97),
    (1.3, 0.95),
)
_BODY_WIDTH = (
    (-0.3, 0.98),
    (-0.15, 1.22),
    (0, 1.30),
    (0.1, 1.22),
    (0.2, 1.10),
    (0.3, 1.04),
    (0.5, 1),
    (0.8, 0.99),
    (1.0, 0.97),
    (1.3, 0.97),
)
_BODY_DEPTH = (
    (-0.3, 0.6),
    (-0.15, 0.66),
    (0, 0.74),
    (0.1, 0.82),
    (0.2, 0.91),
    (0.3, 0.96),
    (0.5, 1),
    (0.8, 1),
    (1.3, 0.98),
)


@dataclass(frozen=True)
class Oval:
    """Centre and radii of a cross-section whose middle lies on the midline."""

    y: np.float32 | Field
    width: np.float32 | Field
    depth: np.float32 | Field


@dataclass(frozen=True)
class Shapes:
    """Distances at the same places to what bounds the lungs, each computed once. (h, w) each"""

    cage: Field
    heart: Field
    vessels: Field
    diaphragm: Field
    mediastinum: Field


class Thorax:
    """The chest of one person. `effusion` (right, left) is the height in mm of pleural fluid."""

    def __init__(self, person: Person, effusion: tuple[float, float] = (0, 0)) -> None:
        self.person, self.effusion = person, effusion

    def level(self, z: Size) -> Size:
        return z / self.person.height

    def body_oval(self, z: Size) -> Oval:
        """The back keeps to the table at every level."""
        half_width, half_depth = self.person.torso
        level = self.level(z)
        depth = curve(level, *_BODY_DEPTH) * np.float32(half_depth)
        return Oval(
            np.float32(half_depth) - depth,
            curve(level, *_BODY_WIDTH) * np.float32(half_width),
            depth,
        )

    def cage_oval(self, z: Size) -> Oval:
        """Inner surface of the rib cage; the apex lies to the back."""
        level = self.level(z)
        depth = curve(level, *_DEPTH) * np.float32(self.person.depth)
        back = curve(
            level, (-0.05, 0.38), (0.1, 0.66), (0.25, 0.9), (0.45, 1), (0.8, 1), (1.2, 0.97)
        )
        y = back * np.float32(self.person.depth) - depth
        return Oval(y, curve(level, *_WIDTH) * np.float32(self.person.width), depth)

    def body(self, x: Field, y: Field, z: float) -> Field:
        oval = self.body_oval(z)
        shape = ellipse(x, y, (0, oval.y), (oval.width, oval.depth), 2.3)
        flat = y - np.float32(self.person.torso[1] - 5) + 4 * np.exp(-((x / 16) ** 2))
        shape = without(shape, -flat, 22)
        if z < 0:  # the neck rises between the shoulders
            neck = ellipse(x, y, (0, oval.y + 4), (62, 66))
            shape = union(shape, neck, 25)
        if self.person.breast:
            level = float(self.level(z))
            size = max(1 - ((level - 0.56) / 0.26) ** 2, 0) ** 0.5 * self.person.breast
            if size > 4:
                # Lying on the back they spread to the sides.
                bulge = ellipse(np.abs(x), y, (86, oval.y - 0.74 * oval.depth), (58, 24 + size))
                shape = union(shape, bulge, 26)
        return shape

    def cage(self, x: Field, y: Field, z: Size) -> Field:
        """Inner surface of the ribs: an egg in cross-section, broad at the back."""
        oval = self.cage_oval(z)
        lean = 1 - EGG * np.clip((y - oval.y) / oval.depth, -1.3, 1.3)
        return ellipse(x * lean, y, (0, oval.y), (oval.width, oval.depth), CAGE_POWER)

    def spine_y(self, z: Size) -> np.float32 | Field:
        """Middle of the vertebral body."""
        oval = self.cage_oval(z)
        bend = curve(
            self.level(z), (-0.2, -14), (0, 0), (0.15, -8), (0.5, -29), (0.9, -31), (1.3, -32)
        )
        back = np.maximum(oval.y + oval.depth, np.float32(0.62 * self.person.depth))
        return back + bend

    def spine(self, x: Field, y: Field, z: Size) -> Field:
        """Vertebral bodies with the soft tissue beside them, as the lungs meet them."""
        wide = curve(self.level(z), (0, 20), (0.5, 19.5), (1, 24))
        middle = self.spine_y(z) + 3
        front = ellipse(x, y, (0, middle), (wide, wide * 0.9), 2.4)
        # Behind the body the gutters end at the heads and necks of the ribs.
        behind = np.maximum(np.abs(x) - wide - 0.30 * np.maximum(y - middle, 0), middle - y)
        return union(front, behind, 4)

    def heart(self, x: Field, y: Field, z: Size) -> Field:
        """Ventricles along their oblique axis, right atrium, left atrium."""
        h, s = self.person.height, self.person.heart
        turned_x, turned_y = 0.80 * x - 0.60 * y, 0.60 * x + 0.80 * y
        middle = (24 * s, -33 - 4 * (s - 1))
        centre = (
            0.80 * middle[0] - 0.60 * middle[1],
            0.60 * middle[0] + 0.80 * middle[1],
            0.70 * h,
        )
        main = ball(turned_x, turned_y, z, centre, (62 * s, 44 * s, 0.165 * h * s))
        right = ball(x, y, z, (-20 * s, -24, 0.64 * h), (33 * s, 38 * s, 0.135 * h * s))
        left = ball(x, y, z, (4, 6, 0.575 * h), (36 * s, 22 * s, 0.07 * h * s))
        return union(union(main, right, 14), left, 10)

    def vessels(self, x: Field, y: Field, z: Size) -> Field:
        """Great vessels: aorta with its arch, venae cavae, pulmonary trunk and main arteries."""
        h = self.person.height
        wide = 12.5 + 0.05 * self.person.age
        back = (21.0, float(self.spine_y(0.45 * h)) - 22)
        arch = capsule(x, y, z, (-12, -30, 0.335 * h), (*back, 0.335 * h), wide - 2.5)
        up = disc(x, y, (-14, -30), wide + 1.5) + self._outside(z, 0.33, 0.56)
        down = disc(x, y, back, wide - 1.5) + self._outside(z, 0.33, 2)
        cava = disc(x, y, (-31, -24), 8.5) + self._outside(z, 0.18, 0.56)
        trunk = capsule(x, y, z, (14, -42, 0.54 * h), (15, -22, 0.445 * h), 13)
        right = capsule(x, y, z, (12, -18, 0.45 * h), (-42, -2, 0.475 * h), 10.5)
        left = capsule(x, y, z, (15, -22, 0.445 * h), (42, 12, 0.43 * h), 10.5)
        all_of_them = union(union(arch, up), union(down, cava))
        all_of_them = union(all_of_them, union(union(trunk, right), left))
        lower = capsule(x, y, z, (-20, 4, 0.60 * h), (-22, 12, 0.80 * h), 11)
        return union(union(all_of_them, lower), self._branches(x, y, z))

    def _branches(self, x: Field, y: Field, z: Size) -> Field:
        """Carotid and subclavian arteries and the veins above the arch."""
        h = self.person.height
        found = capsule(x, y, z, (-10, -14, 0.31 * h), (-22, -6, -0.2 * h), 5.5)
        for start, end, radius in (
            ((4, -10, 0.31 * h), (19, -4, -0.2 * h), 4.0),
            ((14, 2, 0.31 * h), (30, 8, 0.02 * h), 4.8),
            ((-31, -24, 0.20 * h), (-34, -14, -0.2 * h), 6.5),
            ((-31, -26, 0.22 * h), (34, -24, 0.06 * h), 6.5),
            ((34, -24, 0.06 * h), (31, -8, -0.2 * h), 6.0),
        ):
            found = union(found, capsule(x, y, z, start, end, radius))
        return found

    def _outside(self, z: Size, first: float, last: float) -> np.float32 | Field:
        """Makes an upright rod end: grows by 1 mm for each mm beyond the two levels."""
        h = self.person.height
        beyond = np.maximum(np.maximum(first * h - z, z - last * h), 0)
        return np.asarray(beyond, np.float32)

    def shapes(self, x: Field, y: Field, z: Size) -> Shapes:
        """What bounds the lungs."""
        heart, vessels = self.heart(x, y, z), self.vessels(x, y, z)
        between = self._mediastinum(x, y, z, heart, vessels)
        return Shapes(self.cage(x, y, z), heart, vessels, self.diaphragm(x, y, z), between)

    def _mediastinum(self, x: Field, y: Field, z: Size, heart: Field, vessels: Field) -> Field:
        """Everything between the lungs."""
        oval, level = self.cage_oval(z), self.level(z)
        front = curve(level, (0, 24), (0.12, 19), (0.22, 9), (0.35, 2), (0.55, 2), (1, 12))
        middle = curve(level, (0, 27), (0.2, 29), (0.35, 26), (0.5, 22), (0.7, 14), (1, 18))
        share = np.clip((y - oval.y + 0.72 * oval.depth) / (0.4 * oval.depth), 0, 1)
        half = front + (middle - front) * share * share * (3 - 2 * share)
        half = half + 2.2 * np.sin(0.085 * y + 0.06 * z + self.person.shift[0])
        lean = curve(level, (0, 0), (0.3, 2), (0.6, 3), (1, 0))
        shape = np.abs(x - lean) - half
        shape = union(shape, heart - 3, 8)
        shape = union(shape, vessels - 2.5, 8)
        return union(shape, self.spine(x, y, z), 9)

    def diaphragm(self, x: Field, y: Field, z: Size) -> Field:
        """Distance to the domes: positive above them, in the chest, negative in the belly."""
        h, p = self.person.height, self.person
        right = x < 0
        lift = 0.10 * (1 - p.breath)
        top = np.where(right, p.domes[0] - lift, p.domes[1] - lift).astype(np.float32) * np.float32(
            h
        )
        dx = (x - np.where(right, -58, 62)) / np.float32(p.width * 0.56)
        dy = y + np.float32(0.16 * p.depth)
        wide = np.where(dy > 0, 0.98 * p.depth, 1.22 * p.depth).astype(np.float32)
        bend = np.float32(0.27 * h)
        # Steeper to the wall than a paraboloid, flat on top.
        far = dx**2 + (dy / wide) ** 2
        surface = top + bend * far * (0.6 + 0.45 * far)
        slope_x, slope_y = dx / np.float32(p.width * 0.56), dy / wide**2
        slope = 2 * bend * (0.6 + 0.9 * far) * np.hypot(slope_x, slope_y)
        floor = np.minimum(surface, np.float32(h))
        return np.asarray((floor - z) / np.sqrt(1 + np.minimum(slope, 4) ** 2), np.float32)

    def fluid(self, x: Field, y: Field, z: Size) -> Field | None:
        """Pleural effusion: a crescent in the dependent pleura that creeps up the side wall."""
        right, left = self.effusion
        if not (right or left):
            return None
        deep = np.where(x < 0, right, left).astype(np.float32)
        rise = curve(self.level(z), (0.25, -0.6), (0.5, 0.0), (0.7, 0.6), (1.0, 1.2))
        oval = self.cage_oval(z)
        surface = oval.y + oval.depth - deep * rise
        creep = 0.55 * deep * np.clip(np.abs(x) / oval.width, 0, 1) ** 4
        gone = np.where(deep > 0, np.float32(0), np.float32(1e3))
        return np.asarray(surface - creep - y + gone, np.float32)

    def lung(self, x: Field, y: Field, z: Size, shapes: Shapes | None = None) -> Field:
        """Both lungs with whatever infection they hold, without pleural fluid."""
        shapes = shapes or self.shapes(x, y, z)
        inside = without(shapes.cage, shapes.mediastinum, 7)
        inside = without(inside, shapes.diaphragm, 5)
        fluid = self.fluid(x, y, z)
        if fluid is not None:
            inside = without(inside, fluid, 3)
        return np.maximum(inside, np.float32(-1) * z)

    def fissures(self, x: Field, y: Field, z: Size) -> tuple[Field, Field]:
        """Height in mm above the oblique and the horizontal fissure (right lung only)."""
        h, d = self.person.height, self.person.depth
        share = (0.85 * d - y) / np.float32(1.8 * d)
        bow = np.float32(0.03) * np.sin(share * np.float32(3.1)) + x * x * np.float32(6e-6)
        left = np.where(x < 0, np.float32(0), np.float32(-0.03))
        oblique = (np.float32(0.30) + left + share * np.float32(0.56) + bow) * np.float32(h) - z
        flat = (np.float32(0.50) + np.abs(x + 60) * np.float32(0.0004)) * np.float32(h) - z
        horizontal = np.where(x < 0, flat, np.float32(1e3)) + np.float32(0) * y
        return oblique * np.float32(0.72), np.asarray(horizontal, np.float32)

    def lobe(self, x: Field, y: Field, z: Size) -> np.ndarray:
        """Which lobe a place inside a lung belongs to: index into `LOBES`."""
        oblique, horizontal = self.fissures(x, y, z)
        right = np.where(oblique < 0, RLL, np.where(horizontal < 0, RML, RUL))
        return np.where(x < 0, right, np.where(oblique < 0, LLL, LUL))
