"""CT acquisition: dose, kernel, thickness, and the noise that follows from them.

Quantum noise: the variance of a measured ray is one over the photons that arrive, so it falls with
the tube current-time product and with slice thickness, and grows as exp(P) with the attenuation P
along the ray. Tube current modulation takes half of P back: the current that gives least noise for
a dose goes with the square root of exp(P) (Gies et al., Medical Physics 26:2235, 1999). Filtered
back-projection shapes the spectrum: a ramp times the square of the kernel's transfer function
(Riederer, Pelc, Chesler, Physics in Medicine and Biology 23:446, 1978).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import fft

from spgc.phantoms.raster import Field, Raster

MU_WATER = 0.0195
"""Attenuation of water per mm at the mean energy of a 110 to 120 kV beam."""

KERNELS = {"B30s": (0.26, 0.62), "D40s": (0.46, 1.0), "B41s": (0.43, 0.95), "B60f": (0.70, 1.75)}
"""Convolution kernel (0018,1210): where its transfer function has fallen to 1/e, per mm; noise as
a multiple of D40s at the same dose. Chosen to look and measure like the real series."""

REFERENCE_NOISE = 18.0
"""HU in the middle of an average chest at `REFERENCE_MAS` and 2 mm with D40s: that of COVID-CT-MD's
public sample (16 to 18 HU in soft tissue)."""

REFERENCE_MAS = 70.0

_AVERAGE_PATH = 4.3
"""Attenuation of a ray through the middle of an average chest."""

_TILT = 0.5
"""Share of the attenuation that tube current modulation leaves in the noise."""

_STARVED = 6.0
"""Attenuation from which so few photons arrive that noise turns into streaks."""


@dataclass(frozen=True)
class Protocol:
    """Settings of one scan. `mas` is the reference tube current-time product."""

    mas: float = REFERENCE_MAS
    thickness: float = 2.0
    kernel: str = "D40s"
    kvp: int = 110


@dataclass(frozen=True)
class Rays:
    """Attenuation along each row and each column of a slice, full size."""

    rows: Field
    columns: Field


def rays(coarse_hu: Field, raster: Raster) -> Rays:
    """Line integrals from a coarse slice in HU. Metal counts as bone: it is drawn later."""
    mu = np.clip((coarse_hu + 1000) * (MU_WATER / 1000), 0, None)
    step = raster.coarse_mm
    rows, columns = mu.sum(axis=1) * step, mu.sum(axis=0) * step
    grid = raster.rows, raster.columns
    full = [np.interp(a.full, a.coarse, v) for a, v in zip(grid, (rows, columns), strict=True)]
    return Rays(full[0].astype(np.float32), full[1].astype(np.float32))


def tube_current(path: Rays, protocol: Protocol, rotation: float = 0.6) -> int:
    """mA of a slice (0018,1151) under modulation along z."""
    mean = float(np.percentile(path.rows, 75) + np.percentile(path.columns, 75)) / 2
    share = float(np.exp((1 - _TILT) * (mean - _AVERAGE_PATH) * 0.6))
    return max(10, round(protocol.mas / rotation * min(max(share, 0.3), 3.0)))


def noise(path: Rays, protocol: Protocol, raster: Raster, rng: np.random.Generator) -> Field:
    """Noise in HU with the kernel's grain, more where more tissue was crossed. (H, W)"""
    blur, gain = KERNELS[protocol.kernel]
    level = (
        REFERENCE_NOISE * gain * np.sqrt(REFERENCE_MAS / protocol.mas * 2.0 / protocol.thickness)
    )
    grain = _coloured(raster.size, raster.pixel_mm, blur, rng)
    rows = np.exp(_TILT * (path.rows - _AVERAGE_PATH), dtype=np.float32)
    columns = np.exp(_TILT * (path.columns - _AVERAGE_PATH), dtype=np.float32)
    spread = np.sqrt(np.add.outer(rows, columns) * np.float32(0.5))
    grain *= spread * np.float32(level)
    starved = np.clip(path.rows - np.float32(_STARVED), 0, 3)
    if starved.max() > 0:
        grain += _streaks(raster.size, starved * np.float32(level * 0.55), rng)
    return grain


def _streaks(size: int, strength: Field, rng: np.random.Generator) -> Field:
    """Noise that runs along the rows, as between the shoulders."""
    knots = max(4, size // 24)
    white = rng.standard_normal((size, knots), dtype=np.float32)
    place = np.linspace(0, knots - 1.001, size)
    before = place.astype(np.intp)
    share = (place - before).astype(np.float32)
    lines = white[:, before] * (1 - share) + white[:, before + 1] * share
    return np.asarray(lines * strength[:, None], np.float32)


def _coloured(size: int, pixel_mm: float, blur: float, rng: np.random.Generator) -> Field:
    """Noise of standard deviation 1 with the spectrum of the kernel, drawn in Fourier space."""
    shape = _spectrum(size, round(pixel_mm, 6), blur)
    parts = rng.standard_normal((size, size // 2 + 1, 2), dtype=np.float32)
    parts *= shape[..., None]
    return np.asarray(fft.irfft2(parts.view(np.complex64)[..., 0], (size, size), workers=1))


@lru_cache(maxsize=8)
def _spectrum(size: int, pixel_mm: float, blur: float) -> Field:
    """Amplitude for each frequency, scaled so that the noise has standard deviation 1."""
    frequency = np.hypot(
        fft.fftfreq(size, pixel_mm)[:, None], fft.rfftfreq(size, pixel_mm)[None, :]
    )
    power = frequency * np.exp(-2 * (frequency / blur) ** 2)
    weight = np.full(power.shape, 2.0)
    weight[:, 0] = 1
    if size % 2 == 0:
        weight[:, -1] = 1
    total = float((2 * power * weight).sum()) / size**4
    return np.asarray(np.sqrt(power / total), np.float32)
