"""IITDelhi-like: who learns from whom, who answers, and which settings are refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from spgc.classifiers.random_forest import FOREST_SETTINGS
from spgc.classifiers.stacking import ENSEMBLE, MEMBERS
from spgc.contract.scan import LabelledScan
from spgc.errors import DataError, UsageError
from spgc.nets.device import Runtime
from spgc.systems.iitdelhi_like import multi_scale_training, stacking_stage
from spgc.systems.iitdelhi_like.iitdelhi_settings import PRESETS, IitDelhiSettings
from spgc.systems.iitdelhi_like.system import IitDelhiLike
from spgc.systems.model_card import write_model_card
from tests.nets.slices import tiny_stages
from tests.nets.training.tiny_training import scans
from tests.one_thread import one_thread

__all__ = ["one_thread"]

SETTINGS = IitDelhiSettings(
    backbone="resnet18",
    weights="none",
    image_size=32,
    epochs=1,
    batch_size=8,
    learning_rate=1e-3,
    scale_features=4,
    lung_method="watershed-two-regions",
    folds=2,
)


class Watched:
    """Who learnt from which scans, in order: slice networks and groups of four classifiers."""

    def __init__(self) -> None:
        self.networks: list[tuple[set[str], set[str]]] = []
        self.fours: list[int] = []


@pytest.fixture(scope="module")
def small(one_thread: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny_stages.in_the_place_of("resnet18", patch)
        patch.setitem(FOREST_SETTINGS, "n_estimators", 5)
        yield


@pytest.fixture(scope="module")
def train() -> list[LabelledScan]:
    return scans(range(3))


@pytest.fixture(scope="module")
def fitted(
    small: None, train: list[LabelledScan], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Watched]:
    """A model with two folds, and who learnt from whom."""
    folder, watched = tmp_path_factory.mktemp("model"), Watched()
    train_slices, fit_members = multi_scale_training.train_slices, stacking_stage.fit_members

    def network(learn: Sequence[LabelledScan], check: Any, *rest: Any) -> Any:
        watched.networks.append(({s.case_id for s in learn}, {s.case_id for s in check}))
        return train_slices(learn, check, *rest)

    def four(features: np.ndarray, *rest: Any) -> Any:
        watched.fours.append(len(features))
        return fit_members(features, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multi_scale_training, "train_slices", network)
        patch.setattr(stacking_stage, "fit_members", four)
        IitDelhiLike(SETTINGS, Runtime("cpu")).fit(train, scans([7]), folder)
    return folder, watched


def test_what_the_ensemble_learns_from_saw_nothing_of_the_scan(
    fitted: tuple[Path, Watched], train: list[LabelledScan]
) -> None:
    """Each fold's network and its four classifiers learn from the same scans, never those held."""
    _, watched = fitted
    names = {scan.case_id for scan in train}
    assert watched.networks[0][0] == names
    first, second = watched.networks[1:]
    assert first[0] | first[1] == second[0] | second[1] == names
    assert not first[0] & first[1]
    assert first[1] | second[1] == names
    assert not first[1] & second[1]
    assert watched.fours == [len(first[0]), len(second[0])]


def test_the_models_files(fitted: tuple[Path, Watched]) -> None:
    document = json.loads((fitted[0] / "model.json").read_text())
    assert list(document["files"]) == [
        "resnet18.safetensors",
        "patient-logistic.json",
        "patient-svm.safetensors",
        "patient-forest.json",
        "patient-xgboost.json",
        "patient-stacking.json",
    ]
    assert document["trained_on"]["labelled_slices"] == {"COVID-19": 6, "CAP": 6, "Normal": 9}


def test_each_classifier_can_be_asked_alone(
    fitted: tuple[Path, Watched], train: list[LabelledScan]
) -> None:
    """The four give answers of their own, and the ensemble is what the model answers with."""
    asked = [(scan.case_id, scan.scan) for scan in scans([11])]
    answers = {
        who: IitDelhiLike.load(fitted[0], options={"patient_classifier": who}).predict(asked)
        for who in (*MEMBERS, ENSEMBLE)
    }
    assert IitDelhiLike.load(fitted[0]).predict(asked) == answers[ENSEMBLE]
    different = {str(sorted(found.items())) for found in answers.values()}
    assert len(different) == len(MEMBERS) + 1
    with pytest.raises(UsageError, match=r"'knn'.*stacking \| logistic \| svm"):
        IitDelhiLike.load(fitted[0], options={"patient_classifier": "knn"})


def test_slices_are_answered_with_probabilities(fitted: tuple[Path, Watched]) -> None:
    system = IitDelhiLike.load(fitted[0])
    scan = scans([12])[0].scan
    rows = system.slice_probabilities("a", scan)["resnet18"]
    assert rows.shape == (3, 3)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    assert system.slices.predict("a", scan)["resnet18"].shape == (3, 3 + 16)


def test_without_folds_one_network_is_trained(
    small: None, train: list[LabelledScan], tmp_path: Path
) -> None:
    """Its four classifiers are still held to parts: as many as the rarest class has scans."""
    seen: list[str] = []

    def track(items: Any, label: str, total: int | None = None) -> Iterator[Any]:
        seen.append(label)
        yield from items

    fours: list[int] = []
    fit_members = stacking_stage.fit_members

    def four(features: np.ndarray, *rest: Any) -> Any:
        fours.append(len(features))
        return fit_members(features, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stacking_stage, "fit_members", four)
        system = IitDelhiLike(dataclasses.replace(SETTINGS, folds=0), Runtime("cpu"))
        system.fit(train, [], tmp_path, track)
    assert [label for label in seen if label.startswith("training")] == ["training resnet18"]
    assert fours == [6, 6, 6]
    assert not (tmp_path / "folds").exists()
    assert system.cost == ""


@pytest.mark.parametrize("folds", [0, 3])
def test_it_learns_what_is_easy(small: None, folds: int, tmp_path: Path) -> None:
    """Classes that differ in brightness: all of twelve new scans are named right, by all five."""
    settings = dataclasses.replace(SETTINGS, folds=folds, epochs=12, learning_rate=0.01)
    IitDelhiLike(settings, Runtime("cpu")).fit(scans(range(6)), [], tmp_path)
    asked = scans(range(20, 24))
    for who in (*MEMBERS, ENSEMBLE):
        system = IitDelhiLike.load(tmp_path, options={"patient_classifier": who})
        found = system.predict([(scan.case_id, scan.scan) for scan in asked])
        right = sum(found[scan.case_id].label == scan.label for scan in asked)
        assert right == len(asked), who


def test_too_few_labelled_scans_for_folds_are_found_before_training(
    small: None, tmp_path: Path
) -> None:
    one_labelled = [
        scan if number < 3 or scan.label == "Normal" else dataclasses.replace(scan, infected=None)
        for number, scan in enumerate(scans(range(2)))
    ]
    with pytest.raises(DataError, match="too few scans with COVID-19 slices for folds"):
        IitDelhiLike(SETTINGS, Runtime("cpu")).fit(one_labelled, [], tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folds", [0, 2])
def test_too_few_scans_for_the_stacking_are_found_before_training(
    small: None, tmp_path: Path, folds: int
) -> None:
    settings = dataclasses.replace(SETTINGS, folds=folds)
    with pytest.raises(DataError, match="too few COVID-19 scans for the stacking") as refused:
        IitDelhiLike(settings, Runtime("cpu")).fit(scans(range(1)), [], tmp_path)
    assert "--folds" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_the_card_begins_with_whose_it_is(fitted: tuple[Path, Watched], tmp_path: Path) -> None:
    system = IitDelhiLike.load(fitted[0])
    system.save(tmp_path)
    card = write_model_card(tmp_path, system).read_text()
    _, _, body = card.partition("# Model card")
    first = body.split("\n\n")[1]
    assert first.startswith("The structure is team IITDelhi's")
    assert "the numbers are ours" in first


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"backbone": "densenet121"}, "unknown backbone"),
        ({"channels": "lungs"}, r"unknown channels.*grey \| masked"),
        ({"channels": "masked", "lung_method": "none"}, "lung masks are needed"),
        ({"lung_method": "r2d2"}, "unknown lung method"),
        ({"folds": "1"}, "impossible number of folds"),
        ({"folds": "-2"}, "too small"),
        ({"grey_range": "400,-1200"}, "no range"),
        ({"patient_weights": "heavy"}, "unknown patient weights"),
        ({"patient_classifier": "knn"}, "unknown patient classifier"),
        ({"weights": "mine"}, "unknown weights"),
        ({"preset": "large"}, "unknown preset"),
    ],
)
def test_impossible_settings(options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        IitDelhiLike.create({"lung_method": "watershed-two-regions", **options})


def test_the_defaults_are_those_of_the_page() -> None:
    paper = PRESETS["paper"]
    assert paper == IitDelhiSettings()
    assert (paper.spec.sizes, paper.slice_features) == ({"resnet50": 256}, 1024)
    assert paper.spec.grey_range == (-1200, 400)
    assert paper.spec.channels == "grey"
    assert not paper.spec.position_inputs
    assert IitDelhiLike(PRESETS["demo"]).scenario == "demo"
    assert IitDelhiLike(IitDelhiSettings(seed=4)).scenario == "paper"
    assert IitDelhiLike(IitDelhiSettings(epochs=4)).scenario is None
