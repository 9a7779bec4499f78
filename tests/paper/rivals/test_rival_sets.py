"""Sets of patients: all systems on the same ones, and beside what the teams published."""

from __future__ import annotations

import pytest

from spgc.board.board_rows import CHALLENGE, read_board
from spgc.board.published_answers import answers_named
from spgc.challenge.spgc_challenge import SPGC
from spgc.contract.offers import BUILT_IN
from spgc.data.manifests import Case, Manifest
from spgc.files.shipped import leaderboard_dir
from spgc.paper.rivals.entrants import Entrant
from spgc.paper.rivals.rival_sets import main_set, sets_of
from spgc.paper.rivals.rival_steps import RivalResult
from spgc.paper.rivals.teams import TEAMS, published_row
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, RANKED_SPLITS
from spgc.submissions.submission import Submission


def result(name: str, answers: dict[str, str], **more: object) -> RivalResult:
    return RivalResult(Entrant(name, {}), answers=Submission(answers), **more)  # type: ignore[arg-type]


@pytest.fixture
def forty() -> Manifest:
    """40 patients of one's own in test2, all COVID-19."""
    cases = [Case(f"A{n:02}", COVID19, "test2", "made up", "own") for n in range(40)]
    return Manifest({case.case_id: case for case in cases})


def answers_of(manifest: Manifest, right: range) -> dict[str, str]:
    return {
        case.case_id: COVID19 if number in right else CAP for number, case in enumerate(manifest)
    }


def test_pairs_are_corrected_for_their_number(forty: Manifest) -> None:
    """7 to 0 is p = 1/64; 3 pairs of which it is the least: three times that. By hand."""
    results = [
        result("a", answers_of(forty, range(20))),
        result("b", answers_of(forty, range(13))),
        result("c", answers_of(forty, range(18))),
    ]
    (one,) = sets_of(results, forty)
    assert [p.row.team for p in one.placed] == ["a", "c", "b"]
    assert one.honest is not None
    found = {frozenset((p.a, p.b)): p for p in one.honest.pairs}
    names = [s.row.team for s in one.honest.standings]
    ab = found[frozenset((names.index("a"), names.index("b")))]
    assert ab.p == pytest.approx((1 / 64, 1 / 64))
    assert ab.holm == pytest.approx((3 / 64, 3 / 64))
    assert ab.told == "apart"
    ac = found[frozenset((names.index("a"), names.index("c")))]
    assert ac.p == pytest.approx((0.5, 0.5))


def test_only_patients_that_all_answered(forty: Manifest) -> None:
    """A system without an answer for a patient takes it from the others as well."""
    less = answers_of(forty, range(20))
    del less["A00"], less["A39"]
    (one,) = sets_of([result("a", answers_of(forty, range(20))), result("b", less)], forty)
    assert (one.patients, one.of, one.whole) == (38, 40, False)
    assert {p.row.team: p.row.total_hits for p in one.placed} == {"a": 19, "b": 19}


def test_who_failed_takes_no_patient_from_the_others(forty: Manifest) -> None:
    failed = RivalResult(Entrant("b", {}), failure="training: it broke")
    none = result("c", {})
    (one,) = sets_of([result("a", answers_of(forty, range(20))), failed, none], forty)
    assert (one.patients, [p.row.team for p in one.placed]) == (40, ["a"])
    assert one.refused == {"b": "failed in training: it broke", "c": "no predictions"}
    assert one.honest is None


def test_published_answers_made_again(manifest: Manifest) -> None:
    """TheSaviours' own answers as a system's: their row of Figure 11, and no difference to it."""
    answers = answers_named("thesaviours", SPGC)
    sets = sets_of([result("thesaviours", dict(answers.submission.predictions))], manifest)
    main = main_set(sets)
    assert main is not None
    assert (main.name, main.patients, main.placed[0].row.total_hits) == ("overall", 90, 81)
    assert main.published["thesaviours"].total_hits == 81
    bound = main.against["thesaviours"]
    assert (bound.difference, bound.basis, bound.highest_p) == (0, "exact", 1.0)


def test_against_a_team_whose_answers_are_unpublished(manifest: Manifest) -> None:
    """All Normal against CNR-IEMN's 73: the counts bound the test."""
    cases = [case for name in RANKED_SPLITS for case in manifest.split(name)]
    normal = {case.case_id: NORMAL for case in cases}
    main = main_set(sets_of([result("cnr-iemn", normal)], manifest))
    assert main is not None
    bound = main.against["cnr-iemn"]
    assert (bound.yours, bound.theirs, bound.basis, bound.verdict) == (35, 73, "bound", "separable")


def test_phantoms_are_never_held_against_published_rows(manifest: Manifest) -> None:
    cases = [
        Case(f"syn-{n}", label, "test2", "drawn", "synthetic")
        for n, label in enumerate([name for name in CLASSES for _ in range(10)])
    ]
    drawn = Manifest({case.case_id: case for case in cases})
    answers = {case.case_id: case.label or "" for case in cases}
    (one,) = sets_of([result("cnr-iemn", answers)], drawn)
    assert one.synthetic
    assert one.published["cnr-iemn"].total_hits == 24
    assert one.against == {}


def test_each_team_stands_on_the_board() -> None:
    teams = {row.team for row in read_board(leaderboard_dir(), SPGC) if row.group == CHALLENGE}
    assert set(TEAMS.values()) <= teams
    ours = {"density", "astra"}
    assert set(BUILT_IN) - ours <= set(TEAMS), "a system of a team names it in TEAMS"
    assert published_row("density", "overall") is None
