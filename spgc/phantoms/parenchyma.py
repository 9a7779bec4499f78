"""The lungs of one slice: aerated tissue, what is found in it, vessels, bronchi, fissures."""

from __future__ import annotations

import numpy as np

from spgc.ct.bits import Box, Mask
from spgc.phantoms.anatomy import Anatomy
from spgc.phantoms.lesions import Opacity, darken_lung, opacity
from spgc.phantoms.raster import Field, Raster
from spgc.phantoms.soft import Soft
from spgc.phantoms.tubes import stamp

VESSEL, WALL, AIRWAY = 38.0, -250.0, -960.0
"""HU of blood, of thin bronchial walls, of air in a bronchus."""

VISIBLE = 1.5
"""mm: bronchi of a smaller radius show no wall in healthy lung."""

EMPHYSEMA = -965.0

MIN_INFECTED_AREA = 120.0
"""mm² of infection in one lobe from which slice and lobe count as infected."""


def paint_lungs(
    image: Field,
    lungs: Mask,
    anatomy: Anatomy,
    raster: Raster,
    places: tuple[Field, Field, float],
    soft: Soft,
    thickness: float,
    edge: float,
) -> tuple[Mask, Field]:
    """Draw the lungs into `image` and mark them in `lungs`, both in place.

    Returns the infected lobes (5,) and the coarse slice with lungs, for the scanner's rays.
    """
    x, y, z = places
    rough = _rough(soft, anatomy)
    box = raster.box_of(soft.lung < 2)
    if box is None:
        return np.zeros(5, bool), rough
    shape = _with_motion(anatomy, soft.lung, x, y, z)
    share = np.clip(0.5 - raster.enlarge(shape, box) / np.float32(edge), 0, 1)
    lobes = anatomy.thorax.lobe(x, y, z)
    found = opacity(
        anatomy.lesions, anatomy.thorax, raster, places, soft.lung, lobes, anatomy.texture
    )
    tissue = _aerated(anatomy, raster, box, x, y, z, soft)
    if found is not None:
        fine = anatomy.texture.plane("mottle", raster, z, box)
        net = anatomy.texture.plane("net", raster, z, box)
        darken_lung(tissue, raster, box, found, fine, net)
        rough = np.where(soft.lung < 0, np.maximum(rough, found.solid * 900 - 870), rough)
    _paint_trees(tissue, anatomy, raster, box, z, thickness, edge)
    part = image[box]
    part += share * (tissue - part)
    lungs[box] = share > 0.5
    return _infected(found, soft.lung, lobes, raster), rough


def _rough(soft: Soft, anatomy: Anatomy) -> Field:
    return np.where(soft.lung < 0, np.float32(anatomy.thorax.person.lung_hu), soft.hu)


def _with_motion(anatomy: Anatomy, lung: Field, x: Field, y: Field, z: float) -> Field:
    """Where the person breathed, the domes lie a little off from one slice to the next."""
    if not anatomy.motion:
        return lung
    sway = anatomy.motion * np.sin(z * 0.21)
    moved = np.maximum(lung, -anatomy.thorax.diaphragm(x, y, z + float(sway)))
    return np.asarray(moved, np.float32)


def _aerated(
    anatomy: Anatomy, raster: Raster, box: Box, x: Field, y: Field, z: float, soft: Soft
) -> Field:
    """Lung without lesions: denser to the back, uneven at several scales, with fissures."""
    person, variants = anatomy.thorax.person, anatomy.variants
    depth = person.depth
    base = np.float32(person.lung_hu) + np.float32(22) * (y / depth)
    base = base + np.float32(10) * anatomy.texture.coarse("cloud", raster, z, 3)
    low = np.clip((y / depth - 0.15) / 0.85, 0, 1) * np.exp(np.minimum(soft.lung, 0) / 9)
    base = base + low * np.float32(variants.dependent)
    rim = np.exp(np.minimum(soft.lung, 0) / 3.0) * np.float32(25)
    tissue = raster.enlarge(base + rim, box)
    tissue += anatomy.texture.plane("fine", raster, z, box) * np.float32(23)
    tissue += anatomy.texture.plane("mottle", raster, z, box) * np.float32(12)
    if variants.emphysema:
        holes = anatomy.texture.plane("mottle", raster, z + 31, box)
        high = np.float32(np.clip(1.2 - z / person.height, 0.3, 1))
        cut = np.float32(1.7 - 1.1 * variants.emphysema)
        gone = np.clip((holes * high - cut + 0.5 * high) * 1.5, 0, 1) * np.float32(0.85)
        tissue += gone * (EMPHYSEMA - tissue)
    _paint_fissures(tissue, anatomy, raster, box, x, y, z)
    return tissue


def _paint_fissures(
    tissue: Field, anatomy: Anatomy, raster: Raster, box: Box, x: Field, y: Field, z: float
) -> None:
    oblique, horizontal = anatomy.thorax.fissures(x, y, z)
    near = np.abs(raster.enlarge(oblique, box))
    line = np.clip(1 - near / np.float32(1.0), 0, 1)
    tissue += line * np.float32(70)
    upper = (np.abs(horizontal) < 1.2) & (oblique > 0)
    if upper.any():
        flat = raster.enlarge(np.where(upper, np.float32(1), np.float32(0)), box)
        tissue += flat * np.float32(45)


def _paint_trees(
    tissue: Field,
    anatomy: Anatomy,
    raster: Raster,
    box: Box,
    z: float,
    thickness: float,
    edge: float,
) -> None:
    """Vessels are lost in consolidated lung; bronchi stay open in it: air bronchograms."""
    tilt = anatomy.thorax.person.tilt
    canvas = np.zeros_like(tissue)
    stamp(
        canvas,
        raster,
        box,
        anatomy.trees.vessels.near(z, thickness).turned(tilt),
        edge_mm=1.3 * edge,
    )
    tissue += canvas * np.maximum(VESSEL - tissue, 0)
    bronchi = anatomy.trees.bronchi.near(z, thickness).turned(tilt)
    for grow, hu in ((0.7, WALL), (0.0, AIRWAY)):
        canvas[:] = 0
        stamp(canvas, raster, box, bronchi.wider(VISIBLE * (grow > 0)), edge_mm=edge, grow=grow)
        change = hu - tissue
        tissue += canvas * (np.maximum(change, 0) if grow else change)


def _infected(found: Opacity | None, lung: Field, lobes: np.ndarray, raster: Raster) -> Mask:
    marked = np.zeros(5, bool)
    if found is None:
        return marked
    hit = (found.infected > 0.35) & (lung < 0)
    area = np.bincount(lobes[hit], minlength=5) * raster.coarse_mm**2
    marked[:] = area >= MIN_INFECTED_AREA
    return marked
