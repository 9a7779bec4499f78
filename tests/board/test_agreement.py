"""Agreement of systems: scikit-learn's kappa, brute force, and the figures of published answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa as kappa_of_table
from typer.testing import CliRunner

from spgc.board.agreement import Agreement, agreement, cohens_kappa
from spgc.board.published_answers import published_answers
from spgc.challenge.spgc_challenge import SPGC
from spgc.cli.app import app
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.errors import DataError, SubmissionError
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.report.agreement_picture import agreement_picture
from spgc.report.agreement_tables import agreement_parts
from spgc.submissions.write import write_submission

MANIFEST = read_manifests()
ANSWERS = {one.team: one.submission.predictions for one in published_answers(SPGC)}
MADE = agreement([], MANIFEST)
LABELS = st.sampled_from(CLASSES)


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    one, two = zip(*pairs, strict=True)
    found = cohens_kappa(sum(a == b for a, b in pairs), Counter(one), Counter(two))
    if set(one) == set(two) and len(set(one)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(cohen_kappa_score(one, two))


@pytest.mark.parametrize("split", [None, "val", "test2"])
def test_kappas_of_published_answers_are_those_of_scikit_learn_and_statsmodels(
    split: str | None,
) -> None:
    made = agreement([], MANIFEST, split)
    pairs = list(combinations(range(len(made.systems)), 2))
    assert [(kappa.a, kappa.b) for kappa in made.kappas] == pairs != []
    for kappa in made.kappas:
        one, two = (
            [ANSWERS[made.systems[i]][scan.case] for scan in made.scans] for i in (kappa.a, kappa.b)
        )
        assert kappa.value == pytest.approx(cohen_kappa_score(one, two))
        table = np.array(
            [
                [sum((x, y) == (a, b) for x, y in zip(one, two, strict=True)) for b in CLASSES]
                for a in CLASSES
            ]
        )
        assert kappa.value == pytest.approx(kappa_of_table(table).kappa)


def test_scans_that_all_miss_and_that_one_has_right() -> None:
    assert MADE.systems == ("TheSaviours", "RoI-Aware ResNet", "COVID-VR", "COVNet", "DeCoVNet")
    assert [scan.case for scan in MADE.missed_by_all] == ["T2-002", "T2-005"]
    alone = {scan.case: MADE.systems[scan.right[0]] for scan in MADE.only_one_right}
    assert alone == {
        "T1-005": "RoI-Aware ResNet",
        "T2-001": "TheSaviours",
        "T2-011": "TheSaviours",
    }
    assert sum(len(scan.right) == 5 for scan in MADE.scans) == 33
    for scan in MADE.scans:
        right = sum(ANSWERS[name][scan.case] == MANIFEST[scan.case].label for name in MADE.systems)
        assert right == len(scan.right)


def test_normal_scans_of_test2_are_where_systems_fail() -> None:
    hits = {
        (split, truth): sum(len(scan.right) for scan in scans) / len(scans) / 5
        for split, truth, scans in MADE.parts()
    }
    assert min(hits, key=hits.__getitem__) == ("test2", NORMAL)
    assert hits["test2", NORMAL] == pytest.approx(21 / 50)
    assert "Weakest: Normal of test2, 42 % correct on average" in " ".join(shown(MADE).split())


def shown(made: Agreement) -> str:
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        for part in agreement_parts(made):
            console.print(part)
    return capture.get()


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_tables_hold_every_number_in_80_columns(count: int) -> None:
    yours = [(f"mine{i}", ANSWERS["COVNet"]) for i in range(count)]
    text = shown(agreement(yours, MANIFEST))
    assert "…" not in text
    assert " ".join(text.split()).count("▶ mine") >= 2 * count
    assert max(map(len, text.splitlines())) <= 80


def test_systems_of_the_same_name_stay_apart() -> None:
    made = agreement(
        [("COVNet", ANSWERS["COVID-VR"]), ("x", ANSWERS["COVNet"]), ("x", ANSWERS["DeCoVNet"])],
        MANIFEST,
    )
    assert len(set(made.systems)) == 8
    assert {made.systems[i] for i in made.yours} == {"COVNet (2)", "x", "x (2)"}


def test_other_scans_are_not_mixed_with_the_challenges(tiny: Manifest) -> None:
    """A manifest of one's own has no published answers, even for cases of the same name."""
    a = {"T1-001": COVID19, "T1-002": NORMAL}
    b = {"T1-001": COVID19, "T1-002": CAP}
    made = agreement([("a", a), ("b", b)], tiny)
    assert (made.systems, made.splits, made.foreign) == (("a", "b"), ("test1",), "OWN SCANS")
    with pytest.raises(SubmissionError, match="fewer than two"):
        agreement([("a", a)], tiny)
    with pytest.raises(SubmissionError, match="not all of test2"):
        agreement([("a", a)], tiny, "test2")
    with pytest.raises(SubmissionError, match="fewer than two"):
        agreement([], MANIFEST, "test4")


def test_the_picture_marks_every_wrong_answer() -> None:
    figure = agreement_picture(MADE)
    wrong = sum(5 - len(scan.right) for scan in MADE.scans)
    letters = [
        text.get_text()
        for axes in figure.axes
        for text in axes.texts
        if text.get_text() in ("V", "P", "N")
    ]
    assert len(letters) == wrong
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["test1", "test2", "test3"]


def test_the_command_takes_files_and_writes_a_picture(tmp_path: Path) -> None:
    path, drawn = tmp_path / "mine.csv", tmp_path / "scans.png"
    truth = {c.case_id: c.label or "" for c in MANIFEST.split("test2")}
    write_submission(path, truth, None, MANIFEST)
    run = CliRunner().invoke
    done = run(app, ["agreement", str(path), "--json", "--picture", str(drawn)])
    document = json.loads(done.stdout)
    assert document["sets"] == ["test2"]
    assert [one["name"] for one in document["systems"] if one["yours"]] == ["mine"]
    assert document["missed_by_all"] == []
    assert document["only_one_right"] == {"T2-002": "mine", "T2-005": "mine"}
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert run(app, ["agreement", "--picture", str(tmp_path / "x.gif")]).exit_code != 0
    assert isinstance(run(app, ["agreement", "--split", "test4"]).exception, SubmissionError)


def test_a_scan_without_a_label_is_named_and_never_left_out() -> None:
    """Among labelled ones it went missing without a word; alone it was a traceback."""
    cases = {name: Case(name, None, "own", "", "own") for name in ("anna", "bert")}
    answers = [("a", dict.fromkeys(cases, CAP)), ("b", dict.fromkeys(cases, NORMAL))]
    with pytest.raises(DataError, match="2 cases of own have no known label, the first is anna"):
        agreement(answers, Manifest(cases))
    with pytest.raises(DataError, match="1 cases of own have no known label, the first is bert"):
        agreement(answers, Manifest(cases | {"anna": replace(cases["anna"], label=CAP)}))


def test_a_pool_of_which_one_set_is_there_is_not_called_so() -> None:
    cases = {name: Case(name, CAP, "test1", "", "own") for name in ("anna", "bert")}
    answers = [("a", dict.fromkeys(cases, CAP)), ("b", dict.fromkeys(cases, NORMAL))]
    assert agreement(answers, Manifest(cases)).splits == ("test1",)
