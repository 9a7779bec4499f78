"""Scores agree with scikit-learn and with the paper's own tables, whatever the order of rows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import spgc
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Manifest
from spgc.errors import DataError, SubmissionError
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.scoring.counts import Confusion, confusion
from spgc.scoring.probability import Graded, calibration_error
from spgc.scoring.result import Score
from spgc.scoring.score import score
from spgc.submissions.write import write_submission

LABELS = st.sampled_from(CLASSES)


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    pairs = draw(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40))
    truth = {f"c{i}": t for i, (t, _) in enumerate(pairs)}
    return truth, {f"c{i}": p for i, (_, p) in enumerate(pairs)}


def own(result: Score) -> Confusion:
    return result.splits["own"].confusion


@given(answers())
def test_counts_and_rates_are_those_of_scikit_learn(pair: tuple[dict[str, str], ...]) -> None:
    truth, predictions = pair
    t, p = list(truth.values()), list(predictions.values())
    counts = confusion(truth, predictions, SPGC.names)
    assert np.array_equal(counts.counts, metrics.confusion_matrix(t, p, labels=CLASSES))
    assert counts.accuracy.value == pytest.approx(metrics.accuracy_score(t, p))
    present = [c for c in CLASSES if c in t]
    f1 = metrics.f1_score(t, p, labels=present, average="macro", zero_division=0.0)
    assert counts.macro_f1 == pytest.approx(f1)
    recalls = metrics.recall_score(t, p, labels=present, average=None)
    assert counts.balanced_accuracy == pytest.approx(np.mean(recalls))
    for name, recall in zip(present, recalls, strict=True):
        assert counts.sensitivity(CLASSES.index(name)).value == pytest.approx(recall)


@given(answers())
def test_specificity_is_the_recall_of_the_others(pair: tuple[dict[str, str], ...]) -> None:
    truth, predictions = pair
    for i, name in enumerate(CLASSES):
        rate = confusion(truth, predictions, SPGC.names).specificity(i)
        negatives = [case for case, label in truth.items() if label != name]
        if not negatives:
            assert rate.value is None
            continue
        t = [truth[c] == name for c in truth]
        p = [predictions[c] == name for c in truth]
        assert rate.value == pytest.approx(metrics.recall_score(t, p, pos_label=False))


@settings(max_examples=25)
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    pair: tuple[dict[str, str], ...], shuffle: random.Random
) -> None:
    truth, predictions = pair
    cases = list(truth)
    shuffle.shuffle(cases)
    one = score(predictions, truth, resamples=100)
    two = score({c: predictions[c] for c in cases}, {c: truth[c] for c in cases}, resamples=100)
    assert own(one) == own(two)
    assert str(one.signature) == str(two.signature)
    assert one.as_dict()["groups"] == two.as_dict()["groups"]


@settings(max_examples=25)
@given(answers(), st.permutations(CLASSES))
def test_renaming_the_classes_renames_the_result(
    pair: tuple[dict[str, str], ...], names: list[str]
) -> None:
    truth, predictions = pair
    to = dict(zip(CLASSES, names, strict=True))
    plain = confusion(truth, predictions, SPGC.names)
    renamed = confusion(
        {c: to[x] for c, x in truth.items()}, {c: to[x] for c, x in predictions.items()}, SPGC.names
    )
    assert plain.accuracy == renamed.accuracy
    for i, name in enumerate(CLASSES):
        assert plain.sensitivity(i) == renamed.sensitivity(CLASSES.index(to[name]))


@given(answers())
def test_doubling_every_case_doubles_counts_and_keeps_rates(
    pair: tuple[dict[str, str], ...],
) -> None:
    one = confusion(*pair, SPGC.names)
    two = one + one
    assert two.accuracy.value == one.accuracy.value
    assert two.balanced_accuracy == pytest.approx(one.balanced_accuracy)
    assert two.accuracy.hits == 2 * one.accuracy.hits


def answer_like(manifest: Manifest, tables: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """Predictions with the given right answers per split and class."""
    wrong = {COVID19: NORMAL, CAP: COVID19, NORMAL: COVID19}
    predictions = {}
    for split, right in tables.items():
        left = dict(right)
        for case in manifest.split(split):
            label = case.label or ""
            predictions[case.case_id] = label if left[label] > 0 else wrong[label]
            left[label] -= 1
    return predictions


CNR_IEMN = {
    "test1": {COVID19: 14, CAP: 0, NORMAL: 14},
    "test2": {COVID19: 8, CAP: 7, NORMAL: 9},
    "test3": {COVID19: 10, CAP: 2, NORMAL: 9},
}
"""Tables 7, 6 and 8 of the paper."""


def test_the_papers_tables_add_to_its_leaderboard_row(manifest: Manifest) -> None:
    """Tables 6 to 8 give Figure 11: 0.8111, 0.9143, 0.4500, 0.9143."""
    result = score(answer_like(manifest, CNR_IEMN), manifest, resamples=100)
    assert result.overall is not None
    whole = result.overall.confusion
    rates = [whole.accuracy, *(whole.sensitivity(i) for i in range(3))]
    assert [round(rate.value or 0, 4) for rate in rates] == [0.8111, 0.9143, 0.45, 0.9143]
    assert [result.splits[s].confusion.accuracy.hits for s in CNR_IEMN] == [28, 24, 21]


def test_the_papers_validation_result(manifest: Manifest) -> None:
    """Section 4.2.5 and Table 5: 96.36, 52.63 and 95.83 % are 86 of 98."""
    right = {"val": {COVID19: 53, CAP: 10, NORMAL: 23}}
    group = score(answer_like(manifest, right), manifest, resamples=100).splits["val"]
    assert (group.confusion.accuracy.hits, group.confusion.total) == (86, 98)
    sensitivities = [group.confusion.sensitivity(i).value or 0 for i in range(3)]
    assert [round(100 * s, 2) for s in sensitivities] == [96.36, 52.63, 95.83]
    assert group.doubt is not None
    assert "not official" in group.doubt


def test_an_absent_class_has_no_sensitivity(manifest: Manifest) -> None:
    everything_cap = {case.case_id: CAP for case in manifest.split("test1")}
    group = score(everything_cap, manifest, resamples=100).splits["test1"].as_dict()
    assert group["sensitivity"][CAP]["value"] is None
    assert group["balanced_accuracy"]["value"] == 0.0
    right = {case.case_id: case.label or "" for case in manifest.split("test1")}
    group = score(right, manifest, resamples=100).splits["test1"].as_dict()
    assert group["balanced_accuracy"] == {"value": 1.0, "bootstrap": [1.0, 1.0]}


def test_only_the_three_ranked_sets_together_make_a_pool(manifest: Manifest) -> None:
    tables = {split: dict.fromkeys(CLASSES, 99) for split in ("test1", "test2", "test4")}
    assert score(answer_like(manifest, tables), manifest, resamples=100).overall is None


def test_unknown_missing_and_unlabelled_cases_stop_the_score(tiny: Manifest) -> None:
    with pytest.raises(SubmissionError, match="no such case: X"):
        score({"X": CAP}, tiny)
    with pytest.raises(SubmissionError, match="2 cases of test2 have no prediction"):
        score({"T2-001": CAP}, tiny)
    with pytest.raises(SubmissionError, match="no known class"):
        score({"T2-001": "flu"}, tiny)
    with pytest.raises(SubmissionError, match="no predictions"):
        score({}, tiny)
    hidden = Manifest(
        {c: case.__class__(c, None, case.split, "", "own") for c, case in tiny.cases.items()}
    )
    with pytest.raises(DataError, match="no known label"):
        score({c.case_id: CAP for c in tiny}, hidden)


def test_one_call_on_the_package_gives_the_same(tiny: Manifest) -> None:
    truth = tiny.truth("test2")
    assert spgc.score(truth, truth, resamples=100).splits["own"].confusion.accuracy.hits == 3
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = spgc.nonsense  # type: ignore[attr-defined]


def test_files_are_scored_one_by_one_and_several_together(tiny: Manifest, tmp_path: Path) -> None:
    """A path, a text and a list of files are all files; their answers are those of a mapping."""
    answers = {case.case_id: case.label or "" for case in tiny}
    answers["T2-001"] = CAP
    paths = [tmp_path / f"{split}.csv" for split in tiny.splits()]
    for split, path in zip(tiny.splits(), paths, strict=True):
        write_submission(path, {c.case_id: answers[c.case_id] for c in tiny.split(split)})
    write_submission(tmp_path / "all.csv", answers)
    one = tmp_path / "all.csv"
    groups = score(answers, tiny).groups
    assert {group.name: group.confusion.accuracy.hits for group in groups}["test2"] == 2
    for files in (one, str(one), [one], paths, [str(path) for path in paths], tuple(paths)):
        assert score(files, tiny).groups == groups


def test_the_signature_tells_every_difference(tiny: Manifest) -> None:
    truth = tiny.truth("test2")
    other = {**truth, "T2-001": CAP}
    shares = dict.fromkeys(truth, (0.5, 0.25, 0.25))
    results = [
        score(truth, tiny, resamples=100),
        score(other, tiny, resamples=100),
        score(truth, tiny, resamples=200),
        score(truth, tiny, resamples=100, seed=1),
        score(truth, tiny, resamples=100, model="abc"),
        score(truth, tiny, resamples=100, probabilities=shares),
        score(truth, truth, resamples=100),
    ]
    assert len({str(result.signature) for result in results}) == len(results)
    again = score(dict(truth), tiny, resamples=100)
    assert str(again.signature) == str(results[0].signature)
    assert again.as_dict() == results[0].as_dict()


@st.composite
def graded(draw: st.DrawFn) -> tuple[list[str], list[tuple[float, float, float]]]:
    truth = [*CLASSES, *draw(st.lists(LABELS, max_size=30))]
    parts = st.tuples(*[st.integers(0, 20)] * 3).filter(any)
    weights = [draw(parts) for _ in truth]
    return truth, [(a / (a + b + c), b / (a + b + c), c / (a + b + c)) for a, b, c in weights]


@settings(max_examples=50)
@given(graded())
def test_auc_log_loss_and_brier_are_those_of_scikit_learn(
    cases: tuple[list[str], list[tuple[float, float, float]]],
) -> None:
    truth, shares = cases
    values = Graded.of(truth, shares, SPGC.names).values()
    p, t = np.array(shares), np.array([CLASSES.index(x) for x in truth])
    for i, name in enumerate(CLASSES):
        assert values[f"auc:{name}"] == pytest.approx(metrics.roc_auc_score(t == i, p[:, i]))
    clipped = np.clip(p, 1e-15, 1)
    expected = -np.log(clipped[np.arange(len(t)), t]).mean()
    assert values["log_loss"] == pytest.approx(expected)
    if (p > 0).all():
        assert values["log_loss"] == pytest.approx(metrics.log_loss(t, p, labels=[0, 1, 2]))
    assert values["brier"] == pytest.approx(((p - np.eye(3)[t]) ** 2).sum(axis=1).mean())


def test_calibration_by_hand() -> None:
    """Two cases said 0.8 of which one is right, one said 0.6 and right: (|1-1.6| + |1-.6|)/3."""
    shares = [(0.8, 0.1, 0.1), (0.8, 0.1, 0.1), (0.6, 0.2, 0.2)]
    bins = Graded.of([COVID19, CAP, COVID19], shares, SPGC.names).bins()
    assert [(b.cases, b.hits) for b in bins] == [(1, 1), (2, 1)]
    assert calibration_error(bins) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "share", [(0.0, 0.0, 0.0), (0.5, 0.5), (float("nan"), 0.5, 0.5), (2, 0, 0)]
)
def test_impossible_probabilities_stop_the_score(share: tuple[float, ...], tiny: Manifest) -> None:
    truth = tiny.truth("test2")
    with pytest.raises(SubmissionError, match="no valid probabilities"):
        score(truth, tiny, probabilities=dict.fromkeys(truth, share))  # type: ignore[arg-type]
