"""Published answers, scan by scan, give the counts of their sources and of the printed board."""

from __future__ import annotations

import csv

import pytest

from spgc.board.audit import audit, settled_by
from spgc.board.board_rows import CHALLENGE, BoardRow, of_set, read_board
from spgc.board.claims import read_claims
from spgc.board.published_answers import FOLDER, published_answers
from spgc.board.published_board import published_board, rows_of_answers
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests
from spgc.files.shipped import leaderboard_dir
from spgc.protocol import CLASSES, RANKED_SPLITS
from spgc.scoring.score import score

MANIFEST = read_manifests()
ANSWERS = {one.name: one for one in published_answers(SPGC)}
ROWS: dict[tuple[str, str], BoardRow] = {
    (one.name, row.set_name): row
    for one in ANSWERS.values()
    for row in rows_of_answers(one, MANIFEST)
}

# What each source says it has right, by set: in all, then COVID-19, CAP, Normal where told.
TOLD = {
    ("thesaviours", "test1"): (26,),
    ("thesaviours", "test2"): (26,),
    ("thesaviours", "test3"): (29,),
    ("thesaviours", "overall"): (81, 30, 18, 33),
    ("covid-vr", "test1"): (28,),
    ("covid-vr", "test2"): (20,),
    ("covid-vr", "test3"): (30,),
    ("covid-vr", "overall"): (78, 33, 18, 27),
    ("covid-vr", "val"): (89, 49, 16, 24),
    ("covnet", "test1"): (22,),
    ("covnet", "test2"): (17,),
    ("covnet", "test3"): (22,),
    ("covnet", "overall"): (61, 27, 14, 20),
    ("covnet", "val"): (76, 41, 15, 20),
    ("decovnet", "test1"): (11,),
    ("decovnet", "test2"): (15,),
    ("decovnet", "test3"): (21,),
    ("decovnet", "overall"): (47, 20, 20, 7),
    ("decovnet", "val"): (66, 41, 15, 10),
    ("thesaviours-retrained", "val"): (73, 39, 16, 18),
    ("roi-aware-resnet", "test1"): (29,),
    ("roi-aware-resnet", "test2"): (23,),
    ("roi-aware-resnet", "test3"): (28,),
    ("roi-aware-resnet", "test4"): (35,),
    ("roi-aware-resnet", "overall"): (80, 30, 18, 32),
    ("roi-aware-resnet", "test1-4"): (115,),
}


@pytest.mark.parametrize(("key", "told"), TOLD.items(), ids=lambda value: "-".join(map(str, value)))
def test_counts_are_those_of_the_sources(key: tuple[str, str], told: tuple[int, ...]) -> None:
    row = ROWS[key]
    assert (row.total_hits, *row.hits)[: len(told)] == told


def test_every_set_answered_has_a_row_and_a_source() -> None:
    assert set(ROWS) == set(TOLD)
    for one in ANSWERS.values():
        assert one.about["licence"]
        assert one.about["who_ran"]
        assert one.about["source"]["commit"]


def test_rows_are_what_the_scorer_says() -> None:
    """The board's counts and `spgc score` are of one mind."""
    compared = []
    for one in ANSWERS.values():
        groups = {group.name: group.confusion for group in score(one.submission, MANIFEST).groups}
        for name in groups:
            if (one.name, name) in ROWS:
                compared.append((one.name, name))
                row, counted = ROWS[one.name, name], groups[name]
                assert row.total_hits == counted.accuracy.hits
                rates = [counted.sensitivity(i) for i in range(len(CLASSES))]
                assert row.hits == tuple(r.hits if r.total else None for r in rates)
                assert row.cases == tuple(r.total for r in rates)
    assert sorted(compared) == sorted(ROWS)


def test_the_winners_answers_are_their_row_and_tell_the_tables_apart() -> None:
    """Figure 11 to the patient; Table 6 is test2 by class, and only test3 has Table 8's total.

    By total alone Table 6 could be test1, which has no CAP scans: Table 7 is.
    """
    printed = {
        row.set_name: row
        for row in read_board(leaderboard_dir(), SPGC)
        if row.team == "TheSaviours"
    }
    overall = ROWS["thesaviours", "overall"]
    assert (overall.hits, overall.total_hits) == (printed["overall"].hits, 81)
    fits = {
        table: [n for n in RANKED_SPLITS if ROWS["thesaviours", n].total_hits == row.total_hits]
        for table, row in printed.items()
    }
    assert (fits["test2"], fits["test3"]) == (["test1", "test2"], ["test3"])
    assert ROWS["thesaviours", "test2"].hits == printed["test2"].hits


def test_the_board_takes_answers_before_print() -> None:
    board = {(r.team, r.set_name): r for r in published_board(SPGC) if r.group == CHALLENGE}
    settled = board["TheSaviours", "test3"]
    assert (settled.hits, settled.total_hits, settled.doubt) == ((9, 10, 10), 29, None)
    assert settled.note is not None
    assert "printed with 9, 9, 9" in settled.note
    assert settled.position == 3
    assert board["TheSaviours", "test1"].position is None
    assert board["CNR-IEMN", "overall"].answers is None
    teams = [row.team for row in of_set(published_board(SPGC), "overall", CHALLENGE)]
    assert len(teams) == len(set(teams)) == 17


def test_the_audit_says_what_published_answers_settle() -> None:
    findings = settled_by(audit(read_claims(leaderboard_dir(), SPGC), SPGC), published_board(SPGC))
    settled = {(f.team, f.set_name) for f in findings if f.settled}
    assert settled == {("TheSaviours", "test3"), ("TheSaviours", "test2+test3")}
    for finding in findings:
        assert ("Resolved by published predictions" in finding.what) == finding.settled
    assert {f.team for f in findings if f.contradiction and not f.settled} >= {"LLSCP", "SSU"}


def test_votes_make_the_winners_classes() -> None:
    """COVID-19 wins ties, then CAP has to beat both, else Normal; shares are votes by their sum."""
    one = ANSWERS["thesaviours"]
    with (leaderboard_dir() / FOLDER / "thesaviours" / "votes.csv").open() as file:
        votes = {
            row["case"]: tuple(float(row[f"votes_{n}"]) for n in ("covid19", "cap", "normal"))
            for row in csv.DictReader(file)
        }
    assert votes.keys() == one.submission.predictions.keys()
    assert one.submission.probabilities is not None
    for case, (covid, cap, normal) in votes.items():
        best = 0 if covid >= max(cap, normal) else 1 if cap > max(covid, normal) else 2
        assert one.submission.predictions[case] == CLASSES[best], case
        shares = [vote / (covid + cap + normal) for vote in (covid, cap, normal)]
        assert one.submission.probabilities[case] == pytest.approx(shares, abs=1e-4)


def test_validation_ids_confirm_the_recovered_list() -> None:
    """A source that used the competition's own split names the same 98 scans."""
    val = {case.case_id for case in MANIFEST.split("val")}
    for name in ("covid-vr", "covnet", "decovnet", "thesaviours-retrained"):
        assert val <= ANSWERS[name].submission.predictions.keys()
