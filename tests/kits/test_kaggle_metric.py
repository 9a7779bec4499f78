"""The metric of Kaggle's form: its doctest, rows in any order, refusals that participants see."""

from __future__ import annotations

import doctest
import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spgc.challenge.challenge_file import read_challenge
from spgc.challenge.definition import Ranking
from spgc.data.manifests import Case, Manifest
from spgc.kits.platform_programs import KAGGLE, platform_text
from spgc.scoring.counts import confusion
from tests.challenge.flowers import CLASSES, SETS, answers, labels, toml
from tests.kits.loaded import flower_cases, loaded
from tests.kits.same_scores import small_spgc

TRUTH = {case: label for case, (_, label) in labels().items()}
PARTS = {name: [case for case, (part, _) in labels().items() if part == name] for name in SETS}


@pytest.fixture(scope="module", params=["accuracy", "balanced accuracy"])
def metric(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    folder = tmp_path_factory.mktemp("kaggle")
    made = flower_cases(folder, ranking=Ranking(rule=request.param), feedback="classes")
    with loaded(folder, platform_text(KAGGLE, made.challenge, made)) as module:
        yield module


def frame(given: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"Study": list(given), "Label": list(given.values())})


def solution(cases: list[str]) -> pd.DataFrame:
    return frame({case: TRUTH[case] for case in cases})


def test_the_doctest_passes_and_all_is_annotated(metric: ModuleType) -> None:
    assert doctest.testmod(metric).failed == 0
    assert doctest.testmod(metric).attempted >= 5
    parts = inspect.signature(metric.score)
    assert [one.annotation for one in parts.parameters.values()] == [
        *(pd.DataFrame, pd.DataFrame),
        str,
    ]
    assert list(parts.parameters) == ["solution", "submission", "row_id_column_name"]
    assert parts.return_annotation is float


def test_the_doctest_of_the_challenge_itself(tmp_path: Path) -> None:
    manifest: Manifest = small_spgc()
    with loaded(tmp_path, platform_text(KAGGLE, manifest.challenge, manifest)) as module:
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("names", [("OTHER", "KNOWN"), ("RULE", "LABEL_COLUMN")])
def test_the_doctest_of_classes_called_like_its_own_words(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    (tmp_path / "challenge.toml").write_text(toml(names), "utf-8")
    known = read_challenge(tmp_path)
    rows = [(f"C{n}", known.ranked[n % 2]) for n in range(6)]
    cases = {case: Case(case, None, split, "", "own") for case, split in rows}
    text = platform_text(KAGGLE, known, Manifest(cases, challenge=known))
    with loaded(tmp_path, text) as module:
        assert doctest.testmod(module).failed == 0


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations(list(TRUTH)),
    part=st.sampled_from([*PARTS.values(), list(TRUTH)]),
    whole=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_rows_in_any_order_score_as_spgc_counts(
    metric: ModuleType, order: list[str], part: list[str], *, whole: bool, seed: int
) -> None:
    given = answers(0.7, seed)
    rows = {case: given[case] for case in order if whole or case in part}
    made = metric.score(solution(part), frame(rows), "Study")
    counts = confusion({case: TRUTH[case] for case in part}, given, CLASSES)
    balanced = metric.SCORER.challenge.ranking.rule == "balanced accuracy"
    assert made == (counts.balanced_accuracy if balanced else counts.accuracy.value)
    assert type(made) is float
    assert math.isfinite(made)


BROKEN = {
    "a case is missing": lambda f: f.iloc[1:],
    "a label is missing": lambda f: f.assign(Label=[None, *f["Label"][1:]]),
    "a label is unknown": lambda f: f.assign(Label=["Daisy", *f["Label"][1:]]),
    "a case is unknown": lambda f: f.assign(Study=["F0-000", *f["Study"][1:]]),
    "a case stands twice": lambda f: pd.concat([f, f.head(1).assign(Label="Zinnia")]),
    "no row": lambda f: f.iloc[:0],
    "no label column": lambda f: f[["Study"]],
    "numbers": lambda f: f.assign(Label=range(len(f))),
    "half of a sign": lambda f: f.assign(Label=["\ud800", *f["Label"][1:]]),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_participants_are_told_depends_on_no_label(metric: ModuleType, what: str) -> None:
    told = set()
    for seed in (1, 2):
        truth = frame({case: label for case, (_, label) in labels(seed).items()})
        with pytest.raises(metric.ParticipantVisibleError) as refused:
            metric.score(truth, BROKEN[what](frame(answers(0.5, 3))), "Study")
        told.add(str(refused.value))
        assert refused.value.__cause__ is None
    assert len(told) == 1
    assert told != {""}


def test_a_solution_of_other_cases_is_the_hosts_matter(metric: ModuleType) -> None:
    whole = solution(list(TRUTH))
    for truth in (whole.assign(Label="Daisy"), whole.assign(Study="nobody")):
        with pytest.raises(metric.BrokenScorer) as broken:
            metric.score(truth, frame(answers(0.5, 3)), "Study")
        assert not any(name in str(broken.value) for name in (*CLASSES, "Daisy"))


@pytest.mark.parametrize("feedback", ["none", "hits", "classes"])
def test_public_rows_tell_no_more_than_the_challenge_shows(tmp_path: Path, feedback: str) -> None:
    made = flower_cases(tmp_path, ranking=Ranking(rule="balanced accuracy"), feedback=feedback)
    given, (public, private) = answers(0.6, 4), PARTS.values()
    with loaded(tmp_path, platform_text(KAGGLE, made.challenge, made)) as module:
        assert doctest.testmod(module).failed == 0
        shown, last = (
            module.score(solution(part), frame(given), "Study") for part in (public, private)
        )
        assert module.score(solution([]), frame(given), "Study") == 0.0
    counts = [confusion({c: TRUTH[c] for c in part}, given, CLASSES) for part in (public, private)]
    wanted = {"none": 0.0, "hits": counts[0].accuracy.value, "classes": counts[0].balanced_accuracy}
    assert shown == wanted[feedback]
    assert last == counts[1].balanced_accuracy


def test_nothing_runs_when_a_notebook_loads_it(tmp_path: Path) -> None:
    """A notebook is `__main__` too."""
    made = flower_cases(tmp_path)
    assert "__main__" not in platform_text(KAGGLE, made.challenge, made)
