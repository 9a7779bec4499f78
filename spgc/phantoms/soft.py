"""Soft tissue of one slice on the coarse grid: skin, fat, muscle, organs, fluid, vertebrae."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.anatomy import Anatomy
from spgc.phantoms.bones import paint_spine
from spgc.phantoms.person import curve
from spgc.phantoms.raster import Field, Raster, ball, cover, ellipse, paint, union

SKIN, FAT, MUSCLE, BLOOD, LIVER, SPLEEN, BOWEL, FLUID, GAS = (
    15.0,
    -102.0,
    52.0,
    42.0,
    58.0,
    50.0,
    30.0,
    8.0,
    -960.0,
)
"""HU, round textbook values without contrast medium."""


@dataclass(frozen=True)
class Soft:
    """One slice on the coarse grid, (h, w) each: `hu`, distances to `body`, `cage` and `lung`."""

    hu: Field
    body: Field
    cage: Field
    lung: Field


def paint_soft(anatomy: Anatomy, raster: Raster, x: Field, y: Field, z: float) -> Soft:
    """Everything but lungs, ribs and air; `x`, `y` are body coordinates of the coarse grid."""
    thorax, edge = anatomy.thorax, raster.coarse_mm
    person = thorax.person
    shapes = thorax.shapes(x, y, z)
    body, cage, belly = thorax.body(x, y, z), shapes.cage, shapes.diaphragm
    cloud = anatomy.texture.coarse("cloud", raster, z)
    image = np.full(body.shape, SKIN, np.float32)
    paint(image, cover(body + 2.2, edge), FAT + 6 * cloud)
    _paint_breast(image, body, x, y, z, anatomy, cloud, edge)
    _paint_muscle(image, body, cage, x, y, z, anatomy, cloud, edge)
    inside = cover(cage, edge)
    paint(image, inside, FAT + 10 * cloud)
    column = cover(np.abs(x) - 24, 8) * inside
    paint(image, column * np.float32(0.45), 20)
    if z > 0.45 * person.height:
        _paint_belly(image, cage, belly, x, y, z, anatomy, cloud, edge)
    paint(image, cover(shapes.heart, edge) * inside, -50)
    paint(image, cover(shapes.heart + 4 + 2 * cloud, edge) * inside, BLOOD + 4)
    paint(image, cover(shapes.vessels, edge) * (z < 1.3 * person.height), BLOOD)
    gullet = ellipse(x, y, (5, thorax.spine_y(z) - 25), (8, 6))
    paint(image, cover(gullet, edge), 35)
    fluid = thorax.fluid(x, y, z)
    if fluid is not None:
        above = cover(-belly, 2 * edge)
        outside = cover(-shapes.mediastinum, edge)
        paint(image, cover(fluid, edge) * inside * above * outside, FLUID)
    uneven = anatomy.texture.coarse("mottle", raster, z)
    paint_spine(image, raster, x, y, z, thorax, uneven)
    lung = thorax.lung(x, y, z, shapes)
    return Soft(image, body, cage, lung)


def _paint_breast(
    image: Field,
    body: Field,
    x: Field,
    y: Field,
    z: float,
    anatomy: Anatomy,
    cloud: Field,
    edge: float,
) -> None:
    """Glandular strands in the fat before the ribs."""
    person = anatomy.thorax.person
    if not person.breast or abs(z / person.height - 0.56) > 0.22:
        return
    oval = anatomy.thorax.body_oval(z)
    front = cover(ellipse(np.abs(x), y, (78, oval.y - 0.86 * oval.depth), (44, 26)), 12)
    strands = np.clip(0.8 - np.abs(cloud) * 2.5, 0, 1) * cover(body + 8, 6)
    share = front * strands * np.float32(np.clip((75 - person.age) / 45, 0.15, 0.9))
    paint(image, share.astype(np.float32, copy=False), 15)


def _paint_muscle(
    image: Field,
    body: Field,
    cage: Field,
    x: Field,
    y: Field,
    z: float,
    anatomy: Anatomy,
    cloud: Field,
    edge: float,
) -> None:
    """The wall: below the fat, thick beside the spine and round the shoulders, with fat planes."""
    person = anatomy.thorax.person
    level = z / person.height
    torso = curve(level, (-0.2, 0.55), (0.05, 0.6), (0.25, 0.85), (0.5, 1), (1, 1.1))
    side = np.clip(np.abs(x) / person.torso[0], 0, 1)
    fat = (person.fat * torso * (0.55 + 0.75 * side)).astype(np.float32, copy=False)
    muscle = cover(body + fat, edge)
    planes = np.exp(-((cloud - 0.6) ** 2) * 40) * np.float32(0.6 * person.fat / 30 + 0.15)
    planes *= cover(4 - cage, 6)
    paint(image, muscle, MUSCLE - 150 * planes)
    # Fat between the muscles of the wall, at a constant depth, as between the two pectorals.
    between = np.exp(-(((body + fat + 0.5 * person.muscle + 9) / 2.2) ** 2))
    paint(image, between * muscle * cover(6 - cage, 6) * np.float32(0.6), FAT)


def _paint_belly(
    image: Field,
    cage: Field,
    belly: Field,
    x: Field,
    y: Field,
    z: float,
    anatomy: Anatomy,
    cloud: Field,
    edge: float,
) -> None:
    """Liver, spleen and stomach under the domes; gas in stomach and colon."""
    person = anatomy.thorax.person
    h = person.height
    under = cover(belly + 2.5, 2 * edge) * cover(cage + 2.5, edge)
    paint(image, under, FAT)
    right = ball(x, y, z, (-0.42 * person.width, -4, 1.0 * h), (0.66 * person.width, 92, 0.42 * h))
    left = ball(x, y, z, (0.10 * person.width, -0.45 * person.depth, 0.90 * h), (62, 34, 0.16 * h))
    liver = cover(union(right, left, 14) + 3 * cloud, 3) * under
    liver = np.maximum(liver, cover(x + 30, 6) * under * np.float32(z < 1.02 * h))
    paint(image, liver, LIVER + 2 * cloud)
    spleen = ball(x, y, z, (0.66 * person.width, 0.38 * person.depth, 0.99 * h), (27, 42, 0.24 * h))
    paint(image, cover(spleen, edge) * under, SPLEEN)
    size = 0.6 + 0.4 * person.gas[0]
    place = (0.42 * person.width, -0.12 * person.depth, 0.97 * h)
    stomach = ball(x, y, z, place, (46 * size, 46 * size, 0.25 * h)) + 2 * cloud
    wall = cover(stomach, edge) * under
    paint(image, wall, 40)
    inside = cover(stomach + 4, edge) * under
    paint(image, inside, BOWEL - 8 * cloud)
    # Patient on the back: gas rises to the front.
    level = place[1] - 8 + 26 * (1 - person.gas[0])
    paint(image, inside * cover(y - level, edge), GAS)
    if person.gas[1] > 0.45:
        _paint_colon(image, under, x, y, z, anatomy, edge)


def _paint_colon(
    image: Field, under: Field, x: Field, y: Field, z: float, anatomy: Anatomy, edge: float
) -> None:
    """The left flexure: a knobbly tube with gas, a classic trap for lung segmentation."""
    person = anatomy.thorax.person
    h, wide = person.height, person.width
    tube = None
    for number in range(5):
        centre = (
            wide * (0.62 - 0.09 * number),
            -person.depth * (0.30 + 0.10 * number),
            h * (0.93 + 0.05 * (number % 2)),
        )
        bead = ball(x, y, z, centre, (15, 15, 0.085 * h))
        tube = bead if tube is None else union(tube, bead, 4)
    assert tube is not None  # noqa: S101 - five beads
    paint(image, cover(tube, edge) * under, 40)
    paint(image, cover(tube + 3, edge) * under, GAS + 25)
