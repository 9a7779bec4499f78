"""Tubes that run through the volume, as points with a radius: vessels, bronchi, ribs, wires.

A tube is sampled closely; each point whose sphere meets the slice is stamped as a disc. All discs
of one size are stamped at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Box
from spgc.phantoms.raster import Field, Raster

_REACH = (1, 2, 3, 4, 6, 8, 12, 18, 26, 40)
"""Half sizes in pixels of the stamps."""


@dataclass(frozen=True)
class Tubes:
    """Points along tubes, by z: places and radii in mm; `upright` is the cosine to the z axis.

    `high` is the radius along z, where it differs (ribs are flat).
    """

    x: Field
    y: Field
    z: Field
    radius: Field
    high: Field
    upright: Field

    def __len__(self) -> int:
        return len(self.z)

    @staticmethod
    def of(points: Field, radius: Field, upright: Field | None = None, high: float = 1.0) -> Tubes:
        """Tubes from points (N, 3) and radii (N,); `high` is the height as a share of the width."""
        order = np.argsort(points[:, 2], kind="stable")
        points = np.asarray(points, np.float32)[order]
        radius = np.asarray(radius, np.float32)[order]
        up = np.zeros_like(radius) if upright is None else np.asarray(upright, np.float32)[order]
        return Tubes(
            points[:, 0], points[:, 1], points[:, 2], radius, radius * np.float32(high), up
        )

    def near(self, z: float, thickness: float) -> Slabs:
        """The discs that a slice at `z` cuts, with the share of its thickness that they fill."""
        half = thickness / 2
        widest = float(self.high.max(initial=0)) + half
        first, last = np.searchsorted(self.z, (z - widest, z + widest))
        part = slice(int(first), int(last))
        beyond = np.maximum(np.abs(self.z[part] - np.float32(z)) - np.float32(half), 0)
        high = self.high[part]
        hit = np.flatnonzero(beyond < high)
        share = beyond[hit] / high[hit]
        radius = self.radius[part][hit]
        chord = radius * np.sqrt(1 - share * share)
        flat = np.sqrt(np.maximum(1 - self.upright[part][hit] ** 2, 1e-4))
        filled = np.minimum(1, 2 * high[hit] / (np.float32(thickness) * flat))
        return Slabs(self.x[part][hit], self.y[part][hit], chord, filled.astype(np.float32))


@dataclass(frozen=True)
class Slabs:
    """What one slice cuts of the tubes: discs in mm and how much of its thickness they fill."""

    x: Field
    y: Field
    radius: Field
    filled: Field

    def wider(self, radius: float) -> Slabs:
        """Only the discs of at least this radius in mm."""
        kept = self.radius >= radius
        return Slabs(self.x[kept], self.y[kept], self.radius[kept], self.filled[kept])

    def turned(self, angle: float) -> Slabs:
        """The same discs on a person turned by `angle` radians."""
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return Slabs(c * self.x - s * self.y, s * self.x + c * self.y, self.radius, self.filled)


def polyline(
    places: Iterable[tuple[float, float, float]], step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points every `step` mm along straight pieces, and the cosine of each to the z axis."""
    corners = np.array(list(places), np.float64)
    points, upright = [], []
    for start, end in pairwise(corners):
        length = float(np.linalg.norm(end - start))
        count = max(2, int(length / step) + 1)
        points.append(start + np.linspace(0, 1, count)[:, None] * (end - start))
        upright.append(np.full(count, abs(end[2] - start[2]) / max(length, 1e-6)))
    return np.concatenate(points), np.concatenate(upright)


def stamp(
    canvas: Field, raster: Raster, box: Box, discs: Slabs, *, edge_mm: float, grow: float = 0.0
) -> None:
    """Raise `canvas`, the part of the image in `box`, to each disc's cover, in place.

    `grow` widens every disc by so many mm. Discs thinner than the edge are paler, not wider.
    """
    if not discs.x.size:
        return
    x, y = raster.to_pixels(discs.x, discs.y)
    x, y = x - box[1].start, y - box[0].start
    radius = np.maximum(discs.radius + np.float32(grow), 0) / np.float32(raster.pixel_mm)
    edge = np.float32(max(edge_mm / raster.pixel_mm, 1.0))
    peak = np.minimum(1, 2 * radius / edge) * discs.filled
    need = radius + edge / 2
    reach = np.searchsorted(_REACH, need)
    height, width = canvas.shape
    for size in np.unique(reach[reach < len(_REACH)]):
        half = _REACH[size]
        chosen = (reach == size) & (x > -half) & (y > -half)
        chosen &= (x < width + half) & (y < height + half)
        pick = np.flatnonzero(chosen)
        if pick.size:
            _stamp_alike(canvas, x[pick], y[pick], radius[pick], peak[pick], edge, half)


def _stamp_alike(
    canvas: Field, x: Field, y: Field, radius: Field, peak: Field, edge: np.float32, half: int
) -> None:
    offsets = np.arange(-half, half + 1)
    column, row = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    columns, rows = column[:, None] + offsets, row[:, None] + offsets
    dx = (columns - x[:, None]).astype(np.float32)
    dy = (rows - y[:, None]).astype(np.float32)
    distance = np.sqrt(dy[:, :, None] ** 2 + dx[:, None, :] ** 2)
    share = np.clip((radius[:, None, None] - distance) / edge + np.float32(0.5), 0, 1)
    share *= peak[:, None, None]
    height, width = canvas.shape
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
        :, None, :
    ]
    inside &= share > 0
    flat = (rows[:, :, None] * width + columns[:, None, :])[inside]
    np.maximum.at(canvas.reshape(-1), flat, share[inside])
