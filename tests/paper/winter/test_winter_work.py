"""Winter's tables made again on a tiny synthetic cohort, with a small network as backbone."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.errors import UsageError
from spgc.jobs.progress import silent
from spgc.nets.device import Runtime
from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone
from spgc.nets.training.learner import Learner
from spgc.paper.reproduce import Reproducing
from spgc.paper.winter.winter_scenarios import SCENARIOS
from spgc.paper.winter.winter_tables import MadeTable
from spgc.paper.winter.winter_work import NETWORKS, WinterTables, base_settings
from spgc.protocol import CLASSES
from spgc.runs.cases import DataFolder
from spgc.runs.scans import Prepared
from spgc.systems.conformance.drawn_scans import cohort
from spgc.systems.winter.system import Winter
from spgc.systems.winter.winter_settings import DEMO
from tests.held import is_held
from tests.nets.training.tiny_training import TinyNet

BASE = dataclasses.replace(DEMO, backbone="resnet18", image_size=32, epochs=1)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WinterTables]:
    folder = tmp_path_factory.mktemp("winter")
    small = Backbone(TinyNet, None, "fc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbones, "SPECS", {**backbones.SPECS, "resnet18": small})
        yield WinterTables(
            tuple(SCENARIOS),
            cohort().train,
            cohort().val,
            folder / "runs",
            BASE,
            Runtime("cpu", answers=folder / "answers"),
            silent,
            Prepared({}),
            False,
        )


@pytest.fixture(scope="module")
def tables(work: WinterTables) -> dict[str, MadeTable | None]:
    return {name: work.run(name) for name in SCENARIOS}


def test_one_training_at_a_time_in_a_folder(
    work: WinterTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another of other settings would replace the network before it has answered."""
    held = []

    def note(system: Winter, train: object, val: object, folder: Path, track: object) -> None:
        held.append(is_held(folder))
        raise InterruptedError

    monkeypatch.setattr(Winter, "fit", note)
    with pytest.raises(InterruptedError):
        dataclasses.replace(work, out=tmp_path).run("winter-table1")
    assert held == [True]


@pytest.mark.parametrize("name", SCENARIOS)
def test_theirs_stands_beside_ours(name: str, tables: dict[str, MadeTable | None]) -> None:
    made, scenario = tables[name], SCENARIOS[name]
    assert made is not None
    assert [row.name for row in made.accuracies] == [row.name for row in scenario.rows]
    for row, shown in zip(scenario.rows, made.accuracies, strict=True):
        assert shown.ours.total == {"train": 9, "val": 3}[row.printed.split]
        assert shown.paper is not None
        assert shown.paper.percent == pytest.approx(100 * row.printed.accuracy)
    assert len(made.rates) == len(scenario.rows) * len(CLASSES)
    assert [len(table.rows) for table in made.tables()][:2] == [
        len(made.accuracies),
        len(made.rates),
    ]


def test_files_tell_the_same(tables: dict[str, MadeTable | None]) -> None:
    made = tables["winter-table5"]
    assert made is not None
    text = (made.folder / "winter-table5.md").read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC · Table V of Winter's paper")
    record = json.loads((made.folder / "reproduce.json").read_text())
    assert record == json.loads(json.dumps(made.record()))
    lines = list(csv.DictReader((made.folder / "scans.csv").read_text("utf-8").splitlines()))
    for row in made.rows:
        own = [line for line in lines if line["row"] == row.row.name]
        assert sum(line["truth"] == line["label"] for line in own) == row.confusion.accuracy.hits
    assert record["settings"]["T = 20000"]["area_threshold"] == 20_000


def test_networks_are_shared(
    work: WinterTables,
    tables: dict[str, MadeTable | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nine for all tables, and another run trains none of them."""
    assert len(list((work.out / NETWORKS).iterdir())) == 9

    def refuse(*_: object) -> float:
        raise AssertionError("trained again")

    monkeypatch.setattr(Learner, "step", refuse)
    again = dataclasses.replace(work, _answers={}).run("winter-table2")
    before = tables["winter-table2"]
    assert again is not None
    assert before is not None
    assert [row.answers for row in again.rows] == [row.answers for row in before.rows]


def test_what_is_said_before(work: WinterTables) -> None:
    (counts,) = work.introduction("winter-table1")
    assert not isinstance(counts, str)
    assert work.introduction("winter-table2") == []


def test_settings_follow_what_was_asked(tmp_path: Path) -> None:
    def asked(**changes: object) -> Reproducing:
        return dataclasses.replace(
            Reproducing(["winter-table1"], DataFolder(tmp_path), tmp_path, preset="demo"),
            **changes,
        )

    made = base_settings(asked(seed=4, backbones=["resnet50"], lungs="watershed-one-region"))
    assert (made.seed, made.backbone, made.lung_method) == (4, "resnet50", "watershed-one-region")
    assert base_settings(asked(weights=str(tmp_path))).weights == "imagenet"
    for changes, said in (
        ({"preset": "large"}, r"paper \| demo"),
        ({"backbones": ["resnet18", "resnet50"]}, "one backbone"),
        ({"backbones": ["resnet19"]}, "unknown backbone"),
        ({"lungs": "mine"}, "unknown lung method"),
    ):
        with pytest.raises(UsageError, match=said):
            base_settings(asked(**changes))
