"""Lesions of infection on CT: a few kinds, which the classes combine.

Terms follow the Fleischner Society's glossary (Hansell et al., Radiology 246:697, 2008): ground
glass leaves vessels visible, consolidation hides them and shows air bronchograms, crazy paving is
ground glass with a net of thickened septa.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spgc.phantoms.raster import Field, Raster
from spgc.phantoms.texture import Texture
from spgc.phantoms.thorax import Thorax

FLUID_LUNG = 32.0
"""HU of lung whose air is replaced."""


@dataclass(frozen=True)
class Lesion:
    """One lesion: an uneven ellipsoid in mm, centre and radii (x, y, z).

    `haze` is the HU that ground glass reaches; `solid` the share (0 to 1) of its core that is
    consolidated; `paving` the strength of a net of septa; `ragged` how uneven its border is;
    `soft` the width of the border as a share of the radius. `lobe` keeps it inside one lobe, and
    `rind` within so many mm of the pleura. `infection` is false for what a healthy lung may show.
    """

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    haze: float = -560.0
    solid: float = 0.0
    paving: float = 0.0
    ragged: float = 0.35
    soft: float = 0.45
    lobe: int | None = None
    rind: float | None = None
    halo: bool = True
    infection: bool = True
    grain: int = 0


def dealt(names: Sequence[str], weights: NDArray[np.float64], turn: float) -> str:
    """The name at `turn` (0 to 1) when each takes its share of the way.

    Evenly spread turns give a small split its share of each kind, as luck would not.
    """
    ends = np.cumsum(weights / weights.sum())
    return names[min(int(np.searchsorted(ends, turn, side="right")), len(names) - 1)]


def worse(lesion: Lesion, severity: float) -> Lesion:
    """The same lesion, `severity` times as large and denser; 1 leaves it alone."""
    x, y, z = lesion.radii
    return replace(
        lesion,
        radii=(x * severity, y * severity, z * severity),
        haze=lesion.haze + 130 * (severity - 1),
        rind=None if lesion.rind is None else lesion.rind * severity,
    )


@dataclass(frozen=True)
class Opacity:
    """What the lesions of one slice add up to, on the coarse grid, each (h, w).

    `haze` and `solid` are shares of lung that is hazy and consolidated, `haze_hu` the HU of the
    haze, `paving` the strength of the net, `infected` the cover of infection alone.
    """

    haze: Field
    haze_hu: Field
    solid: Field
    paving: Field
    infected: Field


def opacity(
    lesions: Sequence[Lesion],
    thorax: Thorax,
    raster: Raster,
    places: tuple[Field, Field, float],
    lung: Field,
    lobes: np.ndarray,
    texture: Texture,
) -> Opacity | None:
    """The lesions that reach this slice; None when there are none.

    places: body x, y (h, w) and z in mm; lung: distance to the lungs' surface; lobes: (h, w).
    """
    x, y, z = places
    here = [one for one in lesions if abs(z - one.centre[2]) < 1.4 * one.radii[2]]
    if not here:
        return None
    shape = lung.shape
    found = Opacity(
        np.zeros(shape, np.float32),
        np.full(shape, -1000, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
    )
    for lesion in here:
        share, level = _cover(lesion, x, y, z, raster, lung, lobes, texture)
        if lesion.solid:
            solid = np.clip((lesion.solid - level) / 0.18, 0, 1) * (share > 0)
            np.maximum(found.solid, solid, out=found.solid)
        if lesion.halo:
            np.maximum(found.haze, share, out=found.haze)
            hu = np.where(share > 0, np.float32(lesion.haze), np.float32(-1000))
            np.maximum(found.haze_hu, hu, out=found.haze_hu)
        if lesion.paving:
            np.maximum(found.paving, share * np.float32(lesion.paving), out=found.paving)
        if lesion.infection:
            reach = share if lesion.halo else solid
            np.maximum(found.infected, reach, out=found.infected)
    return found


def _cover(
    lesion: Lesion,
    x: Field,
    y: Field,
    z: float,
    raster: Raster,
    lung: Field,
    lobes: np.ndarray,
    texture: Texture,
) -> tuple[Field, Field]:
    """Share of each place that the lesion covers, and its uneven radius: 0 middle, 1 border."""
    (cx, cy, cz), (rx, ry, rz) = lesion.centre, lesion.radii
    up = ((z - cz) / rz) ** 2
    level = np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + np.float32(up))
    level += np.float32(lesion.ragged) * texture.coarse("cloud", raster, z, lesion.grain)
    level += np.float32(0.45 * lesion.ragged) * texture.coarse("mottle", raster, z, lesion.grain)
    share = np.clip((1 - level) / np.float32(lesion.soft), 0, 1)
    if lesion.rind is not None:
        share *= np.clip((lung + np.float32(lesion.rind)) / 5 + 0.5, 0, 1)
    if lesion.lobe is not None:
        share *= lobes == lesion.lobe
    return share.astype(np.float32, copy=False), level


def darken_lung(
    image: Field,
    raster: Raster,
    box: tuple[slice, slice],
    found: Opacity,
    fine: Field,
    net: Field,
) -> None:
    """Draw the opacities into the parenchyma `image`, the part of the slice in `box`, in place."""
    haze = raster.enlarge(found.haze, box)
    if haze.any():
        hu = raster.enlarge(np.maximum(found.haze_hu, -820), box)
        haze *= 0.85 + 0.13 * fine
        np.clip(haze, 0, 1, out=haze)
        image += haze * np.maximum(hu - image, 0)
    if found.paving.any():
        image += raster.enlarge(found.paving, box) * net * 230
    if found.solid.any():
        solid = np.clip(raster.enlarge(found.solid, box) * (1 + 0.08 * fine), 0, 1)
        image += solid * np.maximum(FLUID_LUNG - image, 0)
