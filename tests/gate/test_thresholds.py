"""Limits of a baseline: what a new one gets, and what a person may not write."""

import copy

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.gate.thresholds import default_thresholds, thresholds_from
from spgc.protocol import CAP, COVID19
from spgc.scoring.counts import Confusion

LIMITS = default_thresholds(Confusion(((5, 1, 0), (2, 0, 0), (0, 0, 0))), classes=SPGC.names)


def test_a_new_baseline_loses_nobody() -> None:
    """Floors are one below the right answers, never below 0, and none for an absent class."""
    assert (LIMITS.lost.value, LIMITS.p.value, LIMITS.slower.value) == (0, 0.05, 1.5)
    assert {name: limit.value for name, limit in LIMITS.floors.items()} == {COVID19: 4, CAP: 0}
    assert all(limit.reason for limit in (LIMITS.lost, LIMITS.p, *LIMITS.floors.values()))


def test_limits_survive_json() -> None:
    assert thresholds_from(LIMITS.as_dict(), SPGC.names) == LIMITS


@pytest.mark.parametrize("value", [-1, "2", True, None, float("nan")])
@pytest.mark.parametrize("name", ["lost", "p", "slower"])
def test_a_limit_is_a_number_from_0_up(name: str, value: object) -> None:
    document = copy.deepcopy(LIMITS.as_dict())
    document[name]["value"] = value
    with pytest.raises(ValueError, match="a limit is no number from 0 up"):
        thresholds_from(document, SPGC.names)


def test_floors_are_of_known_classes() -> None:
    document = LIMITS.as_dict() | {"floors": {"flu": {"value": 1, "reason": "x"}}}
    with pytest.raises(ValueError, match=r"unknown classes: \['flu'\]"):
        thresholds_from(document, SPGC.names)
