"""Patient classifiers: they learn, they are stored as JSON, damaged files are refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight

from spgc.classifiers import stored
from spgc.classifiers import xgboost as ours
from spgc.classifiers.groups import FEATURES
from spgc.classifiers.kinds import KINDS, classifier_kind
from spgc.classifiers.lazy_classifiers import StoredClassifiers
from spgc.errors import ModelError
from spgc.systems.cnr_iemn.config import CHOICES

WIDTH = 240


def easy(seed: int = 0, scans: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Features in [0, 1]: twentieths, as shares are; the first follows the class."""
    rng = np.random.default_rng(seed)
    classes = np.arange(scans, dtype=np.int64) % 3
    features = (rng.integers(0, 21, (scans, WIDTH)) / 20).astype(np.float32)
    features[:, :20] = classes[:, None] / 2
    return features, classes


def saved(kind: str, path: Path, *data: Any, seed: int = 7, weights: str = "equal") -> bytes:
    classifier = KINDS[kind]()
    classifier.fit(*(data or easy()), seed, weights)
    classifier.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("weights", CHOICES["patient_weights"])
@pytest.mark.parametrize("kind", KINDS)
def test_learns_saves_and_loads(kind: str, weights: str, tmp_path: Path) -> None:
    features, classes = easy()
    classifier = KINDS[kind]()
    classifier.fit(features, classes, 0, weights)
    unseen, truth = easy(seed=1)
    answers, probabilities = classifier.predict(unseen)
    assert (answers == truth).mean() > 0.9
    path = tmp_path / "patient.json"
    classifier.save(path)
    loaded = KINDS[kind].load(path, WIDTH)
    again, same = loaded.predict(unseen)
    np.testing.assert_array_equal(again, answers)
    if probabilities is not None:
        np.testing.assert_array_equal(same, probabilities)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_same_scans_same_bytes(kind: str, tmp_path: Path) -> None:
    assert saved(kind, tmp_path / "a") == saved(kind, tmp_path / "b")


def test_threads_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 600 scans, enough that four threads share the sums of gradients."""
    data = easy(scans=600)
    one = saved("xgboost", tmp_path / "one", *data)
    settings = ours.XGBOOST_SETTINGS | {"nthread": 4}
    monkeypatch.setattr(ours, "XGBOOST_SETTINGS", settings)
    assert saved("xgboost", tmp_path / "four", *data) == one


def test_equal_weights_are_the_default_and_balanced_ones_differ(tmp_path: Path) -> None:
    """The paper weighs nothing; balanced weights are scikit-learn's."""
    features, classes = easy()
    keep = (classes < 2) | (np.arange(len(classes)) < 9)
    data = (features[keep][:, ::-1].copy(), classes[keep])
    plain = KINDS["xgboost"]()
    plain.fit(*data, 7)
    plain.save(tmp_path / "plain")
    equal = saved("xgboost", tmp_path / "equal", *data)
    assert (tmp_path / "plain").read_bytes() == equal
    assert saved("xgboost", tmp_path / "balanced", *data, weights="balanced") != equal
    np.testing.assert_allclose(
        ours._scan_weights(data[1], "balanced"), compute_sample_weight("balanced", data[1])
    )


def test_svm_does_not_care_whether_shares_are_percent() -> None:
    """The paper says percentage; `gamma="scale"` makes the unit irrelevant."""
    features, classes = easy()
    unseen, _ = easy(seed=3)
    unseen = unseen[:, ::-1]
    ours = KINDS["svm"]()
    ours.fit(features, classes, 0)
    percent = SVC(kernel="rbf", C=1.0, gamma="scale").fit(100.0 * features, classes)
    np.testing.assert_array_equal(ours.predict(unseen)[0], percent.predict(100.0 * unseen))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\x80\x04cposix\nsystem\n.", b"[1, 2", b"[]", b"null", b"\xff", b"[" * 100_000],
)
def test_damaged_files_are_refused(kind: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="can't be read"):
        KINDS[kind].load(path, WIDTH)


@pytest.mark.parametrize("kind", KINDS)
def test_huge_files_are_not_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    with path.open("wb") as file:
        file.truncate(stored.MAX_BYTES + 1)  # a hole: takes no disk
    with pytest.raises(ModelError, match="more than"):
        KINDS[kind].load(path, WIDTH)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_another_number_of_backbones_is_refused(kind: str, tmp_path: Path) -> None:
    saved(kind, tmp_path / "patient.json")
    with pytest.raises(ModelError, match="features"):
        KINDS[kind].load(tmp_path / "patient.json", WIDTH // 4)


@pytest.mark.parametrize(
    "change",
    [
        {"features": [[0.5] * 240]},
        {"features": [[0.5] * 240, [0.5]]},
        {"features": [0.5, 1]},
        {"features": None},
        {"features": [["a"] * 240] * 60},
        {"features": [[float("nan")] * 240] * 60},
        {"features": [[1e300] * 240] * 60},
        {"classes": [7] * 60},
        {"classes": [0] * 60},
        {"classes": [0.5] * 60},
        {"classes": [10**400] * 60},
        {"classes": []},
        {"classes": {"0": 1}},
        {"settings": {"kernel": "poly"}},
        {"settings": None},
        {"seed": -1},
        {"seed": "x"},
        {"seed": 10**30},
    ],
)
def test_odd_svm_files_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    document = json.loads(saved("svm", tmp_path / "svm.json"))
    (tmp_path / "svm.json").write_text(json.dumps(document | change))
    with pytest.raises(ModelError, match="can't be read"):
        KINDS["svm"].load(tmp_path / "svm.json", WIDTH)


def test_unknown_classifier() -> None:
    with pytest.raises(ModelError, match=r"xgboost \| svm"):
        classifier_kind("forest")


def test_choices_name_what_there_is() -> None:
    assert CHOICES["patient_classifier"] == tuple(KINDS)
    assert CHOICES["features"] == tuple(FEATURES)


def test_stored_classifiers_are_read_when_asked_for(tmp_path: Path) -> None:
    """A damaged file stops the classifier it holds, and no other."""
    files = {kind: tmp_path / f"{kind}.json" for kind in KINDS}
    wanted = {kind: saved(kind, path) for kind, path in files.items()}
    stored = StoredClassifiers(files, WIDTH, lambda file: None)
    assert list(stored) == list(KINDS)
    files["svm"].write_text("{")
    assert stored["xgboost"] is stored["xgboost"]
    stored["xgboost"].save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == wanted["xgboost"]
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        stored["svm"]
    with pytest.raises(KeyError):
        stored["forest"]


def test_a_stored_classifier_that_was_replaced_is_not_read(tmp_path: Path) -> None:
    def replaced(file: Path) -> None:
        raise ModelError(f"{file.name} has changed")

    files = {kind: tmp_path / f"{kind}.json" for kind in KINDS}
    for kind, path in files.items():
        saved(kind, path)
    stored = StoredClassifiers(files, WIDTH, replaced)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"svm\.json has changed"):
            stored["svm"]
