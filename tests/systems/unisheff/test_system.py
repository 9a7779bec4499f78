"""UniSheff: its presets, who is learnt from, averaged draws, resuming, and what is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

pytest.importorskip("torch")

from safetensors.numpy import load_file

from spgc.contract.system import RunSettings
from spgc.errors import DataError, ModelError, UsageError
from spgc.files.hashes import file_hash
from spgc.nets.device import Runtime
from spgc.nets.training import recorder
from spgc.nets.volumes import resnet3d
from spgc.nets.volumes.kept_volumes import KeptVolumes
from spgc.systems.unisheff.system import UniSheff
from spgc.systems.unisheff.unisheff_settings import PRESETS, UniSheffSettings
from spgc.systems.unisheff.unisheff_training import LearntVolumes, build_network, grey_spread
from tests.one_thread import one_thread
from tests.systems.unisheff.round_body import bodies, round_body, without_lungs

__all__ = ["one_thread"]

T = TypeVar("T")

SETTINGS = dataclasses.replace(PRESETS["demo"], size=33, epochs=5, copies=(1, 0, 2), hidden=32)

FILE = "resnet18.safetensors"


@pytest.fixture(scope="module", autouse=True)
def narrow(one_thread: None) -> Iterator[None]:
    """A ResNet-18 of few channels, saved after every step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
        patch.setattr(recorder, "SAVE_EVERY", 0.0)
        yield


def fit(folder: Path, **changes: Any) -> UniSheff:
    system = UniSheff(dataclasses.replace(SETTINGS, **changes), Runtime("cpu", workers=0))
    system.fit(bodies(range(2)), bodies(range(2, 3)), folder)
    return system


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    fit(folder)
    return folder


def test_the_papers_numbers() -> None:
    paper, challenge = PRESETS["paper"], PRESETS["challenge"]
    assert paper == UniSheffSettings()
    assert (paper.depth, paper.roi, paper.area_share, paper.size) == (50, True, 0.8, 224)
    assert (paper.epochs, paper.batch_size, paper.learning_rate) == (35, 2, 1e-4)
    assert paper.copies == (1, 2, 2)
    assert dataclasses.replace(challenge, roi=True) == paper
    assert (paper.volumes.shape, challenge.volumes.shape) == (
        (2, 224, 224, 224),
        (1, 224, 224, 224),
    )
    assert paper.lung_method == "none"


def test_volumes_are_gone_when_all_is_trained(model: Path) -> None:
    """A model that answers has no use for the training's volumes, 20 MB and more each."""
    kept = {path.name for path in model.iterdir()}
    assert kept == {"model.json", FILE, "resnet18.best.safetensors", "training.csv"}


def test_grey_values_of_the_training_volumes_are_stored_with_the_weights(model: Path) -> None:
    volumes = LearntVolumes(KeptVolumes(SETTINGS.volumes, None), SETTINGS)
    train = sorted(bodies(range(2)), key=lambda scan: scan.case_id)
    mean, std = grey_spread(train, volumes)
    every = np.stack([volumes(s.case_id, s.scan, 0)[0] for s in train]).astype(np.float64)
    assert (mean, std) == pytest.approx((every.mean(), every.std()))
    stored = load_file(model / FILE)
    assert stored["mean"] == pytest.approx([mean])
    assert stored["std"] == pytest.approx([std])


def test_an_answer_depends_on_the_scan_alone(model: Path) -> None:
    system = UniSheff.load(model, RunSettings("cpu", engine="torch"))
    scans = [(s.case_id, s.scan) for s in bodies(range(4, 5))]
    together = system.predict(scans)
    again = UniSheff.load(model, RunSettings("cpu", engine="torch"))
    alone = [again.predict([scan]) for scan in reversed(scans)]
    assert {name: p for one in alone for name, p in one.items()} == together
    for found in together.values():
        assert sum(found.probabilities or ()) == pytest.approx(1)


def test_draws_are_averaged_and_repeat(model: Path) -> None:
    """The mean over two draws is the mean of what each is answered."""
    run = RunSettings("cpu", "fp32", engine="torch")
    scan = ("a", round_body(5, dense=150))
    fixed = UniSheff.load(model, run).predict([scan])["a"]
    one, two = (
        UniSheff.load(model, run, {"draws": number}).predict([scan])["a"] for number in "12"
    )
    assert two == UniSheff.load(model, run, {"draws": "2"}).predict([scan])["a"]
    probabilities = [np.array(found.probabilities) for found in (fixed, one, two)]
    assert not np.allclose(probabilities[0], probabilities[1], atol=1e-6)
    second = 2 * probabilities[2] - probabilities[1]
    assert second.sum() == pytest.approx(1)
    assert not np.allclose(second, probabilities[1], atol=1e-6)


def test_a_scan_without_lungs_is_answered_with_a_remark(model: Path) -> None:
    system = UniSheff.load(model, RunSettings("cpu", engine="torch"))
    found = system.predict([("empty", without_lungs()), ("full", round_body())])
    assert set(found) == {"empty", "full"}
    assert any("no lungs were found" in remark for remark in system.run_remarks())


class _Stopping:
    """A display that is interrupted at its item number `at`."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for item in items:
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
            yield item


@pytest.mark.parametrize("at", [3, 9])
def test_a_stopped_training_ends_with_the_same_bits(model: Path, tmp_path: Path, at: int) -> None:
    """Stopped while scans are put on the grid, and between two steps."""
    system = UniSheff(SETTINGS, Runtime("cpu", workers=0))
    with pytest.raises(KeyboardInterrupt):
        system.fit(bodies(range(2)), bodies(range(2, 3)), tmp_path, _Stopping(at))
    assert any((tmp_path / "volumes").iterdir())
    fit(tmp_path)
    assert file_hash(tmp_path / FILE) == file_hash(model / FILE)


def test_another_draw_is_another_training(model: Path, tmp_path: Path) -> None:
    fit(tmp_path, seed=1)
    assert file_hash(tmp_path / FILE) != file_hash(model / FILE)


def test_the_challenges_version_trains_and_answers(tmp_path: Path) -> None:
    system = fit(tmp_path, roi=False, epochs=1, copies=(0, 0, 0))
    found = system.predict([("a", round_body())])["a"]
    assert sum(found.probabilities or ()) == pytest.approx(1)
    assert any("77 of 90" in line for line in system.limits)


def test_what_the_card_says_follows_the_settings() -> None:
    said = " ".join(UniSheff(UniSheffSettings(depth=101, stride="first")).limits)
    assert "80 with ResNet-101" in said
    assert "taken by the first convolution" in said
    assert "Started at random" not in said
    assert "Started at random" in " ".join(UniSheff(SETTINGS).limits)


def test_where_a_bottleneck_strides() -> None:
    network = build_network(dataclasses.replace(SETTINGS, depth=50, stride="first"))
    assert network.get_submodule("layer3.0.conv1").stride == (2, 2, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": "34"}, r"unknown depth.*34.*18 \| 50 \| 101"),
        ({"stride": "last"}, r"unknown stride.*middle \| first"),
        ({"size": "32"}, "size of system unisheff is too small"),
        ({"area_share": "1.5"}, "area_share of system unisheff is too large"),
        ({"copies": "1,3,1"}, "copies of system unisheff is too large"),
        ({"weights": "medicalnet"}, "unknown weights"),
        ({"preset": "follow-up"}, r"unknown preset.*paper \| challenge \| demo"),
    ],
)
def test_impossible_settings_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        UniSheff.create(options)


def test_a_trained_one_takes_draws_alone(model: Path) -> None:
    with pytest.raises(UsageError, match=r"no option 'size'.*draws"):
        UniSheff.load(model, RunSettings("cpu"), {"size": "40"})


def test_first_weights_are_looked_for_before_any_scan_is_read(tmp_path: Path) -> None:
    system = UniSheff.create({"weights": str(tmp_path)}, RunSettings("cpu"))
    with pytest.raises(ModelError, match=r"missing.*resnet50-0676ba61\.pth"):
        system.before_reading(tmp_path / "model")


def test_a_class_without_a_scan_is_refused(tmp_path: Path) -> None:
    two = [scan for scan in bodies(range(1)) if scan.label != "CAP"]
    with pytest.raises(DataError, match=r"nothing to learn CAP from.*0 scans"):
        UniSheff(SETTINGS, Runtime("cpu")).fit(two, [], tmp_path)
