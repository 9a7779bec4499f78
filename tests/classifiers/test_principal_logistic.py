"""PCA and logistic regression: as scikit-learn's pipeline has it, stored as arrays alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("safetensors")

from safetensors.numpy import load, save
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from spgc.classifiers.principal_logistic import PrincipalLogistic, fit_principal
from spgc.errors import ModelError

MARK = {"encoder": np.frombuffer(b"this one", np.uint8)}


def scans(count: int, width: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features whose first ten hold the class, one of which never changes."""
    draw = np.random.RandomState(seed)
    classes = np.arange(count) % 3
    features = draw.standard_normal((count, width)) * draw.uniform(0.1, 5, width)
    features[:, :10] += 3 * classes[:, None]
    features[:, -1] = 0.25
    return features.astype(np.float32), classes.astype(np.int64)


@pytest.fixture(scope="module")
def fitted() -> PrincipalLogistic:
    return fit_principal(*scans(60), 8, 0.5, seed=0)


def test_probabilities_are_those_of_scikit_learns_pipeline(fitted: PrincipalLogistic) -> None:
    features, classes = scans(60)
    pipeline = make_pipeline(
        StandardScaler(),
        PCA(8, svd_solver="full"),
        StandardScaler(),
        LogisticRegression(C=0.5, max_iter=10_000, tol=1e-8),
    ).fit(features.astype(np.float64), classes)
    others, truth = scans(30, seed=1)
    found = np.stack([fitted.probabilities(row) for row in others])
    np.testing.assert_allclose(found, pipeline.predict_proba(others.astype(np.float64)), atol=1e-5)
    assert (found.argmax(axis=1) == truth).mean() > 0.7


def test_few_scans_leave_fewer_components() -> None:
    features, classes = scans(6)
    model = fit_principal(features, classes, 16, 1.0, seed=0)
    assert model.components.shape == (5, 40)
    assert np.isfinite(model.probabilities(features[0])).all()


def test_far_off_scans_get_no_endless_certainty(fitted: PrincipalLogistic) -> None:
    """The logistic regression counts no component beyond five standard deviations."""
    near, far = (fitted.probabilities(np.full(40, v, np.float32)) for v in (1e3, 1e6))
    np.testing.assert_array_equal(near, far)


def test_saved_and_loaded_bit_for_bit(fitted: PrincipalLogistic, tmp_path: Path) -> None:
    path = tmp_path / "patient.safetensors"
    fitted.save(path, MARK)
    loaded = PrincipalLogistic.load(path, 40, MARK)
    for row in scans(9, seed=3)[0]:
        np.testing.assert_array_equal(loaded.probabilities(row), fitted.probabilities(row))
    with pytest.raises(ModelError, match=r"can't be read.*wrong shape"):
        PrincipalLogistic.load(path, 41, MARK)
    with pytest.raises(ModelError, match="another encoder"):
        PrincipalLogistic.load(path, 40, {"encoder": np.frombuffer(b"another", np.uint8)})


@pytest.mark.parametrize("spoil", ["nan", "missing", "integers", "cut", "pickle"])
def test_damaged_files_are_refused(fitted: PrincipalLogistic, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "patient.safetensors"
    fitted.save(path)
    arrays = load(path.read_bytes())
    if spoil == "nan":
        arrays["components"][2, 3] = np.nan
    elif spoil == "missing":
        del arrays["logistic.offsets"]
    elif spoil == "integers":
        arrays["feature_mean"] = arrays["feature_mean"].astype(np.int64)
    content = {"cut": path.read_bytes()[:-9], "pickle": b"\x80\x04N."}.get(spoil, save(arrays))
    path.write_bytes(content)
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        PrincipalLogistic.load(path, 40)


def test_features_that_are_no_numbers_are_refused(fitted: PrincipalLogistic) -> None:
    features, classes = scans(9)
    features[4, 7] = np.nan
    with pytest.raises(ModelError, match=r"not finite.*scan 5 of 9"):
        fit_principal(features, classes, 3, 1.0, seed=0)
    with pytest.raises(ModelError, match="not finite"):
        fitted.probabilities(features[4])
