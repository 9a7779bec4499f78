"""Surroundings of the person: air, the table with its mattress, a sheet."""

from __future__ import annotations

import numpy as np

from spgc.phantoms.anatomy import Anatomy
from spgc.phantoms.raster import Field, Raster
from spgc.phantoms.thorax import Thorax

AIR, FOAM, SHELL, PAD = -1000.0, -935.0, 60.0, -880.0
"""HU of air, the table's filling, its carbon shell, and the mattress."""


class Surroundings:
    """The parts that stay the same along the scan, drawn once."""

    def __init__(self, raster: Raster, thorax: Thorax, rng: np.random.Generator) -> None:
        x, y = raster.columns.full[None, :], raster.rows.full[:, None]
        back = thorax.person.torso[1] + float(rng.uniform(6, 14))
        bend = float(rng.uniform(380, 520))
        top = back - x**2 / (2 * bend)
        bottom = back + float(rng.uniform(34, 46)) - x**2 / (2 * bend * 1.35)
        edge = np.float32(max(1.1, raster.pixel_mm))
        image = np.full((raster.size, raster.size), AIR, np.float32)
        inside = np.clip(0.5 + np.minimum(y - top, bottom - y) / edge, 0, 1)
        image += inside * (FOAM - AIR)
        shells: tuple[tuple[Field, float], ...] = ((top, 1.6), (bottom, 2.4))
        for line, thick in shells:
            share = np.clip((thick - np.abs(y - line)) / edge + 0.5, 0, 1) * min(
                1, 2 * thick / edge
            )
            image += share * (SHELL - image)
        pad = np.clip(0.5 + np.minimum(y - top + 9, top - 1 - y) / edge, 0, 1)
        image += pad * np.float32(0.45) * (PAD - image)
        self._still = image
        self._rows, self._columns = y, raster.columns.full
        self._wave = rng.normal(0, 1, (4, 3))
        self._edge = edge

    def paint(self, image: Field, body: Field, z: float, anatomy: Anatomy) -> None:
        """Put what is not `body` (share of each pixel) round the person, in place."""
        around = self._still + self._sheet(z, anatomy)
        image -= around
        image *= body
        image += around

    def _sheet(self, z: float, anatomy: Anatomy) -> Field:
        """A crumpled sheet a little above the chest."""
        oval = anatomy.thorax.body_oval(z)
        x = self._columns
        high = np.clip(1 - (x / float(oval.width)) ** 2, 0, 1) ** 0.42
        line = float(oval.y) - float(oval.depth) * high - 7
        for k, (size, phase, drift) in enumerate(self._wave):
            line = line - 3.2 * abs(size) * np.sin(
                x * 0.018 * (k + 1.3) + 3 * phase + z * 0.02 * drift
            )
        share = np.clip((0.7 - np.abs(self._rows - line[None, :])) / self._edge + 0.5, 0, 1)
        return np.asarray(share * np.float32(120), np.float32)
