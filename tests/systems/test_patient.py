"""Patient classifiers: they learn, they are stored as JSON, damaged files are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from spgc.errors import ModelError
from spgc.systems.cnr_iemn.patient import KINDS, classifier_kind


def easy(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    classes = np.arange(60, dtype=np.int64) % 3
    features = rng.random((60, 240), dtype=np.float32)
    features[:, 0] += classes * 3
    return features, classes


@pytest.mark.parametrize("kind", KINDS)
def test_learns_saves_and_loads(kind: str, tmp_path: Path) -> None:
    features, classes = easy()
    classifier = KINDS[kind]()
    classifier.fit(features, classes, seed=0)
    unseen, truth = easy(seed=1)
    answers, probabilities = classifier.predict(unseen)
    assert (answers == truth).mean() > 0.9
    path = tmp_path / "patient.json"
    classifier.save(path)
    json.loads(path.read_text())
    again, same = KINDS[kind].load(path).predict(unseen)
    np.testing.assert_array_equal(again, answers)
    if probabilities is not None:
        np.testing.assert_array_equal(same, probabilities)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_bytes(kind: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        classifier = KINDS[kind]()
        classifier.fit(*easy(), seed=7)
        classifier.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04cposix\nsystem\n.", b"[1, 2"])
def test_damaged_files_are_refused(kind: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="can't be read"):
        KINDS[kind].load(path)


def test_unknown_classifier() -> None:
    with pytest.raises(ModelError, match=r"xgboost \| svm"):
        classifier_kind("forest")
