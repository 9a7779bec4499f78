"""Honest ranking: against honestboard, errorbars, statsmodels, brute force and simulation.

honestboard and errorbars are two outside packages for leaderboards; both take answers right or
wrong by case, so the rows with published answers serve them as they stand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from random import Random

import errorbars.leaderboard
import honestboard
import honestboard.frontier
import numpy as np
import pytest
from errorbars.compare import mcnemar_exact
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from spgc.board.board_rows import CHALLENGE, OWN, YOURS, BoardRow, of_set
from spgc.board.honest import Honest, better_p, drawn_rank_intervals, honest
from spgc.board.pairs import MOST_GROUPS, groups_of, holm, pairs_of
from spgc.board.published_board import published_board
from spgc.board.rank_intervals import paired_totals, rank_intervals
from spgc.board.resampling import drawn_totals
from spgc.challenge.spgc_challenge import SPGC
from spgc.protocol import CAP, COVID19
from spgc.report.honest_tables import honest_findings
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.mcnemar import exact_p
from spgc.scoring.scored_cases import ScoredCase

BOARD = published_board(SPGC)
ANSWERED = sorted(
    (row for row in of_set(BOARD, "overall") if row.scored), key=lambda row: -row.total_hits
)
SCANS = sorted(scan.case for scan in ANSWERED[0].scored)
MATRIX = np.array([[case in row.right for case in SCANS] for row in ANSWERED], dtype=np.uint8)
OUTSIDE = honestboard.Board([row.team for row in ANSWERED], MATRIX)


def judged(set_name: str) -> Honest:
    made = honest(set_name, of_set(BOARD, set_name), BOARD)
    assert made is not None
    return made


OVERALL = judged("overall")


def row_of(name: str, right: str, truths: list[str], group: str = CHALLENGE) -> BoardRow:
    """A row on made-up scans; `right` has a 1 for each scan that it has right."""
    scans = tuple(
        ScoredCase(f"c{i}", "s", truth, truth if mark == "1" else "?", None, SPGC.names)
        for i, (mark, truth) in enumerate(zip(right, truths, strict=True))
    )
    counts = [truths.count(name) for name in (COVID19, CAP)]
    hits = [sum(s.right for s in scans if s.truth == name) for name in (COVID19, CAP)]
    return BoardRow(
        name,
        group,
        "overall",
        (*counts, 0),
        (*hits, None),
        sum(hits),
        "",
        scored=scans,
        challenge=SPGC,
    )


def test_both_outside_packages_find_the_same_exact_p() -> None:
    for i, j in combinations(range(len(ANSWERED)), 2):
        a, b = ANSWERED[i], ANSWERED[j]
        p = exact_p(len(a.right - b.right), len(b.right - a.right))
        assert p == pytest.approx(OUTSIDE.compare(i, j, B=10)["p_exact_mcnemar"], rel=1e-12)
        assert p == pytest.approx(mcnemar_exact(MATRIX[i], MATRIX[j]).p_value, rel=1e-12)


def test_holm_is_that_of_errorbars_and_statsmodels() -> None:
    values = [pair.p[0] for pair in pairs_of(ANSWERED, BOARD)]
    assert holm(values) == pytest.approx(errorbars.leaderboard.holm_correction(values))
    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_of_any_values_is_that_of_statsmodels(values: list[float]) -> None:
    expected = multipletests(values, method="holm")[1] if values else []
    assert holm(values) == pytest.approx(list(expected))


def test_groups_are_those_of_errorbars() -> None:
    pairs = pairs_of(ANSWERED, BOARD)
    nodes = [row.team for row in ANSWERED]
    alike = {
        frozenset((nodes[pair.a], nodes[pair.b])) for pair in pairs if pair.told == "not apart"
    }
    expected = errorbars.leaderboard._maximal_cliques(nodes, alike)
    found = [[nodes[i] for i in group] for group in groups_of(range(len(nodes)), pairs) or ()]
    assert (
        found
        == expected
        == [["TheSaviours", "RoI-Aware ResNet", "COVID-VR"], ["COVNet", "DeCoVNet"]]
    )


@given(st.integers(1, 7), st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_groups_are_all_maximal_sets_without_an_apart_pair(
    count: int, raw: set[tuple[int, int]]
) -> None:
    """Brute force over every set of rows."""
    apart = {frozenset(p) for p in raw if p[0] != p[1] and max(p) < count}
    pairs = [
        replace(OVERALL.pairs[0], a=i, b=j, holm=(0.0, 0.0) if {i, j} in apart else (1.0, 1.0))
        for i, j in combinations(range(count), 2)
    ]
    good = [
        set(some)
        for size in range(1, count + 1)
        for some in combinations(range(count), size)
        if not any(frozenset(two) in apart for two in combinations(some, 2))
    ]
    expected = [sorted(s) for s in good if not any(s < other for other in good)]
    assert groups_of(range(count), pairs) == sorted(expected)


def test_who_may_be_the_best_is_what_honestboards_exact_test_says() -> None:
    """Its exact frontier of systems that all cost the same is the set of possible best ones."""
    expected = honestboard.frontier.exact_frontier_set(OUTSIDE, dict.fromkeys(OUTSIDE.names, 1.0))
    made = honest("overall", ANSWERED, BOARD)
    assert made is not None
    kept = [one.row.team for one in made.standings if one.may_be_best == "yes"]
    assert kept == expected["frontier_set_exact"] == ["TheSaviours", "RoI-Aware ResNet", "COVID-VR"]
    assert all(one.may_be_best != "undetermined" for one in made.standings)
    rows = [one.row for one in made.standings]
    for i, row in enumerate(rows):
        rivals = [better_p(pair, i, rows) for pair in made.pairs if i in (pair.a, pair.b)]
        assert all(low == high for low, high in rivals)
        assert min(rivals)[0] == pytest.approx(expected["min_rival_p"][row.team])
    simulated = set(OUTSIDE.confidence_set_best(B=2000)["members"])
    assert simulated <= set(kept), "the bootstrap's set is no larger than the exact one"


def test_rank_ranges_are_those_of_honestboards_bootstrap() -> None:
    made = honest("overall", ANSWERED, BOARD)
    assert made is not None
    theirs = {one["name"]: one for one in OUTSIDE.rank_summary()}
    for one in made.standings:
        ranks = (theirs[one.row.team]["rank_lo"], theirs[one.row.team]["rank_hi"])
        assert one.ranks == pytest.approx(ranks, abs=1)
        assert one.top == pytest.approx(theirs[one.row.team]["p_best"], abs=0.04)


def test_the_winners_correction_is_that_of_honestboards_bootstrap() -> None:
    """It draws patients of all classes together, which moves the bias a little."""
    rows = [replace(row, group=CHALLENGE) for row in ANSWERED]
    made = honest("overall", rows, BOARD)
    assert made is not None and made.winner is not None
    theirs = OUTSIDE.winner_bootstrap(iterate=False)
    assert made.winner.teams == (theirs["name"],) == ("TheSaviours",)
    assert made.winner.corrected == pytest.approx(theirs["estimate"], abs=0.004)
    assert made.winner.interval == pytest.approx(theirs["ci"], abs=0.02)


def test_hidden_answers_leave_open_what_they_decide_and_contradict_nothing() -> None:
    """Every finding from counts alone holds for the answers that are known."""
    blind = [replace(row, scored=()) if i % 2 else row for i, row in enumerate(ANSWERED)]
    known, unknown = pairs_of(ANSWERED, BOARD), pairs_of(blind, BOARD)
    for exact, bound in zip(known, unknown, strict=True):
        assert exact.basis == "exact"
        low, high = bound.p
        assert low <= exact.p[0] <= high
        assert bound.only_a[0] <= exact.only_a[0] <= bound.only_a[1]
    open_made, made = honest("overall", blind, BOARD), honest("overall", ANSWERED, BOARD)
    assert made is not None and open_made is not None
    for one, other in zip(made.standings, open_made.standings, strict=True):
        assert other.may_be_best in (one.may_be_best, "undetermined")


TRUTHS = [COVID19, COVID19, COVID19, CAP, CAP]


@pytest.mark.parametrize("others", [["01101"], ["01101", "11010"]])
def test_paired_totals_are_those_of_every_possible_draw(others: list[str]) -> None:
    """All 27 x 4 ways to draw three and two patients with replacement; two others by draws."""
    mine, *theirs = (row_of("r", right, TRUTHS) for right in ("10110", *others))
    seen: Counter[tuple[int, int]] = Counter()
    for first in product((0, 1, 2), repeat=3):
        for second in product((3, 4), repeat=2):
            drawn = [f"c{i}" for i in (*first, *second)]
            totals = [sum(c in row.right for c in drawn) for row in (mine, *theirs)]
            seen[totals[0], sum(t > totals[0] for t in totals[1:])] += 1
    expected = {key: count / 108 for key, count in seen.items()}
    exact = len(others) == 1
    assert paired_totals(mine, theirs) == pytest.approx(expected, abs=1e-12 if exact else 0.02)


def test_the_users_rank_interval_is_that_of_a_bootstrap_with_the_winners_patients() -> None:
    """Drawn with numpy: TheSaviours and the user get the same patients, all others their own."""
    published = of_set(BOARD, "overall", CHALLENGE)
    mine = replace(next(r for r in ANSWERED if r.team == "COVID-VR"), group=YOURS)
    random, draws = np.random.default_rng(0), 40_000
    truths = np.array([next(s.truth for s in mine.scored if s.case == case) for case in SCANS])
    weights = (
        np.concatenate(
            [
                random.multinomial(n, np.where(truths == name, 1 / n, 0.0), draws)
                for name in sorted(set(truths))
                if (n := int((truths == name).sum()))
            ]
        )
        .reshape(-1, draws, 90)
        .sum(axis=0)
    )

    def total(row: BoardRow) -> np.ndarray:
        if row.scored:
            return weights @ np.array([case in row.right for case in SCANS])
        if not row.consistent:
            return random.binomial(90, row.total_hits / 90, draws)
        pairs = zip(row.hits, row.cases, strict=True)
        return sum(random.binomial(n, (hits or 0) / n, draws) for hits, n in pairs)

    own = total(mine)
    ranks = 1 + sum((total(row) > own).astype(int) for row in published)
    low, high = np.quantile(ranks, [0.025, 0.975], method="inverted_cdf")
    (found,) = rank_intervals([mine], published)
    assert found == pytest.approx((low, high), abs=1)
    assert found == (1, 8)


@pytest.mark.parametrize("count", [1, 2])
def test_a_row_never_ranks_below_its_own_twin(count: int) -> None:
    """Same answers, same patients: a twin is never ahead; drawn by itself it often is."""
    twins = [replace(ANSWERED[0], team=f"twin {i}") for i in range(count)]
    mine = replace(ANSWERED[0], group=YOURS)
    assert rank_intervals([mine, replace(mine, scored=())], twins) == [(1, 1), (1, 1 + count)]


def test_draws_of_a_row_have_its_own_mean_with_answers_and_without() -> None:
    rows = of_set(BOARD, "overall")
    for row, totals in zip(rows, drawn_totals(rows, 4000), strict=True):
        assert np.mean(totals) == pytest.approx(row.total_hits, abs=0.35), row.team
    assert drawn_totals(rows, 50) == drawn_totals(rows, 50)


def boards(random: np.random.Generator, shares: list[float], patients: int) -> list[BoardRow]:
    """Systems with these chances of being right; hard patients are hard for all."""
    hard = random.normal(0, 0.15, patients)
    truths = [COVID19] * patients
    chances = np.clip(np.array(shares)[:, None] + hard, 0, 1)
    right = random.random((len(shares), patients)) < chances
    return [row_of(f"s{i}", "".join("01"[int(x)] for x in r), truths) for i, r in enumerate(right)]


def test_the_best_is_rarely_ruled_out_and_the_worst_often_is() -> None:
    random = np.random.default_rng(1)
    lost = found = 0
    for _ in range(200):
        rows = boards(random, [0.8, 0.8, 0.75, 0.45], 60)
        made = honest("overall", rows, [], draws=1)
        assert made is not None
        named = {one.row.team: one.may_be_best for one in made.standings}
        lost += named["s0"] == "no"
        found += named["s3"] == "no"
    assert lost <= 200 * 0.05
    assert found > 150


def test_the_corrected_score_of_a_winner_is_nearer_to_its_true_share() -> None:
    """Eight equal systems: the best one's score is luck alone, and most of it is taken off."""
    random, shares = np.random.default_rng(2), [0.75] * 8
    naive, corrected = [], []
    for _ in range(60):
        made = honest("overall", boards(random, shares, 60), [], draws=200)
        assert made is not None and made.winner is not None
        naive.append(made.winner.right / made.winner.patients - 0.75)
        corrected.append(made.winner.corrected - 0.75)
    assert np.mean(naive) > 0.05
    assert abs(np.mean(corrected)) < 0.6 * np.mean(naive)


def test_figures_of_the_published_answers() -> None:
    """Team: rank interval, may be best, letters, told apart from, undetermined."""
    told = {
        one.row.team: (one.ranks, one.may_be_best, one.groups, one.apart, one.undetermined)
        for one in OVERALL.standings
    }
    assert told["TheSaviours"] == ((1, 6), "yes", "a", 6, 4)
    assert told["RoI-Aware ResNet"] == ((1, 7), "yes", "a", 6, 4)
    assert told["COVID-VR"] == ((1, 9), "yes", "a", 6, 3)
    assert told["COVNet"] == ((10, 16), "no", "b", 3, 7)
    assert told["DeCoVNet"] == ((17, 18), "no", "b", 6, 6)
    assert told["CNR-IEMN"] == ((3, 12), "yes", "", 4, 1)
    assert told["Winter"][1] == "undetermined"
    won = OVERALL.winner
    assert won is not None
    assert (won.teams, won.right, won.rivals) == (("TheSaviours",), 81, 16)
    assert won.corrected == pytest.approx(0.8693, abs=1e-4)
    assert won.interval == pytest.approx((74 / 90, 82 / 90))
    groups = {
        name: {one.row.team: one.groups for one in judged(name).standings if one.groups}
        for name in ("val", "test2")
    }
    assert groups["val"] == {
        "COVID-VR": "a",
        "COVNet": "ab",
        "TheSaviours retrained": "b",
        "DeCoVNet": "b",
    }
    assert set(groups["test2"].values()) == {"a"}, "30 scans tell none of them apart"


def test_the_findings_in_words() -> None:
    told = " ".join(honest_findings(OVERALL))
    assert "10 of 21 may be the best (95 %), and 3 undetermined: TheSaviours, IITDelhi" in told
    assert "TheSaviours had the highest accuracy of 17 teams: 81/90 = 90.0 %" in told
    assert "86.9 % (82.2–91.1, bootstrap)" in told
    assert "7 teams that are printed" in " ".join(honest_findings(judged("test1")))


@given(st.integers(1, 6), st.integers(1, 60), st.integers(0, 99))
def test_rank_intervals_count_the_higher_totals_of_each_draw(
    rows: int, draws: int, seed: int
) -> None:
    """Slow transcription: one more than there are higher totals, the middle 95 % of draws."""
    random = Random(seed)  # noqa: S311 - no secret
    totals = [[random.randrange(5) for _ in range(draws)] for _ in range(rows)]
    cut = int((1 - CONFIDENCE) / 2 * (draws - 1))
    expected = []
    for i in range(rows):
        ranks = sorted(
            1 + sum(totals[j][d] > totals[i][d] for j in range(rows)) for d in range(draws)
        )
        expected.append((ranks[cut], ranks[-1 - cut]))
    assert drawn_rank_intervals(totals) == expected


def couples(count: int) -> list[BoardRow]:
    """Couples of systems: the second has 20 scans less right than the first, else they are alike.

    Between couples chance decides scan by scan, so that no two are told apart.
    """
    random = Random(0)  # noqa: S311 - no secret
    truths = [(CAP, COVID19)[i % 2] for i in range(400)]
    rows = []
    for k in range(count):
        order = random.sample(range(400), 400)
        for name, right in (("more", set(order[:290])), ("less", set(order[:270]))):
            marks = "".join("01"[i in right] for i in range(400))
            rows.append(row_of(f"{name} {k}", marks, truths, OWN))
    return rows


def test_letters_are_left_out_where_groups_are_too_many_to_tell_anything() -> None:
    few, many = couples(6), couples(7)
    shown, bare = honest("overall", few, few, draws=20), honest("overall", many, many, draws=20)
    assert shown is not None
    assert bare is not None
    assert shown.grouped
    assert not any("Alike" in line for line in honest_findings(shown))
    assert [one.groups for one in bare.standings] == [None] * 14
    assert [one.apart for one in bare.standings] == [1] * 14
    assert f"Alike is left out: there are more than {MOST_GROUPS} groups" in " ".join(
        honest_findings(bare)
    )
    assert {one["groups"] for one in bare.as_dict()["standings"]} == {None}
