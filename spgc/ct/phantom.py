"""Synthetic chest CT: a drawn thorax with or without drawn infection, for software tests only.

Shapes are ellipses whose size follows the position along the scan. COVID-19 is drawn as several
ground-glass patches at the periphery of both lungs, CAP as one or two dense consolidations in one
lung: the textbook difference, exaggerated. Nothing measured on a phantom says anything about
patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from spgc.protocol import CAP, COVID19

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

AIR, FAT, TISSUE, BLOOD, LUNG, BONE, METAL = -1000.0, -90.0, 40.0, 45.0, -860.0, 450.0, 1700.0
"""HU of the drawn tissues, round textbook values."""

GROUND_GLASS, CONSOLIDATION = (-620.0, -380.0), (-120.0, 30.0)
"""HU ranges of the two drawn infections: hazy lung, and lung filled like soft tissue."""

MIN_INFECTED_AREA = 150.0
"""mm² of drawn infection from which a slice counts as infected."""


@dataclass(frozen=True)
class Conditions:
    """How a phantom is scanned and what else is drawn.

    `noise` is in HU (standard deviation); `heart` scales the heart's radius; `devices` draws
    sternal wires and a pacemaker lead, the usual traces of a heart operation.
    """

    noise: float = 18.0
    heart: float = 1.0
    devices: bool = False


@dataclass(frozen=True)
class Lesion:
    """One drawn infection: centre (x, y in mm; z as a share of the scan), radii, density in HU."""

    x: float
    y: float
    z: float
    radius: float
    depth: float
    density: float


@dataclass(frozen=True)
class Phantom:
    """A drawn scan, head to feet.

    `hu: (S, H, W) int16`, `lungs: (S, H, W) bool` the drawn lungs with their lesions,
    `infected: (S,) bool`, `pixel_mm` in-plane spacing.
    """

    hu: NDArray[np.int16]
    lungs: Mask
    infected: NDArray[np.bool_]
    pixel_mm: float


@dataclass(frozen=True)
class _Body:
    """Sizes in mm that differ from one drawn person to the next."""

    width: float
    height: float
    lung: float
    tilt: float
    shift: float


def draw_phantom(
    label: str,
    rng: np.random.Generator,
    *,
    slices: int,
    size: int = 512,
    conditions: Conditions | None = None,
) -> Phantom:
    """Draw one scan of class `label` with `slices` slices of `size` × `size` pixels."""
    conditions = conditions or Conditions()
    body = _draw_body(rng)
    lesions = _draw_lesions(label, body, rng)
    pixel_mm = float(rng.uniform(0.66, 0.74)) * 512 / size
    hu = np.empty((slices, size, size), np.int16)
    lungs = np.empty((slices, size, size), bool)
    infected = np.zeros(slices, bool)
    axis = ((np.arange(size) - (size - 1) / 2) * pixel_mm).astype(np.float32)
    x, y = axis[None, :], axis[:, None]
    for index in range(slices):
        z = (index + 0.5) / slices
        image, lungs[index] = _draw_anatomy(x, y, z, body, conditions, rng)
        area = _draw_infection(image, lungs[index], x, y, z, lesions, rng) * pixel_mm**2
        infected[index] = area >= MIN_INFECTED_AREA
        image += _noise(size, conditions.noise, rng)
        hu[index] = np.clip(np.rint(image), -1024, 3071)
    return Phantom(hu, lungs, infected, pixel_mm)


def _draw_body(rng: np.random.Generator) -> _Body:
    return _Body(
        width=rng.uniform(150, 172),
        height=rng.uniform(105, 122),
        lung=rng.uniform(0.92, 1.06),
        tilt=rng.uniform(-0.12, 0.12),
        shift=rng.uniform(-6, 6),
    )


def _ellipse(x: Image, y: Image, cx: float, cy: float, rx: float, ry: float) -> Image:
    """Squared elliptic radius: below 1 inside. (H, W)"""
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2


def _lung_shape(z: float, body: _Body) -> tuple[float, float]:
    """Radii (x, y) in mm of one lung at `z`, 0 at the apex and 1 at the base."""
    # Narrow at the apex, widest at two thirds, rounded off by the diaphragm.
    profile = np.sin(np.pi * (0.12 + 0.74 * z) ** 0.9) ** 0.6
    return 48 * body.lung * float(profile), 76 * body.lung * float(profile)


def _draw_anatomy(
    x: Image, y: Image, z: float, body: _Body, conditions: Conditions, rng: np.random.Generator
) -> tuple[Image, Mask]:
    """One slice without infection and its lungs. (H, W) each"""
    x, y = x - body.shift + body.tilt * y, y + 4
    image = np.full(np.broadcast(x, y).shape, AIR, np.float32)
    outline = _ellipse(x, y, 0, 0, body.width, body.height)
    image[outline < 1] = FAT
    image[outline < 0.86] = TISSUE
    rx, ry = _lung_shape(z, body)
    lungs = np.zeros(image.shape, bool)
    for side in (-1, 1):
        lungs |= _ellipse(x, y, side * 68, -2, rx, ry) < 1
    heart = _ellipse(x, y, 22, -28, 46 * conditions.heart, 40 * conditions.heart)
    below = z > 0.42  # the heart lies in the lower half
    lungs &= ~(heart < 1) if below else _ellipse(x, y, 0, -20, 30, 45) >= 1
    lungs &= outline < 0.8
    image[lungs] = LUNG
    if below:
        image[(heart < 1) & (outline < 0.8)] = BLOOD
    _draw_vessels(image, lungs, rng)
    _draw_bones(image, x, y, z, body)
    if z < 0.4:
        image[_ellipse(x, y, 0, 12, 9, 8) < 1] = AIR  # trachea
    if conditions.devices:
        _draw_devices(image, x, y, z)
    return image, lungs


def _draw_vessels(image: Image, lungs: Mask, rng: np.random.Generator) -> None:
    """Bright spots all over the lungs, so that density alone does not mean infection."""
    rows, columns = np.nonzero(lungs)
    if rows.size == 0:
        return
    size = image.shape[0]
    scale = size / 512
    for pick in rng.integers(0, rows.size, 45):
        radius = max(1, round(rng.uniform(1.0, 4.5) * scale))
        r0, c0 = int(rows[pick]), int(columns[pick])
        top, left = max(0, r0 - radius), max(0, c0 - radius)
        window = (slice(top, r0 + radius + 1), slice(left, c0 + radius + 1))
        r, c = np.ogrid[window]
        spot = ((r - r0) ** 2 + (c - c0) ** 2 <= radius**2) & lungs[window]
        image[window][spot] = rng.uniform(-150, 40)


def _draw_bones(image: Image, x: Image, y: Image, z: float, body: _Body) -> None:
    image[_ellipse(x, y, 0, 72, 21, 17) < 1] = BONE
    image[_ellipse(x, y, 0, 70, 9, 8) < 1] = TISSUE  # spinal canal
    image[_ellipse(x, y, 0, -88, 16, 6) < 1] = BONE  # sternum
    ring = _ellipse(x, y, 0, 0, body.width * 0.91, body.height * 0.91)
    angle = np.arctan2(y, x) + 7.0 * z  # ribs wander round the chest from slice to slice
    image[(ring > 0.93) & (ring < 1.06) & (np.sin(6 * angle) > 0.25)] = BONE


def _draw_devices(image: Image, x: Image, y: Image, z: float) -> None:
    if int(z * 24) % 4 == 0:
        image[_ellipse(x, y, 4, -96, 5, 3) < 1] = METAL  # sternal wire
    if z > 0.3:
        image[_ellipse(x, y, 30, -40, 2.4, 2.4) < 1] = METAL  # pacemaker lead


def _draw_lesions(label: str, body: _Body, rng: np.random.Generator) -> list[Lesion]:
    if label == COVID19:
        return [_patch(rng, side) for side in (-1, 1) for _ in range(rng.integers(3, 6))]
    if label == CAP:
        side = int(rng.choice((-1, 1)))
        return [_consolidation(rng, side) for _ in range(rng.integers(1, 3))]
    return []


def _patch(rng: np.random.Generator, side: int) -> Lesion:
    """Ground glass: at the outer rim of a lung, mostly in its lower two thirds."""
    angle = rng.uniform(-0.9, 1.2)
    return Lesion(
        x=side * (68 + 40 * float(np.cos(angle))),
        y=58 * float(np.sin(angle)),
        z=float(rng.beta(3.0, 2.2)),
        radius=rng.uniform(14, 27),
        depth=rng.uniform(0.10, 0.24),
        density=rng.uniform(*GROUND_GLASS),
    )


def _consolidation(rng: np.random.Generator, side: int) -> Lesion:
    """Consolidation: large, dense, in the back half of one lung."""
    return Lesion(
        x=side * rng.uniform(62, 84),
        y=rng.uniform(5, 45),
        z=rng.uniform(0.38, 0.72),
        radius=rng.uniform(30, 44),
        depth=rng.uniform(0.2, 0.32),
        density=rng.uniform(*CONSOLIDATION),
    )


def _draw_infection(
    image: Image,
    lungs: Mask,
    x: Image,
    y: Image,
    z: float,
    lesions: list[Lesion],
    rng: np.random.Generator,
) -> float:
    """Draw the lesions that cross this slice into `image`; return their area in pixels."""
    area = 0.0
    texture = _texture(image.shape[0], rng)
    for lesion in lesions:
        reach = 1 - ((z - lesion.z) / lesion.depth) ** 2
        if reach <= 0:
            continue
        radius = lesion.radius * float(np.sqrt(reach))
        distance = _ellipse(x, y, lesion.x, lesion.y, radius, radius * 1.15)
        # One random field a slice, moved about so that no two lesions have the same rim.
        ragged = distance + 0.35 * np.roll(texture, rng.integers(0, image.shape[0], 2), (0, 1))
        inside = (ragged < 1) & lungs
        strength = np.clip(2.5 * (1 - ragged[inside]), 0, 1)
        image[inside] += strength * np.maximum(lesion.density - image[inside], 0)
        area += float(np.count_nonzero(inside))
    return area


def _texture(size: int, rng: np.random.Generator) -> Image:
    """Smooth random field of unit size, drawn coarse and enlarged. (size, size)"""
    coarse = rng.standard_normal((24, 24)).astype(np.float32)
    field = zoom(coarse, size / 24, order=1, grid_mode=True, mode="nearest")
    return np.asarray(field, np.float32)


def _noise(size: int, sigma: float, rng: np.random.Generator) -> Image:
    """Scanner noise with a short correlation length, standard deviation `sigma` HU."""
    white = rng.standard_normal((size, size), dtype=np.float32)
    smooth = gaussian_filter(white, 0.8, truncate=2.5)
    return np.asarray(smooth * (sigma / float(smooth.std())), np.float32)
