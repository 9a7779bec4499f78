"""One drawn scan: the parts of a chest put together, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.phantoms.anatomy import Anatomy, draw_anatomy
from spgc.phantoms.conditions import Conditions
from spgc.phantoms.raster import Field, Mask, Raster
from spgc.phantoms.scanner import Protocol, noise, rays, tube_current
from spgc.phantoms.soft import paint_soft
from spgc.phantoms.devices import paint_devices
from spgc.phantoms.parenchyma import paint_lungs
from spgc.phantoms.surroundings import Surroundings
from spgc.protocol import NORMAL

EDGE_MM = 1.4
"""Width of an edge in the slice: the resolution of the scanner."""

_TRIES = 25


@dataclass(frozen=True)
class Phantom:
    """A drawn scan, head to feet.

    `hu: (S, H, W) int16`; `lungs: (S, H, W) bool`, the drawn lungs with their infection;
    `lobes: (S, 5) bool`, infected lobes in the order of `LOBE_NAMES`; `pixel_mm` and `slice_mm`
    spacings; `current: (S,)` mA; `findings` what was drawn, in words.
    """

    hu: NDArray[np.int16]
    lungs: Mask
    lobes: Mask
    pixel_mm: float
    slice_mm: float
    protocol: Protocol
    current: tuple[int, ...]
    findings: dict[str, object]

    @property
    def infected(self) -> Mask:
        """Slices with infection in any lobe. (S,) bool"""
        marked: Mask = self.lobes.any(axis=1)
        return marked


def draw_phantom(
    label: str,
    rng: np.random.Generator,
    *,
    slices: int | None = None,
    size: int = 512,
    conditions: Conditions | None = None,
    limit: int = 200,
    severity: float = 1.0,
) -> Phantom:
    """Draw one scan of class `label` of `size` × `size` pixels.

    `slices` spreads so many slices over the chest; without it they lie as close as they are thick,
    at most `limit` of them. Person, findings, texture and noise have random streams of their own,
    so that a change to one leaves the others alone. A scan whose infection falls between wide
    slices is drawn again, since every infected scan of the release has an infected slice. `severity` 1 is as published; more
    makes infection larger and denser, for networks that train in minutes.
    """
    for _ in range(_TRIES):
        phantom = _draw(label, rng.spawn(1)[0], slices, size, conditions or Conditions(), limit, severity)
        if phantom.infected.any() or label == NORMAL:
            break
    return phantom


def _draw(
    label: str, rng: np.random.Generator, slices: int | None, size: int, conditions: Conditions,
    limit: int, severity: float,
) -> Phantom:  # fmt: skip
    people, finds, grain, quantum = rng.spawn(4)
    anatomy = draw_anatomy(label, conditions, people, finds, grain, severity)
    person = anatomy.thorax.person
    protocol = conditions.protocol(people)
    spacing = person.length / slices if slices else protocol.thickness
    count = slices or min(limit, int(person.length / spacing))
    raster = Raster(size, _pixel_mm(anatomy, people) * 512 / size, _centre(anatomy))
    around = Surroundings(raster, anatomy.thorax, people)
    hu = np.empty((count, size, size), np.int16)
    lungs = np.empty((count, size, size), bool)
    lobes = np.zeros((count, 5), bool)
    current = []
    for index in range(count):
        z = (index + 0.5) * spacing - person.above
        image, lungs[index], lobes[index], path = _draw_slice(anatomy, raster, around, z, protocol, grain)
        image += noise(path, protocol, raster, quantum)
        hu[index] = np.clip(np.rint(image), -1024, 3071)
        current.append(tube_current(path, protocol))
    return Phantom(hu, lungs, lobes, raster.pixel_mm, spacing, protocol, tuple(current), anatomy.words)


def _pixel_mm(anatomy: Anatomy, rng: np.random.Generator) -> float:
    """Spacing at 512 pixels: the field of view is set to the body, as a technician would."""
    wide = 2 * anatomy.thorax.person.torso[0] * rng.uniform(0.98, 1.10)
    return float(np.clip(wide / 512, 0.58, 0.82))


def _centre(anatomy: Anatomy) -> tuple[float, float]:
    person = anatomy.thorax.person
    return -person.shift[0], person.shift[1] + 8.0


def _draw_slice(
    anatomy: Anatomy, raster: Raster, around: Surroundings, z: float, protocol: Protocol,
    grain: np.random.Generator,
):  # fmt: skip
    x, y = anatomy.places(raster)
    soft = paint_soft(anatomy, raster, x, y, z)
    body = np.clip(0.5 - raster.enlarge(soft.body) / np.float32(EDGE_MM), 0, 1)
    image = raster.enlarge(soft.hu)
    around.paint(image, body, z, anatomy)
    anatomy.paint_bones(image, raster, z, protocol.thickness, EDGE_MM)
    lungs = np.zeros(image.shape, bool)
    lobes, hazy = paint_lungs(image, lungs, anatomy, raster, (x, y, z), soft, protocol.thickness, EDGE_MM)
    anatomy.paint_windpipe(image, raster, z, protocol.thickness, EDGE_MM)
    path = rays(np.where(soft.body < 0, hazy, -1000), raster)
    if anatomy.devices is not None:
        paint_devices(image, raster, (z, protocol.thickness), anatomy.devices, int(grain.integers(2**31)))
    return image, lungs, lobes, path
