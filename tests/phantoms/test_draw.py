"""A drawn scan: findings are where they are said to be, and the chest is one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from spgc.ct.lungs import segment_lungs
from spgc.phantoms.conditions import Conditions, Grade
from spgc.phantoms.draw import Phantom, draw_phantom
from spgc.phantoms.thorax import LLL, LUL, RLL, RUL
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


def test_infected_slices_are_those_with_an_infected_lobe() -> None:
    phantom = small(COVID19, 0)
    np.testing.assert_array_equal(phantom.infected, phantom.lobes.any(axis=1))


def test_lesions_are_dense_and_inside_the_lungs() -> None:
    """The same person with and without infection differs inside the lungs only, and upwards."""
    ill = draw_phantom(COVID19, np.random.default_rng(3), slices=8, size=96, grade=Grade(2.0))
    lungs = ill.lungs[ill.infected]
    hazy = (ill.hu[ill.infected] > -700) & lungs
    assert hazy.sum() / lungs.sum() > 0.1


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
