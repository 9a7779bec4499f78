"""Density features by hand-made counts; the regression against scikit-learn's own answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spgc.classifiers.logistic import LogisticRegression, fit_logistic
from spgc.contract.system import RunSettings
from spgc.errors import DataError, ModelError, UsageError
from spgc.files.kept import read_kept, write_kept
from spgc.protocol import CAP, NORMAL
from spgc.systems.density.features import density_counts, density_features, feature_names
from spgc.systems.density.system import TOGETHER, Density, DensitySettings
from tests.systems.small.scans import ArrayScan, array_cohort


def flat(values: list[int]) -> ArrayScan:
    """A slice for each value, all lung, all of that HU."""
    hu = np.repeat(np.array(values, np.int16), 16).reshape(-1, 4, 4)
    return ArrayScan(hu, np.ones(hu.shape, bool))


def test_counts_by_thirds() -> None:
    counts = density_counts(flat([-900, -900, -500, -3000, 0, 3000, 200]))
    assert counts.sum(axis=1).tolist() == [48, 32, 32]
    assert counts[0, -900 + 1024] == 32
    assert counts[1, 0] == 16
    assert counts[2, -1] == 32


def test_features_by_hand() -> None:
    """A third at -800 HU: well and normally aerated; one at -300: poorly aerated, dense."""
    features = dict(
        zip(
            feature_names(50),
            density_features(density_counts(flat([-800, -300, 50])), 50),
            strict=True,
        )
    )
    assert features["upper third: share -900 to -500 HU (range)"] == 1
    assert features["upper third: share -950 to -700 HU (range)"] == 1
    assert features["middle third: share -600 to -250 HU (range)"] == 1
    assert features["lower third: share -100 to 100 HU (range)"] == 1
    assert features["middle third: mean density"] == pytest.approx(-0.3)
    assert features["lower third: standard deviation"] == 0
    bins = [value for name, value in features.items() if name.endswith("HU")]
    assert sum(bins) == pytest.approx(3)


def test_thirds_without_lung_take_the_whole() -> None:
    one = density_features(density_counts(flat([-800])), 50).reshape(3, -1)
    assert (one == one[0]).all()


def test_a_scan_without_lung_gets_an_answer(tmp_path: Path) -> None:
    empty = ArrayScan(np.zeros((5, 4, 4), np.int16), np.zeros((5, 4, 4), bool))
    assert np.isnan(density_features(density_counts(empty), 50)).all()
    system = Density()
    system.fit(array_cohort(2, seed=1), [], tmp_path)
    answer = system.predict([("empty", empty)])["empty"]
    assert sum(answer.probabilities or ()) == pytest.approx(1)


def test_same_as_scikit_learn() -> None:
    """The stored numbers answer as scikit-learn does with its own scaler."""
    from sklearn.linear_model import LogisticRegression as Theirs
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(40, 6)), np.arange(40, dtype=np.int64) % 3
    features[classes == 1, 2] += 1
    ours = fit_logistic(features, classes, 0.5, 0)
    theirs = make_pipeline(StandardScaler(), Theirs(C=0.5, tol=1e-8, max_iter=10_000))
    expected = theirs.fit(features, classes).predict_proba(features)
    got = np.stack([ours.probabilities(row) for row in features])
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_a_scan_unlike_all_others_is_not_endlessly_certain() -> None:
    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(30, 2)), np.arange(30, dtype=np.int64) % 3
    model = fit_logistic(features, classes, 0.1, 0)
    far, farther = (model.probabilities(np.full(2, value)) for value in (20.0, 1e6))
    assert (far == farther).all()
    assert far.max() < 0.95


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"mean": [1], "scale": [1], "weights": [[1]], "offsets": [1]}', '{"mean": [NaN]}'],
)
def test_damaged_numbers(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ModelError, match="can't be read"):
        LogisticRegression.load(tmp_path / "x.json", 2)


def test_kept_counts_are_read_back(tmp_path: Path) -> None:
    """A stopped run goes on: finished scans are not read again, damaged ones are."""
    answers = tmp_path / "answers"
    system = Density(run=RunSettings(answers=answers))
    scans = [(s.case_id, s.scan) for s in array_cohort(1, seed=1)]
    system.fit(array_cohort(2, seed=2), [], tmp_path / "model")
    first = system.predict(scans)
    kept = sorted(answers.glob("*.density"))
    assert len(kept) == 9
    changed = [path for path in kept if path.name.startswith(f"{NORMAL}-1-0")]
    for path in changed:
        counts = np.zeros_like(json.loads(read_kept(path) or b""))
        counts[:, 500] = 10
        write_kept(path, json.dumps(counts.tolist()).encode())
    again = system.predict(scans)
    assert [name for name in again if again[name] != first[name]] == [f"{NORMAL}-1-0"]
    assert system.run_remarks() == ()


@pytest.mark.parametrize("damage", ["zeroes", "cut", "bit", "another's", "valid but no counts"])
def test_damaged_counts_are_made_again_with_a_remark(damage: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    system = Density(run=RunSettings(answers=answers))
    scans = [(s.case_id, s.scan) for s in array_cohort(1, seed=1)]
    system.fit(array_cohort(2, seed=2), [], tmp_path / "model")
    first = system.predict(scans)
    path, other = (next(answers.glob(f"{name}-1-*.density")) for name in (NORMAL, CAP))
    whole = path.read_bytes()
    if damage == "valid but no counts":
        write_kept(path, b"[[1]]")
    else:
        path.write_bytes(
            {
                "zeroes": whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2),
                "cut": whole[:-1],
                "bit": whole.replace(b"0, 0", b"0, 1", 1),
                "another's": other.read_bytes(),
            }[damage]
        )
    assert system.predict(scans) == first
    [remark] = system.run_remarks()
    assert remark.startswith(f"cached predictions were damaged and computed again: {NORMAL}-1-")
    assert path.read_bytes() == whole


@pytest.mark.parametrize("case", ["x" * 210, "例" * 80, "a/b", "..", "a\0b"])
def test_answers_are_kept_for_cases_of_any_name(case: str, tmp_path: Path) -> None:
    """Names of files are limited to 255 bytes, those of case folders as well."""
    system = Density(run=RunSettings(answers=tmp_path / "answers"))
    system.fit(array_cohort(2, seed=2), [], tmp_path / "model")
    scan = array_cohort(1, seed=1)[0].scan
    kept = len(list((tmp_path / "answers").iterdir()))
    assert set(system.predict([(case, scan)])) == {case}
    assert system.run_remarks() == ()
    assert len(list((tmp_path / "answers").iterdir())) == kept + 1


def test_a_file_that_can_not_be_kept_is_a_remark(tmp_path: Path) -> None:
    """A folder in a file's place, say: the answers are there all the same."""
    answers = tmp_path / "answers"
    system = Density(run=RunSettings(answers=answers))
    scans = [(s.case_id, s.scan) for s in array_cohort(1, seed=1)]
    system.fit(array_cohort(2, seed=2), [], tmp_path / "model")
    first = system.predict(scans)
    path = next(answers.glob(f"{CAP}-1-*.density"))
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    assert system.predict(scans) == first
    assert "could not be cached" in system.run_remarks()[-1]


def test_scans_are_taken_in_the_callers_thread(tmp_path: Path) -> None:
    """joblib would take them where it hands out results, and wait there for its own ones."""
    taken: list[threading.Thread] = []

    def arriving() -> Iterator[tuple[str, ArrayScan]]:
        for number in range(TOGETHER + 3):
            taken.append(threading.current_thread())
            yield f"c{number}", flat([-800])

    system = Density(run=RunSettings(jobs=2))
    system.fit(array_cohort(2, seed=1), [], tmp_path / "model")
    answers = system.predict(arriving())
    assert list(answers) == [f"c{number}" for number in range(TOGETHER + 3)]
    assert set(taken) == {threading.main_thread()}


def test_every_class_is_needed(tmp_path: Path) -> None:
    without = [scan for scan in array_cohort(2, seed=1) if scan.label != CAP]
    with pytest.raises(DataError, match="nothing to learn CAP from"):
        Density().fit(without, [], tmp_path)
    assert not list(tmp_path.iterdir())


def test_it_needs_lungs() -> None:
    with pytest.raises(UsageError, match="lung masks are needed here"):
        Density.create({"lung_method": "none"})


def test_settings_out_of_range() -> None:
    for settings in ({"bin_width": 0}, {"inverse_penalty": 0.0}):
        with pytest.raises(UsageError, match="out of range"):
            DensitySettings(**settings)
