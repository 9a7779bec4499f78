"""The ladder shows clear improvements alone, keeps its state, and takes the vote's information."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spgc.disclosure.feedback import Feedback, counted
from spgc.disclosure.hidden_sets import HiddenLabels
from spgc.disclosure.ladder import Ladder, clearly_better, ladder_of, rungs
from spgc.disclosure.weighted_vote import vote, vote_through_ladder
from spgc.errors import DataError


@pytest.mark.parametrize("errors", [1, 2, 3])
def test_the_rule_is_that_of_the_standard_error(errors: int) -> None:
    """Written out with the sample's standard deviation, but where both sides are equal."""
    for cases in (30, 90):
        for gained in range(12):
            for lost in range(12):
                same = cases - gained - lost
                differences = [1] * gained + [-1] * lost + [0] * same
                limit = errors * statistics.stdev(differences) / math.sqrt(cases)
                ahead = statistics.mean(differences)
                if not math.isclose(ahead, limit):
                    told = clearly_better(gained, lost, cases, errors)
                    assert told == (ahead > max(limit, 0)), (cases, gained, lost)


def test_at_exactly_one_standard_error_nothing_is_shown() -> None:
    """No rounding decides it: one answer put right, or 3 against 1, on any number of cases."""
    for cases in (4, 7, 90, 1_000_000):
        for gained, lost in ((1, 0), (3, 1)):
            assert not clearly_better(gained, lost, cases)
            assert clearly_better(gained + 1, lost, cases)


def test_an_honest_improvement_is_shown() -> None:
    """From 60 to 68 of 90 with 10 put right and 2 lost; from 68 to 70 with 5 and 3 not."""
    truth = [0] * 90
    first = [0] * 60 + [1] * 30
    better = [1] * 2 + [0] * 68 + [1] * 20
    hardly = [0] * 2 + [1] * 3 + [0] * 68 + [1] * 17
    shown, ladder = rungs([first, better, hardly], truth)
    assert shown == [60, 68, None]
    assert ladder == Ladder(1, tuple(better), 68)


def test_a_worse_or_equal_score_is_not_shown() -> None:
    truth = [0, 1, 0, 1]
    shown, ladder = rungs([truth, truth, [1, 0, 1, 0]], truth)
    assert shown == [4, None, None]
    assert ladder.best == (0, 1, 0, 1)


def test_the_state_goes_on_where_it_stopped() -> None:
    """In one go, or with the state written and read after each submission."""
    truth = np.repeat([0, 1, 2], 10)
    files = np.random.default_rng(4).integers(0, 3, (60, 30))
    whole, end = rungs(files, truth)
    ladder, shown = Ladder(), []
    for answers in files:
        scores, ladder = rungs(
            [answers], truth, ladder_of(json.loads(json.dumps(ladder.as_dict())))
        )
        shown += scores
    assert (shown, ladder) == (whole, end)
    assert 1 < len([score for score in whole if score is not None]) < 10


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "spgc-ladder/2"},
        {"standard_errors": 0},
        {"standard_errors": 1.5},
        {"best": None},
        {"best": [0, -1]},
        {"best": "01"},
        {"score": 3},
        {"score": True},
    ],
    ids=str,
)
def test_a_state_that_is_none_is_refused(change: dict[str, Any]) -> None:
    good = Ladder(2, (0, 1), 1).as_dict()
    assert ladder_of(good) == Ladder(2, (0, 1), 1)
    with pytest.raises(DataError, match="no state of a ladder"):
        ladder_of(good | change)


def test_other_cases_are_refused() -> None:
    with pytest.raises(DataError, match="found 3, expected 2"):
        Ladder().offered([0, 1, 1], [0, 1])
    with pytest.raises(DataError, match="found 3, expected 2"):
        Ladder(1, (0, 1, 1), 2).offered([0, 1], [0, 1])


def test_voting_gains_nothing_through_the_ladder(ninety: HiddenLabels) -> None:
    """With 400 random files: no more than the luckiest of them has right by itself.

    With all counts shown the same vote has 85 of 90.
    """
    counts, ladders, luckiest = [], [], []
    for seed in range(8):
        files = np.random.default_rng(seed).integers(0, 3, (400, 90))
        (told,) = counted(ninety, Feedback.HITS, files)
        told = replace(told, shares=np.full((90, 3), 1 / 3))
        counts.append((vote(told, [400])[0] == told.truth).sum())
        ladders.append((vote_through_ladder(told, [400], Ladder())[0] == told.truth).sum())
        luckiest.append(told.counts().max())
    assert np.mean(ladders) <= np.mean(luckiest) + 1
    assert max(ladders) <= 48
    assert min(counts) >= 80
