"""Table 5's answers: every backbone alone and all together, each with both classifiers."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from spgc.classifiers.groups import scan_features
from spgc.classifiers.kinds import KINDS
from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import silent
from spgc.paper.printed_numbers import ALL_FOUR
from spgc.paper.scan_answers import ScanAnswers, answer_scans, feature_sets, write_scans
from spgc.protocol import CLASSES

NAMES = ("knows", "guesses")


class System:
    """Of two backbones one knows a scan's class, the other says the same of all; a scan is it."""

    config = SimpleNamespace(backbones=NAMES, seed=0)

    def slice_probabilities(self, case_id: str, scan: int) -> dict[str, np.ndarray]:
        rows = np.full((5, 3), 0.1, np.float32)
        rows[:, scan] = 0.8
        return {"knows": rows, "guesses": np.full((5, 3), 1 / 3, np.float32)}


def scans(prefix: str, count: int) -> list[LabelledScan]:
    return [
        LabelledScan(f"{prefix}{n}", n % 3, CLASSES[n % 3])  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_rows_and_columns_of_table_5() -> None:
    """The SVM's column comes first; who sees "knows" is right, the other names one class."""
    found = answer_scans(System(), scans("t", 12), scans("v", 6), silent)  # type: ignore[arg-type]
    assert list(found.predicted) == [
        (name, kind) for name in ("knows", "guesses", "all 2") for kind in ("svm", "xgboost")
    ]
    assert found.truth.tolist() == [0, 1, 2, 0, 1, 2]
    for (name, _), labels in found.predicted.items():
        if name == "guesses":
            assert len(set(labels.tolist())) == 1
        else:
            assert labels.tolist() == found.truth.tolist()


def test_answers_are_those_of_the_classifier_on_the_features() -> None:
    class Noise(System):
        def slice_probabilities(self, case_id: str, scan: int) -> dict[str, np.ndarray]:
            rng = np.random.default_rng(int(case_id[1:]) + 100 * (case_id[0] == "v"))
            return {n: rng.random((7, 3)).astype(np.float32) for n in NAMES}

    train, val = scans("t", 20), scans("v", 9)
    found = answer_scans(Noise(), train, val, silent)  # type: ignore[arg-type]
    rows = [
        np.stack(
            [scan_features(Noise().slice_probabilities(s.case_id, 0), ("guesses",)) for s in part]
        )
        for part in (train, val)
    ]
    classifier = KINDS["xgboost"]()
    classifier.fit(rows[0], np.arange(20) % 3, 0)
    expected = classifier.predict(rows[1])[0]
    assert found.predicted["guesses", "xgboost"].tolist() == expected.tolist()


def test_nobody_to_ask() -> None:
    found = answer_scans(System(), scans("t", 12), [], silent)  # type: ignore[arg-type]
    assert all(labels.size == 0 for labels in found.predicted.values())


def test_feature_sets() -> None:
    four = feature_sets(("a", "b", "c", "d"))
    assert list(four) == ["a", "b", "c", "d", ALL_FOUR]
    assert four[ALL_FOUR] == ("a", "b", "c", "d")
    assert feature_sets(("a",)) == {"a": ("a",)}


def test_the_file_holds_every_answer(tmp_path: Path) -> None:
    one = ScanAnswers(("a,b", "c"), np.array([0, 2]), {("x", "svm"): np.array([1, 2])})
    write_scans(one.plus(("density", "logistic"), np.array([0, 0])), tmp_path / "scans.csv")
    with (tmp_path / "scans.csv").open(newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert rows == [
        ("x", "svm", "a,b", "COVID-19", "CAP"),
        ("x", "svm", "c", "Normal", "Normal"),
        ("density", "logistic", "a,b", "COVID-19", "COVID-19"),
        ("density", "logistic", "c", "Normal", "COVID-19"),
    ]
    assert list(one.predicted) == [("x", "svm")]
