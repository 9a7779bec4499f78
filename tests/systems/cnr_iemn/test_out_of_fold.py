"""Folds: every training scan is answered by networks that never saw it, and nothing else moves."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.classifiers.feature_table import FEATURES_FILE, read_features
from spgc.contract.scan import LabelledScan
from spgc.data.layout import Dataset
from spgc.errors import DataError, ModelError
from spgc.nets.device import Runtime
from spgc.nets.slices.samples import Sample
from spgc.protocol import CLASSES
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.cnr_iemn import out_of_fold as module
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.out_of_fold import fold_cost, scan_folds
from spgc.systems.cnr_iemn.system import CnrIemn
from tests.nets.slices import tiny_stages

ONE = ("resnext50",)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny_stages.in_the_place_of(ONE[0], patch)
        yield


def scan(name: str, label: str) -> LabelledScan:
    return LabelledScan(name, None, label)  # type: ignore[arg-type]


def made_up(counts: Sequence[int], labelled: Sequence[int]) -> tuple[list[Any], list[Sample]]:
    """`counts` scans per class, of which `labelled` have a sample."""
    scans, samples = [], []
    for number, (label, count, known) in enumerate(zip(CLASSES, counts, labelled, strict=True)):
        for i in range(count):
            if i < known:
                samples.append(Sample(len(scans), 0, number))
            scans.append(scan(f"{label}-{i}", label))
    return scans, samples


@given(
    st.tuples(*[st.integers(6, 40)] * 3),
    st.tuples(*[st.integers(2, 6)] * 3),
    st.integers(2, 6),
    st.integers(0, 99),
)
def test_folds_are_even_in_every_kind(
    counts: Sequence[int], labelled: Sequence[int], folds: int, seed: int
) -> None:
    scans, samples = made_up(counts, labelled)
    config = Config(folds=folds, seed=seed)
    found = scan_folds(scans, samples, config)
    assert set(found) == {s.case_id for s in scans}
    known = {s.scan for s in samples}
    for label in CLASSES:
        for with_samples in (True, False):
            homes = [
                found[s.case_id]
                for number, s in enumerate(scans)
                if s.label == label and (number in known) == with_samples
            ]
            sizes = np.bincount(homes, minlength=folds)
            assert len(sizes) == folds
            assert sizes.max() - sizes.min() <= 1
    sizes = np.bincount(list(found.values()), minlength=folds)
    assert sizes.max() - sizes.min() <= 1
    order = np.random.default_rng(seed).permutation(len(scans))
    place = np.argsort(order)
    turned = [dataclasses.replace(s, scan=int(place[s.scan])) for s in samples]
    assert scan_folds([scans[i] for i in order], turned, config) == found


def test_seeds_deal_differently() -> None:
    scans, samples = made_up((10, 10, 10), (5, 5, 5))
    dealt = [scan_folds(scans, samples, Config(folds=3, seed=seed)) for seed in (0, 1)]
    assert dealt[0] != dealt[1]


def test_a_class_with_one_labelled_scan_can_not_be_held_out() -> None:
    scans, samples = made_up((5, 5, 5), (3, 1, 3))
    with pytest.raises(DataError, match="too few scans with CAP slices for folds"):
        scan_folds(scans, samples, Config(folds=2))


@pytest.mark.parametrize("folds", [1, -3])
def test_impossible_folds(folds: int) -> None:
    with pytest.raises(ModelError, match="impossible number of folds"):
        CnrIemn(Config(folds=folds))


def test_cost_is_said() -> None:
    cost = fold_cost(Config(folds=5))
    assert "20 further networks" in cost
    assert "about 5 times as long" in cost


@pytest.fixture(scope="module")
def splits(dataset: Dataset, prepared: Prepared) -> dict[str, list[LabelledScan]]:
    """Six training scans, all with slice labels: two a class, so that two folds have each class."""
    found = {s: labelled_scans(dataset, prepared, dataset.cases(s)) for s in ("train", "val")}
    found["train"] = [
        dataclasses.replace(s, infected=np.ones(s.scan.n_slices, np.uint8)) for s in found["train"]
    ]
    return found


@pytest.fixture(scope="module")
def folded(
    splits: dict[str, list[LabelledScan]],
    tiny_config: Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Config, list[tuple[set[str], set[str]]]]:
    """Model folder with two folds, its configuration, and which scans each network saw and met."""
    folder = tmp_path_factory.mktemp("folded")
    config = dataclasses.replace(tiny_config, backbones=ONE, folds=2)
    seen: list[tuple[set[str], set[str]]] = []
    train = module.train_backbone

    def watched(name: str, learn: Any, check: Any, *rest: Any) -> Any:
        seen.append(({s.case_id for s in learn[0]}, {s.case_id for s in check[0]}))
        assert {s.scan for s in learn[1]} <= set(range(len(learn[0])))
        return train(name, learn, check, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "train_backbone", watched)
        runtime = Runtime("cpu", answers=folder / "answers")
        CnrIemn(config, runtime).fit(splits["train"], splits["val"], folder / "model")
    return folder, config, seen


def test_no_network_answers_for_a_scan_that_it_saw(
    folded: Any, splits: dict[str, list[LabelledScan]]
) -> None:
    _, _, seen = folded
    names = {s.case_id for s in splits["train"]}
    assert len(seen) == 2
    assert all(learned | held == names and not learned & held for learned, held in seen)
    assert seen[0][1] | seen[1][1] == names


def test_features_come_from_the_fold_networks(
    folded: Any, splits: dict[str, list[LabelledScan]]
) -> None:
    """Each scan's stored features are what a system of its fold's weights says of it."""
    from spgc.classifiers.groups import scan_features
    from spgc.nets.slices.predictor import predictor
    from spgc.nets.training.checkpoint import load_weights
    from spgc.systems.cnr_iemn.network import build_slice_net

    folder, config, seen = folded
    table = read_features(folder / "model" / FEATURES_FILE, ONE)
    scans = {s.case_id: s.scan for s in splits["train"]}
    for fold, (_, held) in enumerate(seen):
        network = build_slice_net(ONE[0])
        load_weights(network, folder / f"model/folds/{fold + 1}-of-2/resnext50.safetensors")
        slices = predictor(
            {ONE[0]: network.eval()}.__getitem__, config.spec, Runtime("cpu"), {ONE[0]: ""}
        )
        for name in held:
            expected = scan_features(slices.predict(name, scans[name]), ONE)
            np.testing.assert_array_equal(table.features[table.cases.index(name)], expected)
    lines = (folder / "model" / FEATURES_FILE).read_text().splitlines()[1:]
    homes = {line.split(",")[0]: int(line.split(",")[2]) - 1 for line in lines}
    assert all(name in seen[fold][1] for name, fold in homes.items())


def fit_again(folded: Any, splits: Any, order: int = 1, **changes: Any) -> tuple[Path, list[str]]:
    """Fit a variant in the same folder; return the folder and the labels of work that was done."""
    folder, config, _ = folded
    done: list[str] = []

    def track(items: Any, label: str, total: int | None = None) -> Iterator[Any]:
        done.append(label)
        yield from items

    system = CnrIemn(
        dataclasses.replace(config, **changes), Runtime("cpu", answers=folder / "answers")
    )
    system.fit(splits["train"][::order], splits["val"], folder / "model", track)
    return folder / "model", done


def test_finished_networks_are_reused_in_any_order_of_scans(
    folded: Any, splits: dict[str, list[LabelledScan]]
) -> None:
    """Same scans in reverse: nothing is trained, and every file keeps its bytes."""
    model = folded[0] / "model"
    names = ("model.json", "patient-xgboost.json", "patient-svm.json", FEATURES_FILE)
    before = {name: (model / name).read_bytes() for name in names}
    _, done = fit_again(folded, splits, order=-1)
    assert not [label for label in done if "training " in label]
    assert {name: (model / name).read_bytes() for name in names} == before


def test_a_missing_fold_network_alone_is_trained_again(
    folded: Any, splits: dict[str, list[LabelledScan]]
) -> None:
    weights = folded[0] / "model/folds/2-of-2/resnext50.safetensors"
    before = weights.read_bytes()
    weights.unlink()
    _, done = fit_again(folded, splits)
    assert [label for label in done if "training " in label] == ["fold 2/2: training resnext50"]
    assert weights.read_bytes() == before


def test_variants_share_their_networks(folded: Any, splits: dict[str, list[LabelledScan]]) -> None:
    """Without folds, with probabilities, with weights, with the SVM: no network is trained."""
    for changes in (
        {"folds": 0},
        {"features": "probabilities"},
        {"patient_weights": "balanced"},
        {"patient_classifier": "svm"},
    ):
        model, done = fit_again(folded, splits, **changes)
        assert not [label for label in done if "resnext50" in label]
        card = json.loads((model / "model.json").read_text())
        assert changes.items() <= card["config"].items()
        system = CnrIemn.load(model)
        assert system.config.as_dict().items() >= changes.items()
        pairs = [(s.case_id, s.scan) for s in splits["val"]]
        answers = system.predict(pairs)
        assert all(a.label in CLASSES for a in answers.values())
        assert all(
            (a.probabilities is None) == (changes.get("patient_classifier") == "svm")
            for a in answers.values()
        )
