"""Pulmonary arteries, veins and bronchi that fill the lobes.

A lobe is sown with end points; a branch runs towards the middle of the end points that it feeds,
which are then split in two across their widest extent, and so on: the volume-filling rule of
Tawhai, Pullan and Hunter (Annals of Biomedical Engineering 28:793, 2000). Radii follow Murray's
law: the cube of a radius is the sum of its branches' cubes. All branches of one generation are
grown at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.phantoms.raster import Field
from spgc.phantoms.thorax import LLL, LUL, RLL, RML, RUL, Thorax
from spgc.phantoms.tubes import Tubes, polyline

ENDS = 512
"""End points per lobe: nine generations."""

TWIG = 0.37
"""Radius in mm of the last branches."""

REACH = 0.40
"""How far a branch runs to the middle of what it feeds, as a share of the way."""

_STEP = 0.75
"""mm between points along a branch."""

_ARTERY_ROOTS = {
    RUL: (-40, -4, 0.44),
    RML: (-44, -6, 0.51),
    RLL: (-40, 4, 0.52),
    LUL: (42, 0, 0.43),
    LLL: (40, 12, 0.50),
}
_VEIN_ROOTS = {
    RUL: (-32, -8, 0.55),
    RML: (-30, -8, 0.58),
    RLL: (-24, 12, 0.60),
    LUL: (32, -4, 0.54),
    LLL: (26, 16, 0.60),
}
_BRONCHUS_ROOTS = {
    RUL: (-24, 8, 0.405),
    RML: (-30, 6, 0.47),
    RLL: (-30, 8, 0.49),
    LUL: (32, 8, 0.45),
    LLL: (31, 12, 0.48),
}
"""Where each tree enters its lobe: x, y in mm, level."""


@dataclass(frozen=True)
class LungTrees:
    """Vessels; bronchi with the radius of their lumen; `airway_ends` (N, 3) where these end."""

    vessels: Tubes
    bronchi: Tubes
    airway_ends: Field
    airway_lobes: NDArray[np.int64]


def grow_trees(thorax: Thorax, rng: np.random.Generator) -> LungTrees:
    """All trees of one person."""
    ends = _sow(thorax, rng)
    parts = []
    for roots in (_ARTERY_ROOTS, _VEIN_ROOTS):
        chosen = {
            lobe: places[rng.permutation(len(places))[:ENDS]] for lobe, places in ends.items()
        }
        parts += [_grow(_root(thorax, roots[lobe]), chosen[lobe], rng) for lobe in sorted(chosen)]
    vessels = _tubes(parts)
    airways, tips, lobes = [], [], []
    for lobe in sorted(ends):
        few = ends[lobe][:64]
        if len(few) < 64:
            continue
        grown = _grow(_root(thorax, _BRONCHUS_ROOTS[lobe]), few, rng, twig=0.62)
        airways.append(grown)
        tips.append(few)
        lobes += [lobe] * len(few)
    return LungTrees(
        vessels, _tubes(airways), np.concatenate(tips).astype(np.float32), np.array(lobes)
    )


def _root(thorax: Thorax, place: tuple[float, float, float]) -> NDArray[np.float64]:
    scale = thorax.person.width / 129
    return np.array([place[0] * scale, place[1], place[2] * thorax.person.height])


def _sow(thorax: Thorax, rng: np.random.Generator) -> dict[int, NDArray[np.float64]]:
    """Random places inside each lobe, at least 3 mm from its surface."""
    p = thorax.person
    places = rng.uniform((-p.width, -p.depth, 0), (p.width, p.depth, p.height), (14_000, 3))
    x, y, z = places.T.astype(np.float32)
    inside = thorax.lung(x, y, z) < -3
    lobes = thorax.lobe(x, y, z)
    found = {}
    for lobe in range(5):
        some = places[inside & (lobes == lobe)]
        if len(some):
            # Small lobes are sown again, so that every tree has whole generations.
            found[lobe] = (
                some[rng.integers(0, len(some), 2 * ENDS)] if len(some) < 2 * ENDS else some
            )
    return found


@dataclass(frozen=True)
class _Branches:
    """One generation: start, bend and end (N, 3) of each branch, and its radius (N,)."""

    start: NDArray[np.float64]
    bend: NDArray[np.float64]
    end: NDArray[np.float64]
    radius: NDArray[np.float64]


def _grow(
    root: NDArray[np.float64],
    ends: NDArray[np.float64],
    rng: np.random.Generator,
    twig: float = TWIG,
) -> list[_Branches]:
    """Branches by generation from `root` (3,) to `ends` (a power of two of them, 3)."""
    tips, groups = root[None, :], ends[None, :, :]
    heading = np.zeros((1, 3))
    grown = []
    while True:
        count, fed = groups.shape[:2]
        middle = groups.mean(axis=1)
        share = REACH if fed > 1 else 0.9
        far = np.linalg.norm(middle - tips, axis=1)[:, None]
        reached = tips + share * (middle - tips) + rng.normal(0, 0.05, (count, 3)) * far
        # A branch leaves in its parent's direction and bends towards its own.
        bend = tips + 0.5 * (reached - tips) + 0.16 * share * far * heading
        grown.append(_Branches(tips, bend, reached, np.full(count, twig * fed ** (1 / 3))))
        if fed == 1:
            return grown
        way = reached - bend
        heading = np.repeat(way / np.linalg.norm(way, axis=1, keepdims=True), 2, axis=0)
        tips, groups = np.repeat(reached, 2, axis=0), _split(groups)


def _split(groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each group of points cut in two across its widest extent. (G, N, 3) to (2G, N / 2, 3)"""
    count, fed, _ = groups.shape
    widest = np.ptp(groups, axis=1).argmax(axis=1)
    along = np.take_along_axis(groups, widest[:, None, None], axis=2)[:, :, 0]
    order = np.argsort(along, axis=1, kind="stable")
    ordered = np.take_along_axis(groups, order[:, :, None], axis=1)
    return ordered.reshape(2 * count, fed // 2, 3)


def _tubes(trees: list[list[_Branches]]) -> Tubes:
    points, radii, upright = [], [], []
    for branches in (branch for tree in trees for branch in tree):
        length = np.linalg.norm(branches.end - branches.start, axis=1)
        count = max(2, int(np.percentile(length, 90) / _STEP))
        t = np.linspace(0, 1, count)[None, :, None]
        start, bend, end = (v[:, None] for v in (branches.start, branches.bend, branches.end))
        points.append(((1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t * t * end).reshape(-1, 3))
        way = 2 * (1 - t) * (bend - start) + 2 * t * (end - bend)
        upright.append((np.abs(way[..., 2]) / np.linalg.norm(way, axis=2)).reshape(-1))
        radii.append((branches.radius[:, None] * (1.12 - 0.2 * t[..., 0])).reshape(-1))
    return Tubes.of(
        np.concatenate(points).astype(np.float32),
        np.concatenate(radii).astype(np.float32),
        np.concatenate(upright).astype(np.float32),
    )


def draw_windpipe(thorax: Thorax) -> Tubes:
    """Lumen of the trachea and the main bronchi, down to where the lobes' bronchi begin."""
    h = thorax.person.height
    scale = thorax.person.width / 129
    wide = 8.8 * scale
    carina = (-1.0, 2.0, 0.385 * h)
    ways = (
        ([(0, -8, -0.25 * h), (0, -2, 0.1 * h), (-2, 0, 0.28 * h), carina], wide),
        ([carina, (-16, 5, 0.405 * h), (-30 * scale, 8, 0.49 * h)], 0.72 * wide),
        ([(-16, 5, 0.405 * h), (-26 * scale, 8, 0.41 * h)], 0.5 * wide),
        ([carina, (16, 7, 0.425 * h), (32 * scale, 11, 0.465 * h)], 0.66 * wide),
    )
    points, radii, upright = [], [], []
    for places, radius in ways:
        line, up = polyline(places, 1.0)
        points.append(line)
        upright.append(up)
        radii.append(np.full(len(line), radius))
    return Tubes.of(
        np.concatenate(points).astype(np.float32),
        np.concatenate(radii).astype(np.float32),
        np.concatenate(upright).astype(np.float32),
    )
