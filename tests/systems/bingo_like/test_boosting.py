"""Rounds of boosting: who learns from which slices, with which weights, and what is kept of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from spgc.classifiers.samme import learner_weight, next_weights, weighted_error
from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError, UsageError
from spgc.nets.device import Runtime
from spgc.nets.slices.lung_area import lung_areas
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.bingo_like import boosting
from spgc.systems.bingo_like.base_network import learnt_samples
from spgc.systems.bingo_like.bingo_settings import PRESETS, BingoSettings
from spgc.systems.bingo_like.boosting import taught
from spgc.systems.bingo_like.lung_slices import lung_slices, with_lung_only
from spgc.systems.bingo_like.system import BingoLike
from spgc.systems.bingo_like.votes import read_votes, voted, write_votes
from spgc.systems.model_card import write_model_card
from tests.nets.slices import tiny_stages
from tests.nets.training.tiny_training import NoiseScan, scans
from tests.one_thread import one_thread

__all__ = ["one_thread"]

SETTINGS = BingoSettings(
    backbone="resnet18",
    weights="none",
    image_size=32,
    epochs=6,
    learner_epochs=1,
    batch_size=8,
    learning_rate=0.01,
    lung_area=0,
    clusters=2,
    rounds=3,
)


class Watched:
    """What each learner got: classes of its slices and their weights."""

    def __init__(self) -> None:
        self.learners: dict[str, tuple[list[tuple[int, int]], np.ndarray]] = {}


@pytest.fixture(scope="module")
def small(one_thread: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny_stages.in_the_place_of("resnet18", patch)
        yield


@pytest.fixture(scope="module")
def train() -> list[LabelledScan]:
    """Four scans of each class; the first slice of normal ones is darker and shows little lung."""
    found = scans(range(4))
    for scan in found:
        if scan.label == NORMAL and isinstance(scan.scan, NoiseScan):
            scan.scan._hu[0] -= 700
    return found


@pytest.fixture(scope="module")
def fitted(
    small: None, train: list[LabelledScan], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Watched, BingoLike]:
    folder, watched = tmp_path_factory.mktemp("model"), Watched()
    train_on_draws = boosting.train_on_draws

    def learner(name: str, backbone: str, build: Any, learn: Any, weights: Any, *rest: Any) -> Any:
        watched.learners[name] = ([(s.scan, s.index) for s in learn[1]], weights)
        return train_on_draws(name, backbone, build, learn, weights, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "train_on_draws", learner)
        system = BingoLike(SETTINGS, Runtime("cpu"))
        system.fit(train, [], folder)
    return folder, watched, system


def test_rounds_follow_from_what_was_missed(
    fitted: tuple[Path, Watched, BingoLike], train: list[LabelledScan]
) -> None:
    """A literal transcription of SAMME over the kept misses gives every weight, error and vote."""
    folder, watched, _ = fitted
    rounds = json.loads((folder / "votes.json").read_text())["rounds"]
    ordered = sorted(train, key=lambda scan: scan.case_id)
    samples = learnt_samples(ordered, 0)
    places = [(s.scan, s.index) for s in samples]
    weights = np.full(len(samples), 1 / len(samples))
    for name, told in zip(SETTINGS.learners, rounds, strict=True):
        shown, given = watched.learners[name]
        chosen = [places.index(place) for place in shown]
        np.testing.assert_allclose(given, weights[chosen], rtol=1e-12)
        assert told["slices"] == len(shown)
        missed = np.zeros(len(samples), bool)
        kept = json.loads((folder / f"{name}.json").read_text())
        missed[json.loads(kept["result"])] = True
        assert told["error"] == pytest.approx(weighted_error(weights, missed))
        assert told["vote"] == pytest.approx(
            learner_weight(told["error"], 0.5 / len(samples)), rel=1e-9
        )
        weights = next_weights(weights, missed, told["vote"])


def test_all_cap_slices_and_one_cluster_of_the_others(
    fitted: tuple[Path, Watched, BingoLike], train: list[LabelledScan]
) -> None:
    _, watched, _ = fitted
    ordered = sorted(train, key=lambda scan: scan.case_id)
    everything = {(s.scan, s.index): CLASSES[s.label] for s in learnt_samples(ordered, 0)}
    cap = {place for place, label in everything.items() if label == "CAP"}
    first, second, third = (set(watched.learners[n][0]) for n in SETTINGS.learners)
    assert first == third  # two clusters: the third round has the first again
    assert first & second == cap
    assert first | second == set(everything)


def test_clusters_of_the_rounds_by_hand() -> None:
    classes = np.array([0, 0, 0, 1, 2, 2, 2, 2])
    clusters = np.array([0, 0, 1, -1, 0, 1, 2, 2])
    shown = [taught(clusters, classes, number).tolist() for number in range(4)]
    assert shown == [[0, 1, 3, 4], [2, 3, 5], [0, 1, 3, 6, 7], [2, 3, 4]]


def test_finished_rounds_are_not_trained_again(
    fitted: tuple[Path, Watched, BingoLike], train: list[LabelledScan]
) -> None:
    """Nor answered: their misses are read back. A missing one is the only one that is trained."""
    folder, _, _ = fitted
    before = (folder / "model.json").read_bytes()

    def fit() -> list[str]:
        seen: list[str] = []

        def track(items: Any, label: str, total: int | None = None) -> Iterator[Any]:
            seen.append(label)
            yield from items

        BingoLike(SETTINGS, Runtime("cpu")).fit(train, [], folder, track)
        return [label for label in seen if "lungs" not in label]

    assert fit() == []
    (folder / "learner-2.safetensors").unlink()
    assert fit() == ["training learner-2"]
    (folder / "learner-3.json").unlink()
    assert fit() == ["slices for learner-3"]
    assert (folder / "model.json").read_bytes() == before


def test_a_scan_is_the_voted_mean_of_its_slices_with_lung(
    fitted: tuple[Path, Watched, BingoLike],
) -> None:
    folder, _, _ = fitted
    scan = NoiseScan(3, "COVID-19", 5)
    areas = lung_areas(scan.arrays()[1])
    least = float(np.sort(areas)[1])  # two of five have no more
    document = json.loads((folder / "model.json").read_text())
    system = BingoLike.load(folder)
    system.settings = dataclasses.replace(system.settings, lung_area=least)
    found = system.predict([("a", scan)])["a"].probabilities
    rows = system.slice_probabilities("a", scan)
    votes = [one["vote"] for one in json.loads((folder / "votes.json").read_text())["rounds"]]
    shown = areas > least
    assert shown.sum() == 3
    expected = np.average(
        [rows[name][shown].mean(axis=0) for name in SETTINGS.learners], axis=0, weights=votes
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert list(document["files"]) == [
        *(f"{name}.safetensors" for name in SETTINGS.learners),
        "votes.json",
    ]


@pytest.mark.parametrize("learner", ["network", "tree"])
def test_it_learns_what_is_easy(small: None, learner: str, tmp_path: Path) -> None:
    """Classes that differ in brightness: all of twelve new scans are named right."""
    settings = dataclasses.replace(SETTINGS, learner=learner, epochs=12, learner_epochs=8, trees=9)
    system = BingoLike(settings, Runtime("cpu"))
    system.fit(scans(range(6)), [], tmp_path)
    asked = scans(range(20, 24))
    found = system.predict([(scan.case_id, scan.scan) for scan in asked])
    assert {scan.case_id: scan.label for scan in asked} == {n: a.label for n, a in found.items()}


def test_slices_without_lung_have_no_say_and_teach_nothing(train: list[LabelledScan]) -> None:
    normal, infected = train[2], train[0]
    least = 50_000
    areas = lung_areas(normal.scan.arrays()[1])
    assert (areas > least).tolist() == [False, True, True]
    assert [s.index for s in learnt_samples([normal], least)] == [1, 2]
    ((_, shown),) = with_lung_only([("a", normal.scan)], least)
    np.testing.assert_array_equal(shown.arrays()[0], normal.scan.arrays()[0][1:])
    # Infected slices teach whatever a mask leaves of them: consolidated lung is easily lost.
    assert [s.index for s in learnt_samples([infected], 10**6)] == [1, 2]


def test_a_scan_without_lung_is_answered_by_all_its_slices() -> None:
    scan = NoiseScan(1, NORMAL, 4)
    assert lung_slices(scan, 10**6) == [0, 1, 2, 3]
    ((_, shown),) = with_lung_only([("a", scan)], 10**6)
    assert shown.key == scan.key


def test_no_learner_better_than_guessing_lets_all_count_alike() -> None:
    answers = [np.array([[0.8, 0.2, 0.0]], np.float32), np.array([[0.0, 0.2, 0.8]], np.float32)]
    np.testing.assert_allclose(voted(answers, np.zeros(2)), [0.4, 0.2, 0.4], atol=1e-7)
    np.testing.assert_allclose(voted(answers, np.array([3.0, 1.0])), [0.6, 0.2, 0.2], atol=1e-7)


@pytest.mark.parametrize(
    "content",
    ["", "{}", '{"rounds": 3}', '{"rounds": [{"vote": 1}]}', '{"rounds": [{"vote": -1}, {}]}'],
)
def test_odd_votes_are_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "votes.json"
    write_votes(path, [{"vote": 1.5, "error": 0.2, "slices": 3}, {"vote": 0.0}])
    assert read_votes(path, 2).tolist() == [1.5, 0]
    path.write_text(content)
    with pytest.raises(ModelError, match="votes can't be read"):
        read_votes(path, 2)


def test_the_card_begins_with_whose_it_is(
    fitted: tuple[Path, Watched, BingoLike], tmp_path: Path
) -> None:
    fitted[2].save(tmp_path)
    card = write_model_card(tmp_path, fitted[2]).read_text()
    first = card.partition("# Model card")[2].split("\n\n")[1]
    assert first.startswith("The structure is team Bingo's")
    assert "numbers are ours" in first
    assert "ten CAP scans of Test-2" in card


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"learner": "forest"}, r"unknown learner.*network \| tree"),
        ({"backbone": "densenet121"}, "unknown backbone"),
        ({"lung_method": "none"}, "lung masks are needed"),
        ({"lung_method": "r2d2"}, "unknown lung method"),
        ({"rounds": "0"}, "too small"),
        ({"lung_area": "-1"}, "too small"),
        ({"grey_range": "400,-1200"}, "no range"),
    ],
)
def test_impossible_settings(options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        BingoLike.create(options)


def test_int8_is_refused(fitted: tuple[Path, Watched, BingoLike]) -> None:
    with pytest.raises(UsageError, match="int8 can't serve system bingo-like"):
        list(BingoLike.load(fitted[0]).quantise(fitted[0], [], []))


def test_the_defaults_are_those_of_the_page() -> None:
    paper = PRESETS["paper"]
    assert paper == BingoSettings()
    assert paper.learners == ("learner-1", "learner-2", "learner-3", "learner-4")
    assert set(paper.spec.sizes.values()) == {256}
    tree = dataclasses.replace(paper, learner="tree")
    assert tree.spec.backbones == ("base",)
    assert BingoLike(tree).row_features == 2048
    names: Sequence[str] = list(BingoLike(paper).training_networks)
    assert names == ["base"]
