"""Astra: what it learns from, which encoder a model belongs to, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from spgc.errors import DataError, MissingExtraError, ModelError, UsageError
from spgc.jobs import extras
from spgc.nets.device import Runtime
from spgc.nets.volumes.astra_weights import ASTRA
from spgc.systems.astra import system as astra_system
from spgc.systems.astra.astra_settings import PRESETS, AstraSettings
from spgc.systems.astra.system import FILE, Astra
from spgc.systems.model_card import write_model_card
from tests.one_thread import one_thread
from tests.systems.small.scans import array_cohort

__all__ = ["one_thread"]

SETTINGS = AstraSettings(encoder="random", grid=(32, 32, 32), components=6)


@pytest.fixture(scope="module")
def fitted(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("astra")
    Astra(SETTINGS, Runtime("cpu", answers=folder / "answers")).fit(
        array_cohort(6, 1), [], folder / "model"
    )
    return folder / "model"


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "BROUGHT", {**extras.BROUGHT, "astra": ("not_there",)})


def test_it_learns_what_is_easy(fitted: Path) -> None:
    """Haze low down, a dense block, or neither, by features of an encoder that learnt nothing."""
    asked = array_cohort(4, 2)
    found = Astra.load(fitted, Runtime("cpu")).predict([(s.case_id, s.scan) for s in asked])
    assert sum(found[s.case_id].label == s.label for s in asked) >= 10


def test_the_models_files(fitted: Path) -> None:
    document = json.loads((fitted / "model.json").read_text())
    assert list(document["files"]) == [FILE]
    assert document["config"]["encoder"] == "random"
    assert "labelled_slices" not in document["trained_on"]


def test_features_are_kept_and_read_back(fitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second training on the same scans runs no encoder."""
    monkeypatch.setattr(Astra, "network", None)
    again = Astra(SETTINGS, Runtime("cpu", answers=fitted.parent / "answers"))
    again.fit(array_cohort(6, 1), [], fitted.parent / "again")
    assert (fitted.parent / "again" / FILE).read_bytes() == (fitted / FILE).read_bytes()


def test_a_damaged_kept_feature_is_made_again_with_a_remark(fitted: Path, tmp_path: Path) -> None:
    (asked,) = array_cohort(1, 5)[:1]
    run = Runtime("cpu", answers=tmp_path / "answers")
    first = Astra.load(fitted, run).predict([("a", asked.scan)])
    (kept,) = (tmp_path / "answers").glob("*.scans")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    system = Astra.load(fitted, run)
    assert system.predict([("a", asked.scan)]) == first
    (line,) = system.run_remarks()
    assert "were damaged" in line
    assert line.endswith(": a")


def test_a_model_of_another_encoder_is_refused(
    fitted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(astra_system, "FORM", astra_system.FORM + 1)
    with pytest.raises(ModelError, match="another encoder"):
        Astra.load(fitted, Runtime("cpu"))


def test_explanations_ask_the_whole_way_to_the_classes(fitted: Path) -> None:
    (asked,) = array_cohort(1, 7)[:1]
    system = Astra.load(fitted, Runtime("cpu"))
    found = system.predict([("a", asked.scan)])["a"].probabilities
    (given,) = system.volume_inputs("a", asked.scan).values()
    np.testing.assert_allclose(given.answer(given.volume[None])[0], found, atol=1e-5)


def test_every_use_without_the_package_ends_in_one_line(
    fitted: Path, without_package: None, tmp_path: Path
) -> None:
    line = r"package not installed: found not_there. Do: pip install 'spgc\[astra\]'"
    for use in (
        lambda: Astra.create({}),
        lambda: Astra.create({"preset": "demo"}),
        lambda: Astra().before_reading(tmp_path),
        lambda: Astra().fit(array_cohort(2, 1), [], tmp_path),
        lambda: Astra.network("encoder", AstraSettings()),
    ):
        with pytest.raises(MissingExtraError, match=line):
            use()
    assert not list(tmp_path.iterdir())
    Astra.load(fitted)  # with the random encoder


def test_a_model_of_the_published_encoder_needs_the_package(
    fitted: Path, without_package: None, tmp_path: Path
) -> None:
    Astra.load(fitted).save(tmp_path / "model")
    path = tmp_path / "model/model.json"
    text = path.read_text().replace('"encoder": "random"', '"encoder": "astra"')
    system = Astra(AstraSettings(**json.loads(text)["config"] | {"grid": (32, 32, 32)}))
    with pytest.raises(MissingExtraError, match=r"spgc\[astra\]"):
        system._read(tmp_path / "model")


def test_a_class_without_a_scan_is_refused(tmp_path: Path) -> None:
    scans = [scan for scan in array_cohort(2, 1) if scan.label != "CAP"]
    with pytest.raises(DataError, match="nothing to learn CAP from"):
        Astra(SETTINGS, Runtime("cpu")).fit(scans, [], tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encoder": "merlin"}, r"unknown encoder.*astra \| random"),
        ({"grid": "160,224"}, "can't be read"),
        ({"grid": "160,224,200"}, "multiples of 32"),
        ({"grid": "16,224,224"}, "too small"),
        ({"components": "0"}, "too small"),
        ({"inverse_penalty": "0"}, "too small"),
        ({"patient_weights": "heavy"}, "unknown patient weights"),
        ({"weights": "imagenet"}, "no option 'weights'"),
        ({"preset": "large"}, "unknown preset"),
    ],
)
def test_impossible_settings(options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Astra.create({"encoder": "random", **options})


def test_int8_is_refused() -> None:
    system = Astra(SETTINGS, Runtime("cpu", "int8", engine="openvino"))
    with pytest.raises(UsageError, match=r"int8 can't serve|not installed"):
        system._start()


def test_the_card_says_whose_the_encoder_is_and_what_is_unknown(
    fitted: Path, tmp_path: Path
) -> None:
    real = " ".join(Astra(PRESETS["paper"]).limits)
    for words in ("third party", "zzzwzh/Astra_CTRG", "COVID-CT-MD", "unknown", "six real scans"):
        assert words in real
    assert "not the 160×224×224" in " ".join(Astra(PRESETS["demo"]).limits)
    system = Astra.load(fitted)
    system.save(tmp_path)
    card = write_model_card(tmp_path, system).read_text()
    assert card.partition("# Model card")[2].split("\n\n")[1].startswith("No team's method")
    assert "has learnt nothing" in card


def test_the_defaults_are_those_of_the_page() -> None:
    paper = Astra(PRESETS["paper"])
    assert paper.settings == AstraSettings()
    assert paper.volume_spec.shape == (1, 160, 224, 224)
    assert dict(paper.volume_spec.outputs) == {"encoder": 2048}
    assert paper.lung_method == "none"
    assert (ASTRA.size, ASTRA.sha256[:8]) == (235_318_802, "d793f6bb")
    seeded = dataclasses.replace(AstraSettings(), seed=4)
    assert (paper.scenario, Astra(seeded).scenario) == ("paper", "paper")
