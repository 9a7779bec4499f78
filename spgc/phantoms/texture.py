"""Random fields with a given grain, tiled without a seam, drawn once per process.

The fields are the same for everyone; each scan reads them from a place and in a mirroring of its
own, so two scans never show the same patch in the same spot.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft

from spgc.ct.bits import Box
from spgc.phantoms.raster import Field, Raster

TILE_MM = 0.75
"""Spacing of the tiles in the slice; between their planes it is twice that."""

_SHAPE = (40, 256, 256)

GRAINS = {"fine": 1.1, "mottle": 3.2, "net": 2.8, "cloud": 11.0}
"""Correlation length in mm (standard deviation of the smoothing Gaussian)."""


@lru_cache(maxsize=len(GRAINS))
def _tile(grain: str) -> Field:
    """A field of mean 0 and standard deviation 1. (40, 256, 256)"""
    seed = np.random.SeedSequence([7411, sorted(GRAINS).index(grain)])
    white = np.random.default_rng(seed).standard_normal(_SHAPE, dtype=np.float32)
    spectrum = fft.rfftn(white, workers=1)
    for axis, (count, step) in enumerate(zip(_SHAPE, (2 * TILE_MM, TILE_MM, TILE_MM), strict=True)):
        frequency = fft.rfftfreq(count, step) if axis == 2 else fft.fftfreq(count, step)
        fall = np.exp(-2 * (np.pi * GRAINS[grain] * frequency) ** 2).astype(np.float32)
        spectrum *= fall.reshape([-1 if i == axis else 1 for i in range(3)])
    field = fft.irfftn(spectrum, _SHAPE, workers=1)
    field /= field.std()
    if grain == "net":  # thickened septa: thin walls where the field changes sign
        field = np.exp(-((field / 0.22) ** 2)) - 0.2
    made: Field = np.ascontiguousarray(field, np.float32)
    made.flags.writeable = False
    return made


class Texture:
    """One scan's view of the tiles."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._shift = rng.integers(0, 256, (len(GRAINS), 3))
        self._flip = rng.random(2) < 0.5

    def plane(self, grain: str, raster: Raster, z: float, box: Box | None = None) -> Field:
        """The field at level `z`, at full size, or the part of it in `box`."""
        down, across = box or raster.whole
        return self._read(grain, z, raster.rows.full[down], raster.columns.full[across])

    def coarse(self, grain: str, raster: Raster, z: float, extra: int = 0) -> Field:
        """The field at level `z` on the coarse grid; `extra` moves to another part of the tile."""
        return self._read(grain, z, raster.rows.coarse, raster.columns.coarse, extra)

    def _read(self, grain: str, z: float, rows: Field, columns: Field, extra: int = 0) -> Field:
        tile = _tile(grain)
        dz, dy, dx = self._shift[sorted(GRAINS).index(grain)] + extra * 67
        level = z / (2 * TILE_MM) + dz
        low = int(np.floor(level))
        share = np.float32(level - low)
        i = (np.rint(rows / TILE_MM).astype(np.intp) * (-1 if self._flip[0] else 1) + dy) % 256
        j = (np.rint(columns / TILE_MM).astype(np.intp) * (-1 if self._flip[1] else 1) + dx) % 256
        near, far = tile[low % _SHAPE[0]], tile[(low + 1) % _SHAPE[0]]
        smooth = grain == "cloud"  # finer grains are not blurred between planes
        plane = near + share * (far - near) if smooth else (far if share >= 0.5 else near)
        return np.asarray(np.take(np.take(plane, i, axis=0), j, axis=1), np.float32)
