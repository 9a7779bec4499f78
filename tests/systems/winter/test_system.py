"""Winter as a whole: settings, the best epoch, answers of slices and scans, what it refuses."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spgc.contract import abilities
from spgc.errors import DataError, ModelError, UsageError
from spgc.nets.device import Runtime
from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone
from spgc.nets.training.checkpoint import save_weights
from spgc.nets.training.start import best_file
from spgc.systems.conformance.drawn_scans import cohort
from spgc.systems.winter.fusion_block import patient_answer
from spgc.systems.winter.lung_selection import look_at
from spgc.systems.winter.system import Winter
from spgc.systems.winter.winter_settings import DEMO, PRESETS
from spgc.systems.winter.winter_training import rate
from tests.nets.training.tiny_training import TinyNet

SMALL = dataclasses.replace(DEMO, backbone="resnet18", image_size=32, epochs=3, batch_size=8)
RUN = Runtime("cpu")


@pytest.fixture(scope="module", autouse=True)
def small_backbone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        small = Backbone(TinyNet, None, "fc")
        patch.setattr(backbones, "SPECS", {**backbones.SPECS, "resnet18": small})
        yield


@pytest.fixture(scope="module")
def winter(tmp_path_factory: pytest.TempPathFactory) -> Winter:
    """Trained on phantoms resampled to 30 mm, whose slices lie further apart."""
    system = Winter(dataclasses.replace(SMALL, slice_mm=30.0), RUN)
    system.fit(cohort().train, cohort().val, tmp_path_factory.mktemp("winter"))
    return system


def test_presets() -> None:
    assert Winter.create({"preset": "demo"}, RUN).settings == PRESETS["demo"]
    options = {"preset": "demo", "slice_mm": "none", "area_threshold": "none", "top": "5"}
    made = Winter.create(options, RUN).settings
    assert (made.slice_mm, made.area_threshold, made.top) == (None, None, 5)
    assert Winter(dataclasses.replace(DEMO, seed=7), RUN).scenario == "demo"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channels": "red"}, "masked | grey | lungs"),
        ({"negatives": "some"}, "normals | with-uninfected"),
        ({"checkpoint": "first"}, "last | best"),
        ({"backbone": "resnet19"}, "densenet121"),
        ({"lung_method": "mine"}, "watershed-closed"),
        ({"lung_method": "none"}, "lung masks are needed"),
        ({"lung_method": "none", "area_threshold": "none"}, "channels masked need lung masks"),
        ({"top": "0"}, ">= 1"),
        ({"slice_mm": "0"}, ">= 0.1"),
        ({"preset": "large"}, "paper | demo"),
    ],
)
def test_what_is_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Winter.create({"preset": "demo", **options}, RUN)
    assert said in str(caught.value)


def test_the_rate_falls_after_each_epoch() -> None:
    """0.01 · 0.9^epoch."""
    assert [rate(DEMO, epoch, 99) for epoch in (0, 1, 29)] == pytest.approx(
        [0.01, 0.009, 0.01 * 0.9**29]
    )


def test_answers_are_those_of_the_kept_slices(winter: Winter) -> None:
    case_id, scan = cohort().asked[0]
    looked = look_at(scan, winter.settings)
    assert 0 < len(looked.kept) <= looked.scan.n_slices
    ((_, rows),) = winter.kept_slices([(case_id, scan)])
    assert len(rows) == len(looked.kept)
    answer = winter.predict([(case_id, scan)])[case_id]
    assert (answer.label, answer.probabilities) == patient_answer(rows, winter.settings.top)
    stored = winter.slice_probabilities(case_id, scan)["resnet18"]
    view = looked.scan.scan
    for index, row in enumerate(stored):
        place = view.nearest(index)
        if place in looked.kept:
            np.testing.assert_allclose(row, rows[looked.kept.index(place)], atol=1e-5)


def test_k_is_an_option_of_the_trained_system(winter: Winter) -> None:
    scans = cohort().asked[:2]
    other = Winter.load(winter.home, RUN, {"top": "1"})
    for case_id, rows in winter.kept_slices(scans):
        found = other.predict(scans)[case_id]
        assert (found.label, found.probabilities) == patient_answer(rows, 1)
    with pytest.raises(UsageError, match="no option 'epochs'"):
        Winter.load(winter.home, RUN, {"epochs": "1"})


def test_a_scan_with_too_little_lung_is_named(winter: Winter) -> None:
    case_id, scan = cohort().asked[0]
    bare = dataclasses.replace(scan, mask=np.zeros_like(scan.mask), key="bare")
    assert winter.run_remarks() == []
    answer = winter.predict([(case_id, bare)])[case_id]
    assert sum(answer.probabilities or ()) == pytest.approx(1)
    assert winter.run_remarks() == [
        "no slice with more than 5000 pixels of lung, answered from those with most: case-12"
    ]


def test_a_network_that_a_training_replaced_meanwhile_is_refused(
    winter: Winter, tmp_path: Path
) -> None:
    """Else its answers, and what is converted from it, would be kept under the old one's hash."""
    folder = shutil.copytree(winter.home, tmp_path / "model")
    answers = tmp_path / "store" / "answers"
    opened = Winter.load(folder, dataclasses.replace(RUN, answers=answers))
    file = folder / opened.answering_file("resnet18")
    save_weights(Winter.network("resnet18", winter.settings), file, {})
    with pytest.raises(ModelError, match="has changed since training"):
        opened.predict(cohort().asked)
    assert not list(tmp_path.glob("store/*/*"))


def test_the_best_epoch_answers(tmp_path: Path) -> None:
    """With --checkpoint best the model is the epoch with most hits, the first of equal ones."""
    system = Winter(dataclasses.replace(SMALL, checkpoint="best"), RUN)
    system.fit(cohort().train, cohort().val, tmp_path)
    assert abilities.chooses_by_val(system)
    assert "chosen by its accuracy on validation" in " ".join(system.limits)
    assert list(system.describe()["files"]) == [best_file(tmp_path, "resnet18").name]
    lines = list(csv.DictReader((tmp_path / "training.csv").read_text("utf-8").splitlines()))
    hits = [int(line["val_hits"]) for line in lines]
    again = Winter(dataclasses.replace(SMALL, epochs=1 + hits.index(max(hits))), RUN)
    again.fit(cohort().train, cohort().val, tmp_path / "again")
    before, after = system.predict(cohort().asked), again.predict(cohort().asked)
    assert before == after
    assert not abilities.chooses_by_val(again)


def test_the_best_epoch_needs_slices_to_choose_by(tmp_path: Path) -> None:
    system = Winter(dataclasses.replace(SMALL, checkpoint="best"), RUN)
    with pytest.raises(DataError, match="nothing to choose the best epoch by"):
        system.fit(cohort().train, [], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_threshold_that_leaves_a_class_nothing_is_named(tmp_path: Path) -> None:
    system = Winter(dataclasses.replace(SMALL, area_threshold=200_000), RUN)
    with pytest.raises(DataError, match=r"0 of \d+ labelled slices show more than 200000 pixels"):
        system.fit(cohort().train, cohort().val, tmp_path)


def test_int8_is_refused(winter: Winter) -> None:
    with pytest.raises(UsageError, match="int8 can't serve system winter"):
        winter.quantise(winter.home, [], [])


def test_the_card_says_whose_masks(winter: Winter) -> None:
    assert any("not of R231" in line for line in winter.limits)
    own = dataclasses.replace(winter.settings, lung_method="r231")
    assert not any("not of R231" in line for line in Winter(own, RUN).limits)
