"""Cohorts whose classes are alike in lung density: extent, who gets what, what stays as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.errors import DataError
from spgc.phantoms.conditions import Conditions, Grade
from spgc.phantoms.draw import Phantom, draw_phantom
from spgc.phantoms.extent import scaled_to, share_of
from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion
from spgc.phantoms.person import draw_person
from spgc.phantoms.plan import CohortPlan
from spgc.phantoms.recipe import plan_named
from spgc.phantoms.thorax import LLL, LUL, RLL, RML, RUL, Thorax
from spgc.protocol import CAP, COVID19, NORMAL

EVEN, PLAIN = (Grade(4.0, 0.1, extent, 0.1) for extent in ((0.06, 0.34), None))


@pytest.fixture(scope="module")
def places() -> LungPlaces:
    rng = np.random.default_rng(0)
    return LungPlaces(Thorax(draw_person(rng)), rng)


def drawn(label: str, seed: int, grade: Grade) -> Phantom:
    return draw_phantom(label, np.random.default_rng(seed), slices=10, size=64, grade=grade)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_lesions_are_scaled_to_the_share_asked_for(places: LungPlaces, share: float) -> None:
    """Large or small to begin with, overlapping or not."""
    for size in (20.0, 90.0):
        lesions = [Lesion(places.pick(), (size, size, size)) for _ in range(8)]
        assert share_of(scaled_to(lesions, places, share), places) == pytest.approx(share, abs=0.02)


def test_a_lobe_that_is_too_small_is_filled(places: LungPlaces) -> None:
    inside = scaled_to([Lesion(places.pick(lobe=RML), (40, 40, 40), lobe=RML)], places, 0.5)
    lobe = float((places.lobe == RML).mean())
    assert 0.5 * lobe < share_of(inside, places) <= lobe < 0.3


def test_mean_density_tells_covid19_from_normal_only_without_an_extent() -> None:
    def means(label: str, grade: Grade) -> list[float]:
        scans = [drawn(label, seed, grade) for seed in range(5)]
        return [float(scan.hu[scan.lungs].mean()) for scan in scans]

    assert min(means(COVID19, PLAIN)) > max(means(NORMAL, PLAIN)) + 50
    covid, normal = means(COVID19, EVEN), means(NORMAL, EVEN)
    assert min(covid) < max(normal)
    assert min(normal) < max(covid)


def test_what_makes_lungs_alike_is_no_infection() -> None:
    """COVID-19 lies in both lungs, CAP in few lobes, and normal scans have no infected slice."""
    for seed in range(3):
        covid, cap, normal = (drawn(label, seed, EVEN) for label in (COVID19, CAP, NORMAL))
        assert not normal.lobes.any()
        right, left = covid.lobes[:, [RLL, RML, RUL]], covid.lobes[:, [LLL, LUL]]
        assert right.any()
        assert left.any()
        assert cap.lobes.any()
        assert cap.lobes.any(axis=0).sum() < 4


def test_other_cohorts_leave_stage_and_pattern_to_luck() -> None:
    plan = CohortPlan({"train": (1, 1, 1)}, severity=2.0)
    assert plan.grade(0.3) == Grade(2.0)
    easy, demo = plan_named("easy"), plan_named("demo")
    assert easy.extent is None
    assert demo.grade(0.3) == Grade(4.0, 0.1, demo.extent, 0.3)
    assert demo.conditions["train"] == easy.conditions["train"] != Conditions(mas=(1, 2))


def test_ranked_is_the_demo_with_more_test_sets() -> None:
    """The full gate trains on it what the demo trains."""
    ranked, demo = plan_named("ranked"), plan_named("demo")
    assert {name: ranked.counts[name] for name in demo.counts} == demo.counts
    assert ranked.grade(0.5) == demo.grade(0.5)
    assert (ranked.slices, ranked.labelled) == (demo.slices, demo.labelled)


@pytest.mark.parametrize("extent", ["0.2", "[0.3, 0.1]", "[0.1, 0.9]", "[0.1]"])
def test_a_bad_extent_is_named(tmp_path: Path, extent: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        f"format = 1\n[sizes.mine]\npixels = 64\nextent = {extent}\n"
        "[sizes.mine.scans]\ntrain = [1, 1, 1]\n[splits.train]\n"
    )
    with pytest.raises(DataError, match="extent"):
        plan_named("mine", path)
