"""Paired comparisons agree with statsmodels, brute force and simulation."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from spgc.board.board_rows import CHALLENGE, YOURS, BoardRow, of_set, read_board
from spgc.board.bounds import Stratum, against, p_range
from spgc.board.published_answers import published_answers
from spgc.board.published_board import published_board
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError, SubmissionError
from spgc.files.shipped import leaderboard_dir
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.scoring.mcnemar import (
    ALPHA,
    difference_interval,
    exact_p,
    patients_needed,
    power,
    score_statistic,
)
from spgc.scoring.paired import compare
from spgc.submissions.submission import Submission

COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS)
def test_the_exact_test_is_that_of_statsmodels(b: int, c: int) -> None:
    assert exact_p(b, c) == pytest.approx(mcnemar([[5, b], [c, 5]], exact=True).pvalue)
    assert exact_p(b, c) == exact_p(c, b)


@pytest.mark.parametrize(
    ("b", "c"), [(500, 500), (480, 520), (501, 500), (400, 700), (30_000, 31_000), (70_000, 0)]
)
def test_the_exact_test_of_many_patients_is_that_of_scipy(b: int, c: int) -> None:
    """Above a thousand discordant patients it is summed in doubles; the values meet."""
    expected = stats.binomtest(b, b + c, 0.5).pvalue
    assert exact_p(b, c) == pytest.approx(expected, rel=1e-8)


def score_by_hand(b: int, c: int, n: int, delta: float) -> float:
    """Tango's statistic with the likelihood maximised numerically under the hypothesis."""

    def minus_log_likelihood(q: float) -> float:
        p = np.array([q + delta, q, 1 - 2 * q - delta])
        counts = np.array([b, c, n - b - c])
        return -float((counts * np.log(np.maximum(p, 1e-300))).sum())

    low, high = max(0.0, -delta), (1 - delta) / 2
    q = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).x
    return float((b - c - n * delta) / np.sqrt(n * (2 * q + delta - delta**2)))


@settings(max_examples=60)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(5, 60), st.floats(-0.8, 0.8))
def test_the_score_statistic_is_that_of_the_likelihood(
    b: int, c: int, agreed: int, delta: float
) -> None:
    n = b + c + agreed
    expected = score_by_hand(b, c, n, delta)
    assert score_statistic(b, c, n, delta) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@given(COUNTS, COUNTS, COUNTS)
def test_the_interval_holds_the_difference_and_mirrors(b: int, c: int, agreed: int) -> None:
    n = b + c + agreed
    if n == 0:
        return
    low, high = difference_interval(b, c, n)
    assert -1 <= low <= (b - c) / n <= high <= 1
    assert difference_interval(c, b, n) == pytest.approx((-high, -low), abs=1e-9)


def test_power_is_what_simulation_finds() -> None:
    random, draws = np.random.default_rng(0), 20_000
    for patients, a, b in ((200, 0.12, 0.04), (60, 0.3, 0.1), (500, 0.1, 0.07)):
        drawn = random.multinomial(patients, (a, b, 1 - a - b), size=draws)
        share = np.mean([exact_p(int(x), int(y)) < ALPHA for x, y, _ in drawn])
        assert power(patients, a, b) == pytest.approx(share, abs=0.012)


def test_patients_needed_reach_the_power_and_few_fewer_do() -> None:
    needed = patients_needed(10, 6, 90)
    assert needed is not None
    assert power(needed, 10 / 90, 6 / 90) >= 0.8 > power(int(needed * 0.9), 10 / 90, 6 / 90)
    assert patients_needed(5, 5, 90) is None
    assert patients_needed(45, 44, 90) is None, "more than anyone will scan"
    assert patients_needed(30, 0, 30) is not None


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3
    )
)
def test_bounds_are_those_of_every_possible_set_of_answers(
    raw: list[tuple[int, int, int]],
) -> None:
    """Brute force: every way in which the other system's right answers can fall on patients."""
    strata = [Stratum(n, min(u, n), min(t, n)) for n, u, t in raw]
    mine = [[i < s.yours for i in range(s.size)] for s in strata]
    patterns = [
        [p for p in product((False, True), repeat=s.size) if sum(p) == s.theirs] for s in strata
    ]
    values = set()
    for theirs in product(*patterns):
        pairs = [pair for m, t in zip(mine, theirs, strict=True) for pair in zip(m, t, strict=True)]
        values.add(exact_p(pairs.count((True, False)), pairs.count((False, True))))
    _, lowest, highest = p_range(strata)
    assert (lowest, highest) == (min(values), max(values))


BOARD = read_board(leaderboard_dir(), SPGC)


def test_a_perfect_submission_is_separable_from_all_but_the_best() -> None:
    row = BoardRow("me", YOURS, "overall", (35, 20, 35), (35, 20, 35), 90, "", challenge=SPGC)
    verdicts = {b.team: b.verdict for b in against([row], BOARD)}
    assert len(verdicts) == 17
    assert set(verdicts.values()) == {"separable"}
    assert all(b.lowest_p == b.highest_p for b in against([row], BOARD)), "nothing is left open"


def test_only_certain_tables_refine_the_bounds() -> None:
    """CNR-IEMN's rows: 2 strata on test1, 3 each on test2 and test3, of those that are certain."""
    rows = [r for r in BOARD if r.team == "CNR-IEMN" and r.set_name != "val"]
    own = [
        BoardRow("me", YOURS, r.set_name, r.cases, r.hits, r.total_hits, "", challenge=SPGC)
        for r in rows
    ]
    bounds = {(b.set_name, b.team): b for b in against(own, BOARD)}
    assert bounds["overall", "CNR-IEMN"].strata == 2 + 3 + 3
    assert bounds["overall", "LLSCP"].strata == 1
    assert bounds["overall", "CNR-IEMN"].lowest_p == 1.0
    doubted = [replace(r, set_certain=r.set_name not in ("test2", "test3")) for r in BOARD]
    bounds = {(b.set_name, b.team): b for b in against(own, doubted)}
    assert bounds["overall", "CNR-IEMN"].strata == 2 + 3
    assert not bounds["test2", "IITDelhi"].set_certain


def test_phantoms_and_unpublished_sets_are_not_compared() -> None:
    row = of_set(BOARD, "test2", CHALLENGE)[0]
    fake = BoardRow(
        "me",
        YOURS,
        "test2",
        row.cases,
        row.hits,
        row.total_hits,
        "",
        foreign="SYNTHETIC",
        challenge=SPGC,
    )
    with pytest.raises(SubmissionError, match="other scans"):
        against([fake], BOARD)
    with pytest.raises(SubmissionError, match="no published row"):
        against(
            [BoardRow("me", YOURS, "test4", (16, 8, 16), (1, 1, 1), 3, "", challenge=SPGC)], BOARD
        )


def test_flips_name_the_patients(tiny: Manifest) -> None:
    a = Submission({"T2-001": COVID19, "T2-002": NORMAL, "T2-003": CAP})
    b = Submission({"T2-001": CAP, "T2-002": CAP, "T2-003": COVID19})
    result = compare(a, b, tiny)
    assert [(f.case, f.kind) for f in result.flips] == [
        ("T2-001", "only a"),
        ("T2-002", "only b"),
        ("T2-003", "both wrong"),
    ]
    (group,) = result.groups
    assert (group.only_a, group.only_b, group.both_wrong_apart, group.p) == (1, 1, 1, 1.0)
    assert group.difference == 0
    assert group.needed is None


def test_submissions_without_a_common_split_are_refused(tiny: Manifest) -> None:
    a = Submission({"T2-001": CAP, "T2-002": CAP, "T2-003": CAP})
    b = Submission({"T1-001": CAP, "T1-002": CAP})
    with pytest.raises(SubmissionError, match="share no split"):
        compare(a, b, tiny)


def test_a_case_without_a_label_is_named_and_its_set_not_left_out(tiny: Manifest) -> None:
    bare = tiny["T2-002"]
    cases = Manifest({**tiny.cases, "T2-002": Case("T2-002", None, bare.split, "", "own")})
    answers = Submission(dict.fromkeys(tiny.cases, CAP))
    with pytest.raises(DataError, match="1 cases of test2 have no known label"):
        compare(answers, answers, cases)


# Only the first right and only the second right of each pair on the 90 ranked scans.
PAIRS = {
    ("TheSaviours", "COVID-VR"): (8, 5),
    ("TheSaviours", "COVNet"): (24, 4),
    ("TheSaviours", "DeCoVNet"): (38, 4),
    ("TheSaviours", "RoI-Aware ResNet"): (6, 5),
    ("COVID-VR", "COVNet"): (18, 1),
    ("COVID-VR", "DeCoVNet"): (33, 2),
    ("COVID-VR", "RoI-Aware ResNet"): (5, 7),
    ("COVNet", "DeCoVNet"): (24, 10),
    ("COVNet", "RoI-Aware ResNet"): (4, 23),
    ("DeCoVNet", "RoI-Aware ResNet"): (3, 36),
}


def test_published_answers_are_compared_exactly_and_inside_their_bounds(
    manifest: Manifest,
) -> None:
    """The two ways agree with the comparison of files, and exact values lie within the bounds."""
    named = {one.team: one for one in published_answers(SPGC)}
    board = {r.team: r for r in of_set(published_board(SPGC), "overall") if r.answers}
    assert len(board) == 5
    for a, b in combinations(board, 2):
        files = compare(named[a].submission, named[b].submission, manifest)
        pooled = next(g for g in files.groups if g.name == "overall")
        (exact,) = against([board[a]], [board[b]])
        blind = replace(board[b], scored=(), group=CHALLENGE)
        (bound,) = against([board[a]], [blind])
        assert (exact.basis, bound.basis) == ("exact", "bound")
        assert exact.lowest_p == exact.highest_p == pooled.p
        assert exact.only_yours == (pooled.only_a, pooled.only_a)
        assert bound.lowest_p <= pooled.p <= bound.highest_p
        assert bound.only_yours[0] <= pooled.only_a <= bound.only_yours[1]
        assert (pooled.only_a, pooled.only_b) == PAIRS[a, b], (a, b)
