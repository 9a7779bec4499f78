"""The weighted vote: the published sums of all 90 scans give the published 90 labels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, RELEASED_LABELS
from spgc.systems.thesaviours.votes import Votes, label_of, outer_slices, vote_sums, voted

PUBLISHED = Path(__file__).parents[3] / "leaderboard" / "answers" / "thesaviours"
"""From the result files of COVID-VR, covid-vr/results at 4ee03ba (about.json beside them)."""


def rows(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def published_sums() -> dict[str, Votes]:
    return {
        row["case"]: (
            float(row["votes_covid19"]),
            float(row["votes_cap"]),
            float(row["votes_normal"]),
        )
        for row in rows("votes.csv")
    }


def test_the_published_sums_give_the_published_answers() -> None:
    sums, seen = published_sums(), 0
    for split in ("test1", "test2", "test3"):
        for row in rows(f"{split}.csv"):
            answer = voted(sums[row["Study"]])
            assert RELEASED_LABELS[answer.label] == row["Label"], row["Study"]
            shares = [float(row[f"p_{name}"]) for name in ("covid19", "cap", "normal")]
            assert answer.probabilities == pytest.approx(shares, abs=6e-5), row["Study"]
            seen += 1
    assert seen == len(sums) == 90


def test_every_published_sum_is_one_of_80_or_40_slices() -> None:
    """60 if all 80 slices are normal, 68 if none is; half as much for the eight short scans."""
    totals = [sum(votes) for votes in published_sums().values()]
    assert sum(30 <= total <= 34 for total in totals) == 8
    assert sum(60 <= round(total, 6) <= 68 for total in totals) == 82


def by_hand(classes: list[int]) -> list[float]:
    """Sums of 80 or 40 slices, one slice after the other."""
    outer = 20 if len(classes) >= 80 else 10
    sums = [0.0, 0.0, 0.0]
    for place, kind in enumerate(classes):
        is_outer = place < outer or place >= len(classes) - outer
        sums[kind] += (0.5 if CLASSES[kind] == NORMAL else 0.7) if is_outer else 1.0
    return sums


@pytest.mark.parametrize("slices", [80, 40])
def test_outer_slices_count_less(slices: int) -> None:
    for seed in range(20):
        classes = np.random.default_rng(seed).integers(3, size=slices)
        assert vote_sums(classes) == pytest.approx(by_hand(classes.tolist()))


def test_a_very_short_scan_has_a_quarter_at_each_end() -> None:
    assert [outer_slices(n) for n in (80, 79, 40, 39, 20, 7, 3, 1)] == [20, 10, 10, 9, 5, 1, 0, 0]
    assert vote_sums([0] * 20) == (10 * 1.0 + 10 * 0.7, 0, 0)
    assert vote_sums([2, 2, 1]) == (0, 1, 2)


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ((5, 5, 5), COVID19),
        ((5, 5, 2), COVID19),
        ((5, 2, 5), COVID19),
        ((1, 4, 4), NORMAL),
        ((1, 4.1, 4), CAP),
        ((4, 4.1, 3), CAP),
        ((1, 3, 4), NORMAL),
    ],
)
def test_ties(votes: Votes, label: str) -> None:
    assert label_of(votes) == label


def test_a_tie_of_ten_outer_and_seven_inner_slices_is_one() -> None:
    """Ten times 0.7 is 7: added up as binary fractions it would be more."""
    middle = [CLASSES.index(NORMAL)] * 7 + [CLASSES.index(CAP)] * 33
    classes = [CLASSES.index(COVID19)] * 10 + [CLASSES.index(CAP)] * 10 + middle
    covid19, _, normal = vote_sums([*classes, *[CLASSES.index(CAP)] * 20])
    assert covid19 == normal == 7


def test_without_a_vote_it_is_covid19_and_undecided() -> None:
    answer = voted(vote_sums([]))
    assert answer.label == COVID19
    assert answer.probabilities == pytest.approx((1 / 3, 1 / 3, 1 / 3))
