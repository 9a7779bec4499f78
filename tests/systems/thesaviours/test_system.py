"""TheSaviours as a system: the epoch that answers, windows and bugs as options, refusals."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError, UsageError
from spgc.model.trained_on import learnt_with_labels
from spgc.nets.device import Runtime
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.training.checkpoint import stored_facts
from spgc.nets.training.metrics import TABLE
from spgc.protocol import CLASSES, COVID19
from spgc.systems.thesaviours.settings import AS_RELEASED, PRESETS, Settings
from spgc.systems.thesaviours.system import TheSaviours
from spgc.systems.thesaviours.votes import vote_sums
from tests.one_thread import one_thread
from tests.systems.thesaviours import tiny

__all__ = ["one_thread"]

RUN = Runtime("cpu")
ANSWERING = "efficientnet_b0.best.safetensors"


def fit(
    folder: Path,
    train: list[LabelledScan],
    val: list[LabelledScan] | None = None,
    run: Runtime = RUN,
    **changed: object,
) -> TheSaviours:
    settings = dataclasses.replace(tiny.SETTINGS, **changed)  # type: ignore[arg-type]
    system = TheSaviours(settings, run)
    system.fit(train, val or [], folder)
    return system


@pytest.fixture(scope="module", autouse=True)
def small(one_thread: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny.small(patch)
        yield


@pytest.fixture(scope="module")
def trained(small: None, tmp_path_factory: pytest.TempPathFactory) -> TheSaviours:
    return fit(tmp_path_factory.mktemp("model"), tiny.cohort())


def test_the_epoch_of_the_lowest_loss_answers(trained: TheSaviours) -> None:
    with (trained.home / TABLE).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["backbone"] == "efficientnet_b0"]
    losses = [int(row["val_loss_millionths"]) for row in rows]
    chosen = trained.describe()["trained_on"]["chosen"]
    assert chosen["epoch"] == 1 + int(np.argmin(losses))
    assert chosen["loss"] == min(losses) / 1e6 / chosen["held_out_slices"]
    assert len(losses) == chosen["of_epochs"] == 4
    assert len(chosen["held_out"]) == 3
    assert trained.limits[-1].startswith(f"It answers by epoch {chosen['epoch']} of 4, whose loss")
    assert next(iter(trained.describe()["files"])) == ANSWERING
    facts = stored_facts(trained.home / ANSWERING)
    assert int(facts["epoch"]) == chosen["epoch"]


def test_the_held_out_patients_are_not_learnt_from(trained: TheSaviours) -> None:
    learnt = trained.describe()["trained_on"]
    assert learnt["scans"] == {"COVID-19": 4, "CAP": 4, "Normal": 4}
    held = set(learnt["chosen"]["held_out"])
    normal = [s.scan.n_slices for s in tiny.cohort() if s.label == "Normal"]
    shown = [
        s.scan.n_slices for s in tiny.cohort() if s.label == "Normal" and s.case_id not in held
    ]
    assert learnt["labelled_slices"]["Normal"] == sum(shown) < sum(normal)


def test_more_evaluations_choose_no_other_epoch(trained: TheSaviours, tmp_path: Path) -> None:
    often = fit(tmp_path, tiny.cohort(), run=Runtime("cpu", evaluate_every=1))
    assert often.describe() == trained.describe()


def test_a_lost_best_epoch_is_trained_again(trained: TheSaviours, tmp_path: Path) -> None:
    first = fit(tmp_path, tiny.cohort())
    (tmp_path / ANSWERING).unlink()
    again = fit(tmp_path, tiny.cohort())
    assert again.describe() == first.describe() == trained.describe()
    assert (tmp_path / ANSWERING).is_file()


def test_answers_come_from_the_slices_of_the_window(trained: TheSaviours, tmp_path: Path) -> None:
    """The votes of whole scans are those of the window's rows among all slices' answers."""
    system = TheSaviours.load(trained.home, Runtime("cpu", answers=tmp_path))
    scans = [tiny.scan("a", "CAP", 95), tiny.scan("b", COVID19, 61), tiny.scan("c", "Normal", 7)]
    asked = [(s.case_id, s.scan) for s in scans]
    votes = system.votes(asked)
    for case, scan in asked:
        rows = system.slice_probabilities(case, scan)["efficientnet_b0"]
        assert rows.shape == (scan.n_slices, len(CLASSES))
        window = list(system.window(scan.n_slices))
        assert votes[case] == vote_sums(rows[window].argmax(axis=1))
    assert (system.slices_shown(95), system.slices_shown(61), system.slices_shown(7)) == (80, 40, 7)
    assert system.predict(asked) == trained.predict(asked)


def test_a_short_scan_is_covid19_unseen_as_released(trained: TheSaviours) -> None:
    system = TheSaviours.load(trained.home, RUN, {"test_window": AS_RELEASED})
    short, long = (("a", tiny.scan("a", "Normal", n).scan) for n in (80, 81))
    assert system.votes([short]) == {"a": (0, 0, 0)}
    answer = system.predict([short])["a"]
    assert (answer.label, answer.probabilities) == (COVID19, pytest.approx((1 / 3,) * 3))
    assert sum(system.votes([long])["a"]) > 0
    assert sum(trained.votes([short])["a"]) > 0
    with pytest.raises(UsageError, match="unknown test window"):
        TheSaviours.load(trained.home, RUN, {"test_window": "wide"})
    with pytest.raises(UsageError, match="a trained thesaviours has no option 'epochs'"):
        TheSaviours.load(trained.home, RUN, {"epochs": "3"})


def test_as_released_brings_the_bugs_back_unless_an_option_says_otherwise() -> None:
    bugs = TheSaviours.read_settings({"as_released": "yes", "lung_method": "watershed-closed"})
    plain = Settings(lung_method="watershed-closed")
    assert bugs == dataclasses.replace(
        plain,
        test_window=AS_RELEASED,
        slice_labels=AS_RELEASED,
        cap_pseudo_labels=False,
        jpeg=True,
    )
    some = TheSaviours.read_settings(
        {"as_released": "true", "jpeg": "false", "lung_method": "watershed-closed"}
    )
    assert some == dataclasses.replace(bugs, jpeg=False)
    none = {"as_released": "false", "lung_method": "watershed-closed"}
    assert TheSaviours.read_settings(none) == plain


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_released": "perhaps"}, "as_released of system thesaviours can't be read"),
        ({"held_out": "1"}, "held_out is no share"),
        ({"held_out": "0"}, "held_out is no share"),
        ({"slice_labels": "left"}, "unknown slice labels: found 'left'"),
        ({"draws": "0"}, "option draws of system thesaviours is too small"),
        ({"rounds": "0"}, "too small"),
        ({"batch_size": "1"}, "too small"),
        ({"preset": "large"}, "unknown preset"),
        ({"weights": "mine"}, "unknown weights"),
        ({"lung_method": "mine"}, "unknown lung method"),
        ({"epochs": "3"}, "has no option 'epochs'"),
    ],
)
def test_impossible_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TheSaviours.read_settings({"lung_method": "watershed-closed"} | options)


def test_presets_are_known_by_name() -> None:
    for name, settings in PRESETS.items():
        assert TheSaviours(dataclasses.replace(settings, seed=9)).scenario == name
    assert TheSaviours(tiny.SETTINGS).scenario is None


def test_the_card_says_what_is_repaired_and_what_is_not() -> None:
    plain = TheSaviours(tiny.SETTINGS).limits
    bugs = {"test_window": AS_RELEASED, "slice_labels": AS_RELEASED, "use_val": True}
    released = TheSaviours(
        dataclasses.replace(tiny.SETTINGS, jpeg=True, cap_pseudo_labels=False, **bugs)  # type: ignore[arg-type]
    ).limits
    assert plain[0].startswith("Rebuilt from the team's own code")
    assert sum(line.startswith("Repaired") for line in plain) == 5
    assert sum(line.startswith("As released") for line in released) == 4
    assert released[-1].startswith("Trained on the validation split too")


def test_with_use_val_validation_scans_are_learnt_from(tmp_path: Path) -> None:
    train = [scan for scan in tiny.cohort() if not scan.case_id.endswith("3")]
    val = [scan for scan in tiny.cohort() if scan.case_id.endswith("3")]
    system = fit(tmp_path, train, val, use_val=True)
    document = system.describe()
    assert document["trained_on"]["scans"] == {"COVID-19": 3, "CAP": 3, "Normal": 3}
    assert document["trained_on"]["val"]["scans"] == {"COVID-19": 1, "CAP": 1, "Normal": 1}
    assert learnt_with_labels(document, dict.fromkeys(["P3", "cap3", "P1", "other"])) == [
        "P3",
        "cap3",
    ]
    assert system.chooses_by_val
    plain = fit(tmp_path / "plain", train, val)
    assert not plain.chooses_by_val
    assert learnt_with_labels(plain.describe(), {"P3": None}) == []


def test_a_class_without_unlabelled_scans_needs_no_network_of_stage_1(tmp_path: Path) -> None:
    train = [scan for scan in tiny.cohort() if scan.case_id != "cap0"]
    system = fit(tmp_path, train)
    assert not (tmp_path / "cap-or-normal.safetensors").exists()
    assert list(system.describe()["files"]) == [ANSWERING, "pseudo-labels-covid19.kept"]


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ("normal", "nothing to learn Normal from"),
        ("cap", "nothing to learn CAP from"),
    ],
)
def test_a_class_without_scans(left_out: str, message: str, tmp_path: Path) -> None:
    train = [scan for scan in tiny.cohort() if not scan.case_id.startswith(left_out)]
    with pytest.raises(DataError, match=message):
        fit(tmp_path, train)


def test_slices_that_nobody_labelled_at_all(tmp_path: Path) -> None:
    train = [dataclasses.replace(scan, infected=None) for scan in tiny.cohort()]
    with pytest.raises(DataError, match="nothing to learn from which COVID-19 slices are infected"):
        fit(tmp_path, train)


def test_one_patient_of_each_class_leaves_none_to_choose_by(tmp_path: Path) -> None:
    train = [scan for scan in tiny.cohort() if scan.case_id.endswith("1")]
    with pytest.raises(DataError, match="no slice to choose the epoch by"):
        fit(tmp_path / "model", train)
    assert not (tmp_path / "model").exists()  # found before stage 1


def test_networks_to_time_are_those_that_answer() -> None:
    networks = TheSaviours(tiny.SETTINGS, RUN).untrained_networks()
    assert networks.names == ("efficientnet_b0",)
    network = networks.load("efficientnet_b0")
    assert isinstance(network, SliceClassifier)
    assert network(torch.zeros(2, 3, 32, 32))[0].shape == (2, 3)
