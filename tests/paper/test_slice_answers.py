"""A network's answers to labelled slices: each sample's own row, right ones by class, and CSV."""

import csv
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import silent
from spgc.nets.slices.samples import Sample
from spgc.paper.slice_answers import SliceAnswers, answer_slices, write_slices
from spgc.protocol import CLASSES


def answers(count: int = 60) -> SliceAnswers:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet((1, 1, 1), count).astype(np.float32)
    cases = tuple(f"P{number // 6:03d}" for number in range(count))
    slices = tuple(number % 6 for number in range(count))
    return SliceAnswers(cases, slices, rng.integers(0, 3, count), shares)


def test_rates_are_scikit_learns() -> None:
    found = answers()
    expected = confusion_matrix(found.truth, found.predicted)
    assert [list(row) for row in found.confusion().counts] == expected.tolist()
    recalls = recall_score(found.truth, found.predicted, average=None)
    assert [found.rate(label)[0].value for label in CLASSES] == pytest.approx(recalls.tolist())
    rate, interval = found.rate()
    assert (rate.hits, rate.total) == (int(np.trace(expected)), 60)
    assert interval is not None
    assert interval[0] < rate.hits / 60 < interval[1]


def test_each_sample_gets_its_own_slice() -> None:
    """Whole scans are asked, once each; slice i of scan n answers n + i / 10."""
    asked = []

    class Predictor:
        def predict(self, case_id: str, scan: int) -> dict[str, np.ndarray]:
            asked.append(case_id)
            return {"net": np.array([[scan + i / 10] * 3 for i in range(4)], np.float32)}

    scans = [LabelledScan(f"s{n}", n, "CAP") for n in range(3)]  # type: ignore[arg-type]
    samples = [Sample(2, 3, 1), Sample(0, 1, 0), Sample(2, 0, 2)]
    found = answer_slices("net", Predictor(), scans, samples, silent)  # type: ignore[arg-type]
    assert asked == ["s0", "s2"]
    assert (found.cases, found.slices) == (("s2", "s0", "s2"), (3, 1, 0))
    assert found.truth.tolist() == [1, 0, 2]
    np.testing.assert_allclose(found.probabilities[:, 0], [2.3, 0.1, 2.0], atol=1e-6)


def test_no_sample_has_no_answers() -> None:
    found = answer_slices("net", None, [], [], silent)  # type: ignore[arg-type]
    assert found.probabilities.shape == (0, 3)
    assert found.rate()[1] is None


def test_the_file_holds_every_answer(tmp_path: Path) -> None:
    """Slices count from 1; a case with a comma stays one cell."""
    found = answers(3)
    named = SliceAnswers(("a,b", "c", "d"), found.slices, found.truth, found.probabilities)
    write_slices({"one": named, "two": found}, tmp_path / "slices.csv")
    with (tmp_path / "slices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["backbone"] for row in rows] == ["one"] * 3 + ["two"] * 3
    assert [row["case"] for row in rows[:3]] == ["a,b", "c", "d"]
    assert [row["slice"] for row in rows[:3]] == ["1", "2", "3"]
    assert [CLASSES.index(row["label"]) for row in rows[3:]] == found.predicted.tolist()
    assert [CLASSES.index(row["truth"]) for row in rows[3:]] == found.truth.tolist()
    shares = [[float(row[f"p_{k}"]) for k in ("covid19", "cap", "normal")] for row in rows[3:]]
    np.testing.assert_allclose(shares, found.probabilities, atol=1e-6)
