"""The SVM on features of any size answers as scikit-learn's on standardised ones, file or not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from scipy.special import softmax
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from spgc.classifiers.rbf_svm import RbfSvm
from spgc.errors import ModelError

WIDTH = 30


def scans(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Features of very different sizes, one of them always the same."""
    random = np.random.default_rng(seed)
    classes = np.arange(count, dtype=np.int64) % 3
    features = random.normal(0, 1.5, (count, WIDTH)) + classes[:, None]
    features *= np.logspace(-3, 3, WIDTH)
    features[:, 4] = 7
    return features.astype(np.float32), classes


@pytest.mark.parametrize("weights", ["equal", "balanced"])
def test_it_answers_as_scikit_learn_does(weights: str, tmp_path: Path) -> None:
    (features, classes), (unseen, _) = scans(0), scans(1, 200)
    keep = np.arange(len(classes)) % 5 != 1  # classes of different sizes
    ours = RbfSvm()
    ours.fit(features[keep], classes[keep], 3, weights)
    theirs = make_pipeline(
        StandardScaler(),
        SVC(class_weight="balanced" if weights == "balanced" else None, break_ties=True),
    ).fit(features[keep].astype(np.float64), classes[keep])
    ours.save(tmp_path / "svm.safetensors")
    again = RbfSvm.load(tmp_path / "svm.safetensors", WIDTH)
    wanted = unseen.astype(np.float64)
    for machine in (ours, again):
        found, probabilities = machine.predict(unseen)
        np.testing.assert_array_equal(found, theirs.predict(wanted))
        assert probabilities is not None
        expected = softmax(theirs.decision_function(wanted), axis=1)
        np.testing.assert_allclose(probabilities, expected, rtol=1e-6)
    np.testing.assert_array_equal(ours.predict(unseen)[1], again.predict(unseen)[1])
    again.save(tmp_path / "again.safetensors")
    first, second = (tmp_path / f"{n}.safetensors" for n in ("svm", "again"))
    assert first.read_bytes() == second.read_bytes()


def changed(arrays: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {**arrays, name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("features", np.zeros((60, 3), np.float32)),
        ("features", np.zeros((60, WIDTH), np.float64)),
        ("features", np.full((60, WIDTH), np.nan, np.float32)),
        ("classes", np.zeros(60, np.int64)),
        ("classes", np.arange(60, dtype=np.int64)),
        ("facts", np.frombuffer(b"{}", np.uint8)),
        ("facts", np.frombuffer(b'{"seed": 3, "settings": {"class_weight": null}}', np.uint8)),
    ],
)
def test_odd_files_are_refused(name: str, value: Any, tmp_path: Path) -> None:
    machine = RbfSvm()
    machine.fit(*scans(0), 3)
    path = tmp_path / "svm.safetensors"
    machine.save(path)
    path.write_bytes(save(changed(load(path.read_bytes()), name, value)))
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        RbfSvm.load(path, WIDTH)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04cposix\nsystem\n.", b"\xff" * 20])
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "svm").write_bytes(content)
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        RbfSvm.load(tmp_path / "svm", WIDTH)
