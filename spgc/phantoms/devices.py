"""Metal implants of heart operations, and the streaks that they throw.

Sternal wires after a median sternotomy, a pacemaker below the left collarbone with its lead to the
right ventricle, the ring of an artificial valve. Streaks are bright and dark rays from the metal,
as beam hardening and photon starvation make them (Barrett and Keat, RadioGraphics 24:1679, 2004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spgc.phantoms.raster import Field, Raster
from spgc.phantoms.thorax import Thorax
from spgc.phantoms.tubes import Tubes, polyline, stamp

METAL = 3000.0
"""HU, near the top of 12 bits."""


WIRE, CAN = 0.9, 3.2
"""Radii in mm: of wires, leads and rings; of the lines that fill a pacemaker's can."""


@dataclass(frozen=True)
class Devices:
    """Wires, leads and rings as tubes; `sources` (N, 4) are x, y, z and strength of streaks."""

    metal: Tubes
    sources: Field


@dataclass(frozen=True)
class _Part:
    """Points (N, 3) of metal with a radius, and the streaks they throw."""

    points: np.ndarray
    radius: float
    sources: list[tuple[float, float, float, float]]


def draw_devices(
    thorax: Thorax, rng: np.random.Generator, *, wires: bool, pacemaker: bool, valve: bool
) -> Devices | None:
    """The chosen devices; None when there are none."""
    parts = [
        *(_wires(thorax, rng) if wires else ()),
        *(_pacemaker(thorax, rng) if pacemaker else ()),
        *(_valve(thorax) if valve else ()),
    ]
    if not parts:
        return None
    points = np.concatenate([part.points for part in parts]).astype(np.float32)
    radius = np.concatenate([np.full(len(p.points), p.radius, np.float32) for p in parts])
    sources = np.array([source for part in parts for source in part.sources], np.float32)
    return Devices(Tubes.of(points, radius), sources)


def _wires(thorax: Thorax, rng: np.random.Generator) -> Iterator[_Part]:
    """Five to seven loops round the sternum."""
    h = thorax.person.height
    turn = np.linspace(0, 2 * np.pi, 90)
    for level in np.linspace(0.17, 0.62, int(rng.integers(5, 8))):
        z = float(level * h + rng.normal(0, 2))
        oval = thorax.cage_oval(z)
        front = float(oval.y - oval.depth) - 6
        rise = 5 * np.sin(turn * 0.5 + rng.uniform(0, 3))
        loop = np.stack([11 * np.cos(turn), front + 8.5 * np.sin(turn), z + rise], axis=1)
        yield _Part(loop, WIRE, [(float(rng.normal(0, 3)), front - 8, z, 0.5)])


def _pacemaker(thorax: Thorax, rng: np.random.Generator) -> Iterator[_Part]:
    """A can of 44 × 8 × 40 mm below the left collarbone, its lead through the upper vena cava."""
    h = thorax.person.height
    oval = thorax.cage_oval(0.2 * h)
    x, y = 82.0, float(oval.y - oval.depth) - 2
    for z in np.arange(0.10 * h, 0.10 * h + 40, 2.0):
        line, _ = polyline([(x - 22, y - 4, z), (x + 22, y + 8, z)], 1.2)
        yield _Part(line, CAN, [(x + float(rng.normal(0, 8)), y, float(z), 1.6)])
    way = [
        (x - 18, y, 0.14 * h),
        (36, -20, 0.07 * h),
        (-26, -22, 0.22 * h),
        (-28, -22, 0.5 * h),
        (-24, -16, 0.68 * h),
        (8, -34, 0.80 * h),
        (34, -44, 0.82 * h),
    ]
    lead, _ = polyline(way, 0.8)
    yield _Part(lead, WIRE, [(float(p[0]), float(p[1]), float(p[2]), 0.35) for p in lead[::12]])


def _valve(thorax: Thorax) -> Iterator[_Part]:
    turn = np.linspace(0, 2 * np.pi, 120)
    x, y, z = 2.0, -20.0, 0.60 * thorax.person.height
    ring = np.stack([x + 11.5 * np.cos(turn), y + 9.2 * np.sin(turn), z + 7 * np.sin(turn)], axis=1)
    yield _Part(ring, 1.3, [(x, y, z, 0.6)])


def paint_devices(
    image: Field, raster: Raster, place: tuple[float, float], devices: Devices, seed: int
) -> None:
    """Metal and its streaks on one slice at (z, thickness), in place."""
    z, thickness = place
    canvas = np.zeros_like(image)
    stamp(canvas, raster, raster.whole, devices.metal.near(z, thickness), edge_mm=1.2)
    reach = thickness / 2 + 3
    near = devices.sources[np.abs(devices.sources[:, 2] - z) < reach]
    for number, (x, y, _, strength) in enumerate(near[:6]):
        image += _rays_from(raster, float(x), float(y), float(strength), seed + number)
    image += canvas * (METAL - image)


def _rays_from(raster: Raster, x: float, y: float, strength: float, seed: int) -> Field:
    """Bright and dark rays round one place, weaker with distance."""
    rng = np.random.default_rng(seed)
    bins = 720
    profile = rng.standard_normal(bins).astype(np.float32)
    profile = (profile + np.roll(profile, 1) + np.roll(profile, 2)) * np.float32(0.6)
    profile[rng.random(bins) < 0.6] *= 0.15
    dx = raster.columns.full[None, :] - np.float32(x)
    dy = raster.rows.full[:, None] - np.float32(y)
    turn = np.arctan2(dy, dx)
    index = ((turn + np.float32(np.pi)) * np.float32(bins / (2 * np.pi))).astype(np.intp) % bins
    far = np.sqrt(dx * dx + dy * dy)
    return np.asarray(profile[index] * (np.float32(190 * strength) / (1 + far * 0.06)), np.float32)
