"""Ribs, clavicles, shoulder blades, sternum and vertebrae."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.person import curve
from spgc.phantoms.raster import Field, Raster, ball, capsule, cover, disc, ellipse, paint, union
from spgc.phantoms.thorax import CAGE_POWER, EGG, Thorax
from spgc.phantoms.tubes import Tubes, polyline

CORTEX, MARROW, CARTILAGE, SPONGY = 620.0, 190.0, 95.0, 170.0
"""HU, round textbook values."""

RIBS = 12


@dataclass(frozen=True)
class Bones:
    """Ribs, rib cartilage, and the flat and round bones of the shoulder, as tubes."""

    ribs: Tubes
    cartilage: Tubes
    shoulder: Tubes


def draw_bones(thorax: Thorax, rng: np.random.Generator) -> Bones:
    ribs, cartilage = [], []
    for number in range(RIBS):
        for side in (-1, 1):
            bony, soft = _rib(thorax, number, side, float(rng.normal(0, 1.5)))
            ribs.append(bony)
            cartilage.append(soft)
    return Bones(
        _flat(ribs, 3.4, 1.75), _flat(cartilage, 4.2, 1.4), _flat(_shoulder(thorax), 2.6, 1.0)
    )


def _flat(lines: list[np.ndarray], radius: float, high: float) -> Tubes:
    points = np.concatenate([line for line in lines if len(line)] or [np.zeros((0, 3))])
    return Tubes.of(points.astype(np.float32), np.full(len(points), radius, np.float32), high=high)


def _rib(thorax: Thorax, number: int, side: int, jitter: float) -> tuple[np.ndarray, np.ndarray]:
    """Bony part and cartilage: from the spine round the cage, sloping down to the front."""
    h = thorax.person.height
    start = (-0.03 + 0.088 * number) * h + jitter
    reach = np.interp(number, (0, 2, 6, 9, 10, 11), (2.5, 2.65, 2.6, 2.3, 1.7, 1.1))
    bony = np.interp(number, (0, 6, 9, 11), (2.35, 2.15, 2.0, 1.1))
    turn = np.linspace(0.30, reach, 260)
    drop = np.interp(number, (0, 2, 8, 11), (0.17, 0.33, 0.38, 0.20)) * h
    z = start + drop * np.clip((turn - 0.25) / 2.3, 0, None) ** 0.9 - 0.02 * h
    if number > 4:  # cartilage climbs back to the sternum
        z -= np.clip(turn - 2.15, 0, None) * 0.20 * h
    oval = thorax.cage_oval(z.astype(np.float32))
    across, back = np.sin(turn), np.cos(turn)
    width, depth = (oval.width + 5.5) / (1 - EGG * back), oval.depth + 5.5
    far = (np.abs(across / width) ** CAGE_POWER + np.abs(back / depth) ** CAGE_POWER) ** (
        -1 / CAGE_POWER
    )
    points = np.stack([side * far * across, oval.y + far * back, z], axis=1)
    return points[turn <= bony], points[(turn > bony) & (number < 10)]


def _shoulder(thorax: Thorax) -> list[np.ndarray]:
    """Clavicles as thick lines and shoulder blades as sheets of fine ones."""
    p, lines = thorax.person, []
    h = p.height
    for side in (-1, 1):
        for level in np.linspace(-0.08, 0.48, 50):
            oval = thorax.cage_oval(np.float32(max(level, 0.14) * h))
            out = float(oval.width) + 13
            inner = (side * 0.66 * out, float(oval.y) + 0.80 * (float(oval.depth) + 15), level * h)
            length = 62 * (1 - 0.8 * max(level, 0) / 0.48)
            lean = 0.62
            outer = (inner[0] + side * length * 0.8, inner[1] - length * lean, level * h)
            lines.append(polyline([inner, outer], 1.2)[0])
        collar = [
            (side * 18, -0.62 * p.depth, 0.09 * h),
            (side * 70, -0.50 * p.depth, 0.03 * h),
            (side * 150, 0.10 * p.depth, -0.09 * h),
        ]
        line, _ = polyline(collar, 1.2)
        for dy in (-2.2, 2.2):
            for dz in (-2.2, 2.2):
                lines.append(line + np.array((0, dy, dz)))
    return lines


def paint_spine(
    image: Field, raster: Raster, x: Field, y: Field, z: float, thorax: Thorax, uneven: Field
) -> None:
    """Vertebral body or disc, arch with canal, processes; sternum; heads of the humeri.

    In place. `uneven` (h, w) of deviation 1 makes bone patchy.
    """
    h, edge = thorax.person.height, raster.coarse_mm
    middle = float(thorax.spine_y(z))
    old = (thorax.person.age - 50) * 1.3
    period = 0.098 * h
    phase = (z / period) % 1.0
    disc_share = float(np.clip((abs(phase - 0.5) - 0.36) / 0.06, 0, 1))
    wide = float(curve(z / h, (0, 14), (0.5, 15.5), (1, 19)))
    block = ellipse(x, y, (0, middle), (wide, 0.82 * wide), 2.5)
    inner = disc_share * 85 + (1 - disc_share) * (SPONGY - old + 55 * uneven)
    rim = 110 if disc_share > 0.9 else CORTEX - 200 + 130 * uneven
    behind = middle + 0.82 * wide + 7
    arch = union(disc(x, y, (0, behind), 11.5), _processes(x, y, z, behind, 1 - disc_share))
    paint(image, cover(arch, edge), CORTEX - 200 + 150 * uneven)
    paint(image, cover(disc(x, y, (0, behind - 1), 8), edge), 35)
    paint(image, cover(block, edge), rim)
    paint(image, cover(block + 2.6, edge), inner)
    _paint_sternum(image, x, y, z, thorax, edge)
    for side in (-1, 1):
        place = (side * 172.0, 24.0, -0.09 * h)
        head = union(
            ball(x, y, z, place, (23, 23, 26)),
            capsule(x, y, z, (side * 132, 30, -0.10 * h), (side * 146, 34, -0.02 * h), 11),
        )
        if float(head.min()) < edge:
            paint(image, cover(head, edge), CORTEX)
            paint(image, cover(head + 3.5, edge), MARROW)


def _processes(x: Field, y: Field, z: float, behind: float, strength: float) -> Field:
    """Transverse and spinous processes; between vertebrae they are thin or gone."""
    thick = 2.2 + 2.2 * strength
    tail = capsule(x, y, 0, (0, behind + 6, 0), (0, behind + 30, 0), thick)
    if strength < 0.4:
        return tail
    wing = capsule(np.abs(x), y, 0, (9, behind, 0), (31, behind + 9, 0), thick + 0.6)
    return union(tail, wing)


def _paint_sternum(image: Field, x: Field, y: Field, z: float, thorax: Thorax, edge: float) -> None:
    level = z / thorax.person.height
    if not 0.08 < level < 0.78:
        return
    oval = thorax.cage_oval(z)
    front = float(oval.y - oval.depth) - 6
    wide = float(curve(level, (0.08, 27), (0.22, 22), (0.3, 15), (0.6, 19), (0.78, 6)))
    plate = ellipse(x, y, (0, front), (wide, 6.2), 2.6)
    paint(image, cover(plate, edge), CORTEX - 230)
    paint(image, cover(plate + 2.4, edge), MARROW - 60)
