"""Noise follows dose, thickness, attenuation and kernel."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.phantoms.raster import Raster
from spgc.phantoms.scanner import KERNELS, Protocol, Rays, noise, rays, tube_current

RASTER = Raster(128, 0.7)


def body(radius: float) -> np.ndarray:
    """A disc of water in air on the coarse grid."""
    inside = np.hypot(RASTER.x, RASTER.y) < radius
    return np.where(inside, 0, -1000).astype(np.float32)


PATH = rays(body(35), RASTER)


def deviation(protocol: Protocol, path: Rays = PATH) -> float:
    return float(noise(path, protocol, RASTER, np.random.default_rng(0))[32:96, 32:96].std())


def test_a_quarter_of_the_dose_doubles_the_noise() -> None:
    ratio = deviation(Protocol(mas=20)) / deviation(Protocol(mas=80))
    assert ratio == pytest.approx(2, rel=0.01)


def test_thin_slices_are_noisier() -> None:
    ratio = deviation(Protocol(thickness=1)) / deviation(Protocol(thickness=4))
    assert ratio == pytest.approx(2, rel=0.01)


def test_rays_sum_attenuation() -> None:
    """Through the middle of 70 mm of water."""
    assert PATH.rows[64] == pytest.approx(70 * 0.0195, rel=0.05)
    assert PATH.columns[0] == 0


def test_more_tissue_more_noise_and_more_current() -> None:
    thick = Rays(PATH.rows + 2, PATH.columns + 2)
    assert deviation(Protocol(), thick) / deviation(Protocol()) == pytest.approx(
        np.exp(0.5), rel=0.05
    )
    assert tube_current(thick, Protocol()) > tube_current(PATH, Protocol())


def test_sharp_kernels_have_fine_and_strong_noise() -> None:
    def grain(kernel: str) -> tuple[float, float]:
        image = noise(PATH, Protocol(kernel=kernel), RASTER, np.random.default_rng(1))[32:96, 32:96]
        return float(image.std()), float((image[:, 1:] * image[:, :-1]).mean() / image.var())

    (soft, near), (medium, _), (sharp, far) = (grain(k) for k in ("B30s", "D40s", "B60f"))
    assert soft < medium < sharp
    assert near > far


@pytest.mark.parametrize("kernel", KERNELS)
def test_noise_has_no_offset(kernel: str) -> None:
    image = noise(PATH, Protocol(kernel=kernel), RASTER, np.random.default_rng(2))
    assert abs(float(image.mean())) < 0.5


def test_starved_rays_make_streaks_along_the_rows() -> None:
    """Between the shoulders noise is correlated along the rows, not across them."""
    starved = Rays(np.full(128, 8, np.float32), np.full(128, 4, np.float32))
    image = noise(starved, Protocol(mas=10), RASTER, np.random.default_rng(3))
    along = (image[:, 4:] * image[:, :-4]).mean()
    across = (image[4:] * image[:-4]).mean()
    assert along > 3 * abs(across)
