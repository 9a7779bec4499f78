"""Importance: contributions add up, what decides comes first, pictures say synthetic."""

from pathlib import Path

import numpy as np
import pytest
import xgboost

from spgc.classifiers.feature_table import read_features, write_features
from spgc.classifiers.groups import feature_names
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError
from spgc.explain.feature_importance import Importance, contributions, importance
from spgc.explain.patient_classifiers import Explained
from spgc.explain.permutation import shuffle_blocks
from spgc.protocol import CLASSES
from spgc.report.importance_figure import write_importance

BACKBONES = ("resnext50", "inception_v3")
DECIDES = (1, 14, 1)
"""inception_v3, group 15, CAP: the only feature that knows the class."""


def scans(seed: int = 0, count: int = 90) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    classes = np.arange(count, dtype=np.int64) % 3
    features = rng.random((count, 2, 20, 3), dtype=np.float32)
    features[:, *DECIDES] = classes / 2
    return features.reshape(count, -1), classes


@pytest.fixture(scope="module")
def trained() -> XGBoostClassifier:
    classifier = XGBoostClassifier()
    classifier.fit(*scans(), seed=0)
    return classifier


@pytest.fixture(scope="module")
def found(trained: XGBoostClassifier) -> Importance:
    return importance(trained, scans(1)[0], BACKBONES)


def test_contributions_add_up_to_the_answer(trained: XGBoostClassifier) -> None:
    """Their softmax is the probability that the classifier gives."""
    features, _ = scans(1)
    scores = contributions(trained, features).sum(axis=2)
    np.testing.assert_allclose(scores.sum(axis=1), 0, atol=1e-4)
    powers = np.exp(scores)
    expected = trained.predict(features)[1]
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), expected, atol=1e-5)


def test_the_feature_that_decides_comes_first(found: Importance) -> None:
    assert found.top(1) == [DECIDES]
    assert found.gain[DECIDES] > 0.9
    assert found.parts()["groups"]["13-16"] > 0.5
    assert found.parts()["backbone"]["inception_v3"] > 0.5


def test_shares_add_up(found: Importance) -> None:
    assert found.gain.shape == (2, 20, 3)
    for shares in (found.gain, found.contributions, found.by_answer):
        assert shares.sum() == pytest.approx(1)
        assert (shares >= 0).all()
    np.testing.assert_allclose(found.by_answer.sum(axis=0), found.contributions)
    for parts in found.parts().values():
        assert sum(parts.values()) == pytest.approx(1)


def test_gain_is_the_sum_over_the_trees(trained: XGBoostClassifier, found: Importance) -> None:
    """XGBoost's own table of trees, node by node, gives the same shares."""
    trees = trained.booster.trees_to_dataframe()
    trees = trees[trees.Feature != "Leaf"]
    sums = trees.groupby("Feature").Gain.sum() / trees.Gain.sum()
    flat = found.gain.ravel()
    assert {f"f{i}" for i in np.flatnonzero(flat)} == set(sums.index)
    for name, share in sums.items():
        assert flat[int(name[1:])] == pytest.approx(share, rel=1e-3)


def test_a_classifier_without_splits(tmp_path: Path) -> None:
    """Features that say nothing: importance is 0 everywhere and the picture is still drawn."""
    classifier = XGBoostClassifier()
    classifier.fit(np.full((9, 60), 0.5, np.float32), np.arange(9) % 3, seed=0)
    found = importance(classifier, np.full((9, 60), 0.5, np.float32), ("resnext50",))
    assert not found.gain.any()
    assert not found.contributions.any()
    assert len(write_importance(Explained(found, "9 scans", False), tmp_path)) == 4


@pytest.mark.parametrize("synthetic", [True, False])
def test_files(
    synthetic: bool, trained: XGBoostClassifier, found: Importance, tmp_path: Path
) -> None:
    losses = {"xgboost": shuffle_blocks(trained, *scans(1), BACKBONES)}
    explained = Explained(found, "90 scans of val", synthetic, losses)
    paths = write_importance(explained, tmp_path / "a")
    assert [p.name for p in paths] == [
        "importance.png",
        "importance.svg",
        "importance.pdf",
        "importance.csv",
        "permutation.csv",
    ]
    again = write_importance(explained, tmp_path / "b")
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]
    assert ("SYNTHETIC" in paths[1].read_text()) == synthetic
    rows = paths[3].read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == feature_names(BACKBONES)
    number = np.ravel_multi_index(DECIDES, (2, 20, 3))
    assert rows[1 + number].startswith("inception_v3 g15 CAP,inception_v3,15,CAP,")
    assert len(paths[4].read_text().splitlines()) == 1 + 25


def written(path: Path) -> tuple[np.ndarray, list[LabelledScan]]:
    features = (np.arange(4 * 60, dtype=np.float32) / 240 / 3).reshape(4, 60)
    names = ["a", 'b "x", c', "007", "NA"]
    made = [
        LabelledScan(name, None, CLASSES[i % 3])  # type: ignore[arg-type]
        for i, name in enumerate(names)
    ]
    write_features(path, made, features, ("resnext50",), {n: i % 2 for i, n in enumerate(names)})
    return features, made


def test_training_features_survive_the_file(tmp_path: Path) -> None:
    features, made = written(tmp_path / "f.csv")
    table = read_features(tmp_path / "f.csv", ("resnext50",))
    np.testing.assert_array_equal(table.features, features)
    assert table.cases == tuple(s.case_id for s in made)
    assert [CLASSES[k] for k in table.classes] == [s.label for s in made]


@pytest.mark.parametrize("content", ["", "case,label,fold\n", "\0", "a,b\n1,2,3\n4\n"])
def test_damaged_training_features(content: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(content)
    with pytest.raises(ModelError, match="training features"):
        read_features(tmp_path / "f.csv", ("resnext50",))


@pytest.mark.parametrize("value", ["2", "nan", "x", "-1", "", "1e400"])
def test_training_features_that_are_no_shares(value: str, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    written(path)
    lines = path.read_text().splitlines()
    lines[1] = lines[1].rsplit(",", 1)[0] + "," + value
    path.write_text("\n".join(lines))
    with pytest.raises(ModelError, match="training features"):
        read_features(path, ("resnext50",))


def test_training_features_with_a_column_twice(tmp_path: Path) -> None:
    """Pandas takes the first and calls the second something else."""
    path = tmp_path / "f.csv"
    written(path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},label", *(f"{line},CAP" for line in lines[1:])]))
    with pytest.raises(ModelError, match="two columns label"):
        read_features(path, ("resnext50",))


def test_xgboost_still_counts_from_f0(trained: XGBoostClassifier) -> None:
    """Gain is looked up by the names that XGBoost gives to columns without names."""
    assert all(name[0] == "f" for name in trained.booster.get_score(importance_type="total_gain"))
    assert xgboost.DMatrix(scans()[0]).feature_names is None


def test_training_features_with_more_columns_than_a_table_has(tmp_path: Path) -> None:
    """Pandas would fill each row with them: some hundred KB took all memory."""
    path = tmp_path / "f.csv"
    written(path)
    lines = path.read_text().splitlines()
    names = ",".join(f"more{i}" for i in range(50_000))
    path.write_text("\n".join([f"{lines[0]},{names}", *lines[1:], *["a"] * 50_000]))
    with pytest.raises(ModelError, match="columns, more than 63"):
        read_features(path, ("resnext50",))
