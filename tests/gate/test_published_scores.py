"""The gate on real answers: stored figures of the published ones, and baselines made from them."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path

import pytest
from scipy import stats
from typer.testing import CliRunner

from spgc.board import rank_intervals
from spgc.board.published_answers import published_answers
from spgc.challenge.spgc_challenge import SPGC
from spgc.cli.app import app
from spgc.data.manifests import read_manifests
from spgc.errors import DataError
from spgc.files.shipped import leaderboard_dir
from spgc.gate import published_scores
from spgc.gate.baseline import baseline_path, read_baseline, write_baseline
from spgc.gate.judge import judge
from spgc.gate.published_scores import MOST_NAMED, changes, check_published, figures, published_path
from spgc.gate.real import real_baseline, real_baselines
from spgc.protocol import CLASSES
from spgc.scoring import mcnemar
from spgc.scoring.intervals import clopper_pearson

FROZEN = json.loads(published_path().read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def now() -> dict[str, object]:
    return figures(SPGC)


def test_the_frozen_figures_are_todays(now: dict[str, object]) -> None:
    """After a wanted change: spgc regress --update."""
    assert list(changes(FROZEN, now)) == []


def test_frozen_intervals_and_p_are_scipys() -> None:
    """What is frozen is right, not only unchanged."""
    assert {"rows", "pairs"} <= FROZEN["sets"]["overall"].keys()
    for made in FROZEN["sets"].values():
        for row in made["rows"].values():
            exact = stats.binomtest(row["right"], sum(row["scans"])).proportion_ci(method="exact")
            assert row["exact"] == pytest.approx(list(exact), abs=1e-8)
            wilson = stats.binomtest(row["right"], sum(row["scans"])).proportion_ci(method="wilson")
            assert row["wilson"] == pytest.approx(list(wilson), abs=1e-8)
            assert len(row["wrong"]) == sum(row["scans"]) - row["right"]
        for pair in made.get("pairs", {}).values():
            only_a = pair["only_a"][0]
            only_b = only_a - pair["difference"]
            p = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
            assert pair["p"] == pytest.approx([p, p], abs=1e-8)


def test_frozen_counts_are_those_of_the_files() -> None:
    """Counted with nothing but a CSV reader, from the labels that come with spgc."""
    truth = {case.case_id: (case.label or "").lower() for case in read_manifests()}
    for one in published_answers(SPGC):
        for name in one.splits:
            path = leaderboard_dir() / "answers" / one.name / f"{name}.csv"
            with path.open(newline="") as file:
                given = {row["Study"]: row["Label"] for row in csv.DictReader(file)}
            right = sum(truth[case] == label for case, label in given.items())
            assert FROZEN["sets"][name]["rows"][one.team]["right"] == right


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("rows", "TheSaviours", "right"), 80, "overall, rows, TheSaviours, right: was 80, now 81"),
        (("rows", "COVNet", "exact"), [0.5, 0.7], "overall, rows, COVNet, exact"),
        (("rows", "TheSaviours", "rank"), "2", "TheSaviours, rank: was 2, now 1"),
        (("rows", "TheSaviours", "rank_interval"), [1, 4], "rank_interval"),
        (("standings", "COVID-VR", "ranks"), [1, 8], "COVID-VR, ranks"),
        (("pairs", "TheSaviours / COVNet", "p"), [0.5, 0.5], "TheSaviours / COVNet, p"),
    ],
)
def test_each_changed_figure_is_named(
    now: dict[str, object], place: tuple[str, ...], value: object, told: str
) -> None:
    other = copy.deepcopy(FROZEN)
    part = other["sets"]["overall"]
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    (line,) = changes(other, now)
    assert told in line


@pytest.mark.parametrize("what", ["interval", "p", "ranks", "answer"])
def test_a_planted_bug_breaks_the_gate(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if what == "interval":
        monkeypatch.setattr(
            "spgc.scoring.counts.clopper_pearson", lambda h, n: clopper_pearson(h, n, 0.9)
        )
    elif what == "p":
        monkeypatch.setattr("spgc.board.bounds.exact_p", lambda a, b: mcnemar.exact_p(a, b) / 2)
    elif what == "ranks":
        monkeypatch.setattr(rank_intervals, "CONFIDENCE", 0.5)
    else:
        board = list(published_scores.published_board(SPGC))
        monkeypatch.setattr(published_scores, "published_board", lambda _: board[1:])
    found = check_published(SPGC)
    assert found
    assert len(found) <= MOST_NAMED + 1


def test_figures_that_are_missing_or_damaged_are_said_so(tmp_path: Path) -> None:
    for text in (None, "", "[]", '{"schema": "x"}'):
        path = tmp_path / "figures.json"
        if text is not None:
            path.write_text(text)
        with pytest.raises(DataError, match="stored figures"):
            check_published(SPGC, path)


@pytest.mark.parametrize("name", sorted(real_baselines(SPGC)))
def test_baselines_of_real_patients_are_those_of_the_answers(name: str, tmp_path: Path) -> None:
    """After a wanted change: spgc regress NAME --update."""
    write_baseline(tmp_path / "new.json", real_baseline(name, SPGC))
    new = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    old = json.loads(baseline_path(name).read_text(encoding="utf-8"))
    assert {**old, "made_with": None} == {**new, "made_with": None}
    read = read_baseline(baseline_path(name), SPGC)
    assert not read.synthetic
    assert len(read.cases) == 98


def test_names_and_floors_of_the_real_baselines() -> None:
    floors = {
        name: [read_baseline(baseline_path(name), SPGC).thresholds.floors[c].value for c in CLASSES]
        for name in real_baselines(SPGC)
    }
    assert floors == {
        "covid-vr-val": [48, 15, 23],
        "covnet-val": [40, 14, 19],
        "decovnet-val": [40, 14, 9],
        "thesaviours-retrained-val": [38, 15, 17],
    }


def test_real_answers_are_judged_patient_by_patient() -> None:
    answers = {one.name: one.submission.predictions for one in published_answers(SPGC)}
    baseline = read_baseline(baseline_path("covnet-val"), SPGC)
    truth = read_manifests()
    assert judge(baseline, answers["covid-vr"], truth).passed
    failed = judge(baseline, answers["decovnet"], truth)
    assert any("Normal: 10/24 correct, the minimum is 19" in reason for reason in failed.reasons)
    assert any("patients lost" in reason for reason in failed.reasons)


def test_the_command_judges_a_submission_by_a_real_baseline() -> None:
    folder = leaderboard_dir() / "answers"
    run = CliRunner().invoke
    good = run(app, ["regress", "covid-vr-val", "--submission", str(folder / "covid-vr/val.csv")])
    assert good.exit_code == 0
    assert "PASSED against covid-vr-val" in good.output
    assert "SYNTHETIC" not in good.output
    bad = run(app, ["regress", "covid-vr-val", "--submission", str(folder / "covnet/val.csv")])
    assert bad.exit_code == 1
    assert "21 patients lost, 8 won" in bad.output
