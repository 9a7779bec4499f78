"""Drawing one phantom scan: the parts of a chest put together, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.phantoms.anatomy import Anatomy, draw_anatomy
from spgc.phantoms.conditions import Conditions, Grade
from spgc.phantoms.devices import paint_devices
from spgc.phantoms.parenchyma import paint_lungs
from spgc.phantoms.raster import Field, Raster, cover
from spgc.phantoms.scanner import Protocol, Rays, noise, rays, tube_current
from spgc.phantoms.soft import paint_soft
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
        return np.asarray(self.lobes.any(axis=1))


def draw_phantom(
    label: str,
    rng: np.random.Generator,
    *,
    slices: int | None = None,
    size: int = 512,
    conditions: Conditions | None = None,
    limit: int = 200,
    grade: Grade | None = None,
) -> Phantom:
    """Draw one scan of class `label` of `size` × `size` pixels.

    `slices` spreads so many slices over the chest; without it they lie as close as they are thick,
    at most `limit` of them. `grade` makes it easier. A scan whose infection
    falls between wide slices is drawn again, since every infected scan of the release has an
    infected slice.
    """
    settings = _Settings(slices, size, conditions or Conditions(), limit, grade or Grade())
    for _ in range(_TRIES):
        phantom = _draw(label, rng.spawn(1)[0], settings)
        if phantom.infected.any() or label == NORMAL:
            break
    return phantom


@dataclass(frozen=True)
class _Settings:
    slices: int | None
    size: int
    conditions: Conditions
    limit: int
    grade: Grade


def _draw(label: str, rng: np.random.Generator, settings: _Settings) -> Phantom:
    """Person, findings, texture and noise have random streams of their own."""
    people, finds, grain, quantum = rng.spawn(4)
    conditions, size = settings.conditions, settings.size
    anatomy = draw_anatomy(label, conditions, people, finds, grain, settings.grade)
    person = anatomy.thorax.person
    protocol = conditions.protocol(people)
    spacing = person.length / settings.slices if settings.slices else protocol.thickness
    count = settings.slices or min(settings.limit, int(person.length / spacing))
    raster = Raster(size, _pixel_mm(anatomy, people) * 512 / size, _centre(anatomy))
    scene = _Scene(anatomy, raster, Surroundings(raster, anatomy.thorax, people), protocol, grain)
    hu = np.empty((count, size, size), np.int16)
    lungs = np.zeros((count, size, size), bool)
    lobes = np.zeros((count, 5), bool)
    current = []
    for index in range(count):
        image, lobes[index], path = scene.cut((index + 0.5) * spacing - person.above, lungs[index])
        image += noise(path, protocol, raster, quantum)
        hu[index] = np.clip(np.rint(image), -1024, 3071)
        current.append(tube_current(path, protocol))
    return Phantom(
        hu, lungs, lobes, raster.pixel_mm, spacing, protocol, tuple(current), anatomy.words
    )


def _pixel_mm(anatomy: Anatomy, rng: np.random.Generator) -> float:
    """Spacing at 512 pixels: the field of view is set to the body, as a technician would."""
    wide = 2 * anatomy.thorax.person.torso[0] * rng.uniform(0.98, 1.10)
    return float(np.clip(wide / 512, 0.58, 0.82))


def _centre(anatomy: Anatomy) -> tuple[float, float]:
    person = anatomy.thorax.person
    return -person.shift[0], person.shift[1] + 8.0


@dataclass(frozen=True)
class _Scene:
    """One person on one table in one scanner."""

    anatomy: Anatomy
    raster: Raster
    around: Surroundings
    protocol: Protocol
    grain: np.random.Generator

    def cut(self, z: float, lungs: Mask) -> tuple[Field, Mask, Rays]:
        """The slice at `z` without noise, its infected lobes (5,), and the scanner's rays.

        Marks the lungs in `lungs` (H, W), in place.
        """
        anatomy, raster, thick = self.anatomy, self.raster, self.protocol.thickness
        x, y = anatomy.places(raster)
        soft = paint_soft(anatomy, raster, x, y, z)
        body = cover(raster.enlarge(soft.body), EDGE_MM)
        image = raster.enlarge(soft.hu)
        self.around.paint(image, body, z, anatomy)
        anatomy.paint_bones(image, raster, z, thick, EDGE_MM)
        lobes, rough = paint_lungs(image, lungs, anatomy, raster, (x, y, z), soft, thick, EDGE_MM)
        anatomy.paint_windpipe(image, raster, z, thick, EDGE_MM)
        if anatomy.devices is not None:
            seed = int(self.grain.integers(2**31))
            paint_devices(image, raster, (z, thick), anatomy.devices, seed)
        return image, lobes, rays(np.where(soft.body < 0, rough, -1000), raster)
