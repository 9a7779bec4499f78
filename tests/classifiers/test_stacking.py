"""Four classifiers and their ensemble: what each says, in which order, and as scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from spgc.classifiers.classifier import PatientClassifier
from spgc.classifiers.logistic_classifier import STRENGTH, LogisticClassifier
from spgc.classifiers.random_forest import FOREST_SETTINGS
from spgc.classifiers.stacking import (
    ENSEMBLE,
    MEMBERS,
    StackedClassifiers,
    fit_members,
    member_answers,
    member_file,
    stacked_answer,
)
from spgc.errors import ModelError

WIDTH = 24


def scans(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    classes = np.arange(count, dtype=np.int64) % 3
    features = random.normal(0, 2, (count, WIDTH)) + classes[:, None]
    return features.astype(np.float32), classes


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, PatientClassifier], Path]:
    """The five, and a folder that holds them."""
    folder = tmp_path_factory.mktemp("stacked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FOREST_SETTINGS, "n_estimators", 20)
        classifiers = fit_members(*scans(0), seed=1)
    ensemble = LogisticClassifier()
    unseen, classes = scans(1)
    ensemble.fit(member_answers(classifiers, unseen), classes, 1)
    classifiers[ENSEMBLE] = ensemble
    for name, classifier in classifiers.items():
        classifier.save(folder / member_file(name))
    return classifiers, folder


def test_answers_stand_kind_by_kind(fitted: tuple[dict[str, PatientClassifier], Path]) -> None:
    classifiers, _ = fitted
    features, _ = scans(2)
    rows = member_answers(classifiers, features)
    assert rows.shape == (60, 3 * len(MEMBERS))
    for number, name in enumerate(MEMBERS):
        found = classifiers[name].predict(features)[1]
        np.testing.assert_array_equal(rows[:, 3 * number : 3 * number + 3], found)
    np.testing.assert_allclose(rows.reshape(60, -1, 3).sum(axis=2), 1, rtol=1e-5)


def test_they_are_read_back_as_they_were(
    fitted: tuple[dict[str, PatientClassifier], Path],
) -> None:
    classifiers, folder = fitted
    stored = StackedClassifiers(folder, WIDTH, lambda file: None)
    assert list(stored) == [*MEMBERS, ENSEMBLE]
    for row in scans(3, 12)[0]:
        for who in stored:
            expected = stacked_answer(classifiers, who, row)
            np.testing.assert_array_equal(stacked_answer(stored, who, row), expected)
            assert expected.sum() == pytest.approx(1, abs=1e-5)


def test_one_that_nobody_asks_is_not_read(
    fitted: tuple[dict[str, PatientClassifier], Path], tmp_path: Path
) -> None:
    _, folder = fitted
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / member_file("forest")).write_text("{")
    stored = StackedClassifiers(tmp_path, WIDTH, lambda file: None)
    row = scans(3, 3)[0][0]
    stacked_answer(stored, "xgboost", row)
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        stacked_answer(stored, ENSEMBLE, row)


def test_one_that_was_replaced_since_is_refused(
    fitted: tuple[dict[str, PatientClassifier], Path],
) -> None:
    def replaced(file: Path) -> None:
        raise ModelError(f"{file.name} has changed")

    stored = StackedClassifiers(fitted[1], WIDTH, replaced)
    for who in (*MEMBERS, ENSEMBLE):
        with pytest.raises(ModelError, match="has changed"):
            stored[who]


@pytest.mark.parametrize("weights", ["equal", "balanced"])
def test_the_ensemble_is_scikit_learns_logistic_regression(weights: str, tmp_path: Path) -> None:
    """On standardised answers, as a pipeline of scikit-learn has it."""
    random = np.random.default_rng(0)
    classes = np.arange(80, dtype=np.int64) % 3
    classes[:10] = 0
    answers = random.dirichlet((1, 1, 1), (80, 4)) + 0.3 * np.eye(3)[classes][:, None]
    rows = (answers / answers.sum(axis=2, keepdims=True)).reshape(80, 12).astype(np.float32)
    ours = LogisticClassifier()
    ours.fit(rows, classes, 0, weights)
    theirs = make_pipeline(
        StandardScaler(),
        LogisticRegression(
            C=STRENGTH,
            tol=1e-8,
            max_iter=10_000,
            class_weight="balanced" if weights == "balanced" else None,
        ),
    ).fit(rows.astype(np.float64), classes)
    ours.save(tmp_path / "stacking.json")
    for classifier in (ours, LogisticClassifier.load(tmp_path / "stacking.json", 12)):
        found, probabilities = classifier.predict(rows)
        np.testing.assert_array_equal(found, theirs.predict(rows.astype(np.float64)))
        expected = theirs.predict_proba(rows.astype(np.float64))
        np.testing.assert_allclose(probabilities, expected, atol=1e-6)


def test_an_ensemble_of_other_answers_is_refused(
    fitted: tuple[dict[str, PatientClassifier], Path],
) -> None:
    _, folder = fitted
    with pytest.raises(ModelError, match="12 features"):
        LogisticClassifier.load(folder / member_file(ENSEMBLE), 9)
