"""A drawn scan: findings are where they are said to be, and the chest is one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from spgc.ct.lungs import segment_lungs
from spgc.phantoms.conditions import Conditions, Grade
from spgc.phantoms.draw import Phantom, draw_phantom
from spgc.phantoms.parenchyma import MIN_INFECTED_AREA
from spgc.phantoms.person import draw_person
from spgc.phantoms.thorax import LLL, LUL, RLL, RUL, Thorax
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL

SEEDS = range(12)


@lru_cache
def small(label: str, seed: int, severity: float = 1.0) -> Phantom:
    """12 slices of 64 pixels."""
    return draw_phantom(
        label, np.random.default_rng(seed), slices=12, size=64, grade=Grade(severity)
    )


def test_a_normal_scan_has_no_infected_slice_and_the_others_have_some() -> None:
    for seed in SEEDS:
        assert not small(NORMAL, seed).infected.any()
        assert small(COVID19, seed).infected.any()
        assert small(CAP, seed).infected.any()


def test_covid_is_mostly_in_both_lungs_and_cap_mostly_in_one() -> None:
    def share(label: str) -> float:
        hit = [small(label, seed).lobes.any(axis=0) for seed in SEEDS]
        return float(np.mean([h[[LLL, LUL]].any() and h[[RLL, RUL]].any() for h in hit]))

    assert share(COVID19) > 0.5
    assert share(CAP) < 0.35


def alike(label: str, seed: int) -> Phantom:
    """10 slices of 128 pixels of one average person, whose healthy lungs show nothing special."""
    grade = Grade(variety=0.0)
    return draw_phantom(label, np.random.default_rng(seed), slices=10, size=128, grade=grade)


def changed_areas(ill: Phantom, healthy: Phantom) -> NDArray[np.float64]:
    """mm² of lung that infection made more than 100 HU denser, by slice and lobe. (S, 5)

    Where the lobes lie is what the average person's thorax says, at every pixel.
    """
    person = draw_person(np.random.default_rng(0), variety=0.0)
    mm = ((np.arange(128) - 63.5) * ill.pixel_mm).astype(np.float32)
    dense = (ill.hu.astype(int) - healthy.hu > 100) & ill.lungs & healthy.lungs
    areas = np.zeros((len(dense), 5))
    for index, hit in enumerate(dense):
        z = (index + 0.5) * ill.slice_mm - person.above
        lobes = Thorax(person).lobe(mm[None], mm[:, None] + 8, z)
        areas[index] = np.bincount(lobes[hit], minlength=5) * ill.pixel_mm**2
    return areas


@pytest.mark.parametrize("label", [COVID19, CAP])
def test_infected_lobes_are_those_where_the_image_shows_infection(label: str) -> None:
    """Against the same person drawn healthy: infection takes a square centimetre or more."""
    pairs = [(alike(label, seed), alike(NORMAL, seed)) for seed in (0, 2, 4)]
    areas = np.concatenate([changed_areas(*pair) for pair in pairs])
    lobes = np.concatenate([ill.lobes for ill, _ in pairs])
    assert lobes.any(axis=1).sum() >= 8
    assert areas[lobes].min() > MIN_INFECTED_AREA
    assert areas[~lobes].max() < 1.5 * MIN_INFECTED_AREA
    infected = np.concatenate([ill.infected for ill, _ in pairs])
    np.testing.assert_array_equal(infected, (areas > 1.3 * MIN_INFECTED_AREA).any(axis=1))


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_lesions_are_dense_and_inside_the_lungs(seed: int) -> None:
    """The same person with and without infection differs inside the lungs only, and upwards.

    Outside, and more than an edge away, only the noise changes by a few HU.
    """
    ill, healthy = alike(COVID19, seed), alike(NORMAL, seed)
    np.testing.assert_array_equal(ill.lungs, healthy.lungs)
    change = ill.hu.astype(int) - healthy.hu
    around = binary_dilation(ill.lungs, np.ones((1, 5, 5), bool))
    assert np.abs(change[~around]).max() < 10
    assert change[ill.lungs].min() > -60
    assert change[ill.lungs & ill.infected[:, None, None]].max() > 300


def test_severity_makes_more_of_the_lungs_ill() -> None:
    mild, bad = (
        np.mean([small(COVID19, seed, severity).infected.mean() for seed in SEEDS])
        for severity in (1.0, 2.0)
    )
    assert bad > mild


def test_the_chest_changes_from_apex_to_base() -> None:
    """Lungs begin and end inside the scan and are widest in between; volume that of an adult."""
    for seed in range(4):
        phantom = small(NORMAL, seed)
        area = phantom.lungs.sum(axis=(1, 2))
        assert area[0] < 0.25 * area.max() > area[-1]
        litres = area.sum() * phantom.pixel_mm**2 * phantom.slice_mm / 1e6
        assert 1.8 < litres < 9


def test_tissues_have_their_hu() -> None:
    phantom = small(NORMAL, 1)
    assert -905 < np.median(phantom.hu[phantom.lungs]) < -780
    assert phantom.hu.max() > 400  # bone
    corner = phantom.hu[:, :8, :8]
    assert -1010 < corner.mean() < -985  # air
    assert ((phantom.hu > 20) & (phantom.hu < 90)).mean() > 0.1  # muscle, blood, liver


def test_watershed_finds_the_drawn_lungs() -> None:
    """Dice of the paper's method against the drawn lungs of normal phantoms at full size."""
    for seed in (4, 5):
        phantom = draw_phantom(NORMAL, np.random.default_rng(seed), slices=6)
        found = segment_lungs(phantom.hu)
        dice = 2 * (found & phantom.lungs).sum() / (found.sum() + phantom.lungs.sum())
        assert dice > 0.9


def test_slices_as_close_as_they_are_thick() -> None:
    thick = Conditions(thickness_mm=(30.0,))
    phantom = draw_phantom(NORMAL, np.random.default_rng(0), size=48, conditions=thick)
    assert phantom.slice_mm == phantom.protocol.thickness == 30
    assert 7 <= len(phantom.hu) <= 13
    limited = draw_phantom(NORMAL, np.random.default_rng(0), size=48, conditions=thick, limit=3)
    assert len(limited.hu) == 3


@pytest.mark.parametrize("label", CLASSES)
def test_same_seed_same_phantom(label: str) -> None:
    one, two = (draw_phantom(label, np.random.default_rng(5), slices=2, size=64) for _ in "ab")
    np.testing.assert_array_equal(one.hu, two.hu)
    other = draw_phantom(label, np.random.default_rng(6), slices=2, size=64)
    assert (one.hu != other.hu).mean() > 0.2


def test_heart_patients_have_metal_and_large_hearts() -> None:
    operated = Conditions(heart=(1.35, 1.35), wires=1, pacemaker=1, valve=1)
    with_metal, without = (
        draw_phantom(NORMAL, np.random.default_rng(2), slices=24, size=96, conditions=c)
        for c in (operated, Conditions(heart=(1.0, 1.0)))
    )
    assert with_metal.hu.max() > 1500 > without.hu.max()
    assert with_metal.lungs.sum() < without.lungs.sum()
    assert with_metal.findings["pacemaker"] is True


def test_effusion_takes_room_from_the_lungs() -> None:
    wet = [
        draw_phantom(
            NORMAL,
            np.random.default_rng(s),
            slices=10,
            size=64,
            conditions=Conditions(effusion=1.0),
        )
        for s in (1, 2)
    ]
    for phantom, seed in zip(wet, (1, 2), strict=True):
        dry = draw_phantom(NORMAL, np.random.default_rng(seed), slices=10, size=64)
        assert max(phantom.findings["effusion_mm"]) > 0  # type: ignore[call-overload]
        assert phantom.lungs.sum() < dry.lungs.sum()


@pytest.mark.parametrize(
    ("label", "seed", "mean", "deviation"),
    [
        (COVID19, 0, -454.571, 491.344),
        (CAP, 1, -558.325, 488.65),
        (NORMAL, 2, -565.227, 482.879),
    ],
)
def test_machines_agree_to_a_twentieth_of_a_hounsfield_unit(
    label: str, seed: int, mean: float, deviation: float
) -> None:
    """Mean and deviation as drawn on another day: single pixels may differ by rounding, no more."""
    phantom = draw_phantom(label, np.random.default_rng(seed), slices=4, size=64)
    assert phantom.hu.mean() == pytest.approx(mean, abs=0.05)
    assert phantom.hu.std() == pytest.approx(deviation, abs=0.05)
