"""Tables made again on a tiny synthetic cohort, and on the real sample where it is there."""

import csv
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.data.layout import Dataset, open_dataset
from spgc.errors import DataError
from spgc.nets.device import Runtime
from spgc.nets.training.learner import Learner
from spgc.paper import reproduction as reproduction_module
from spgc.paper.cohort_counts import missing_scans, untaught_classes
from spgc.paper.outcome import ReproducedTable
from spgc.paper.reproduction import Reproduction
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.runs.scans import Prepared, labelled_scans, prepare
from spgc.systems.cnr_iemn.scenarios import Scale
from spgc.systems.cnr_iemn.system import CnrIemn
from tests.held import is_held
from tests.nets.slices import tiny_stages

TINY = Scale(0.05, {"weights": "none", "image_size": 32, "batch_size": 8, "learning_rate": 1e-3})


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """A network in miniature, under a name that the paper has figures for."""
    with pytest.MonkeyPatch.context() as patch:
        tiny_stages.in_the_place_of("resnext50", patch)
        yield


def reproduction(dataset: Dataset, prepared: Prepared, folder: Path) -> Reproduction:
    train, val = (labelled_scans(dataset, prepared, dataset.cases(s)) for s in ("train", "val"))
    runtime = Runtime("cpu", answers=folder / "answers")
    changes = {"backbones": ("resnext50",)}
    return Reproduction(train, val, folder / "runs", TINY, changes, runtime)


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def work(
    dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Reproduction:
    return reproduction(dataset, prepared, tmp_path_factory.mktemp("reproduce"))


@pytest.fixture(scope="module")
def outcomes(work: Reproduction) -> dict[str, ReproducedTable]:
    return {name: work.run(name) for name in ("table1", "table4", "table5")}


@pytest.mark.parametrize(("table", "stage"), [("table4", "_slices"), ("table5", "_scans")])
def test_one_training_at_a_time_in_a_folder(
    table: str, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another of other settings would replace the networks before they have answered."""
    held = []
    for name in ("cohort_of", "_check_slices"):
        monkeypatch.setattr(reproduction_module, name, lambda *_: None)
    monkeypatch.setattr(Reproduction, stage, lambda *_: held.append(is_held(tmp_path / "table4")))
    assert Reproduction([], [], tmp_path).run(table) is None
    assert held == [True]


def test_slices_beside_the_papers(work: Reproduction, outcomes: dict[str, ReproducedTable]) -> None:
    """The table, its matrix and the file of slices tell the same story."""
    row, density = outcomes["table4"].accuracies
    assert (density.name, density.paper) == ("density", None)
    assert (row.name, row.paper and row.paper.percent) == ("resnext50", 88.91)
    matrix = outcomes["table4"].matrices["resnext50"]
    assert row.ours == matrix.accuracy
    table = lines_of(work.out / "table4/slices.csv")
    for found in (row, density):
        lines = [line for line in table if line["backbone"] == found.name]
        assert len(lines) == matrix.total > 0
        assert sum(line["truth"] == line["label"] for line in lines) == found.ours.hits
    rates = [rate.ours.hits for rate in outcomes["table4"].rates]
    assert rates == [matrix.counts[k][k] for k in range(len(CLASSES))]


def test_whole_scans_beside_the_papers(outcomes: dict[str, ReproducedTable]) -> None:
    """Table 5 has a row for each classifier, counts scans, and uses the networks of Table 4."""
    rows = outcomes["table5"].accuracies
    assert [(row.classifier, row.ours.total) for row in rows] == [
        ("svm", 3),
        ("xgboost", 3),
        ("logistic", 3),
    ]
    assert [row.paper.counts.hits for row in rows if row.paper and row.paper.counts] == [80, 78]
    assert outcomes["table5"].weights == outcomes["table4"].weights
    assert outcomes["table1"].weights != outcomes["table4"].weights


def test_what_is_left_behind(work: Reproduction, outcomes: dict[str, ReproducedTable]) -> None:
    for name, figure in (("table1", "figure6"), ("table4", "figure9"), ("table5", "figure10")):
        folder = work.out / name
        assert (folder / f"{name}.md").read_text(encoding="utf-8").startswith("# SYNTHETIC")
        assert (folder / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
        record = json.loads((folder / "reproduce.json").read_text())
        assert record["synthetic"] is True
        assert record["config"] == json.loads(json.dumps(work.config(name).as_dict()))
        assert any(line.startswith("image_size 32") for line in record["departures"])
        counted = sum(sum(map(sum, matrix)) for matrix in record["matrices"].values())
        lines = lines_of(folder / f"{figure}.csv")
        assert sum(int(line[record["unit"]]) for line in lines) == counted


def test_networks_of_table_4_are_a_model_after_table_5(
    work: Reproduction, outcomes: dict[str, ReproducedTable]
) -> None:
    system = CnrIemn.load(work.out / "table4", work.runtime)
    scan = work.val[0]
    assert system.predict([(scan.case_id, scan.scan)])[scan.case_id].label in CLASSES


def test_a_second_run_trains_nothing(
    work: Reproduction, outcomes: dict[str, ReproducedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finished networks are read back, for the same table and for one that builds on it."""

    def refuse(*_: object) -> float:
        raise AssertionError("trained again")

    monkeypatch.setattr(Learner, "step", refuse)
    assert work.run("table1").matrices == outcomes["table1"].matrices
    assert work.run("table5").matrices == outcomes["table5"].matrices


def test_the_order_of_the_scans_trains_nothing_again(
    work: Reproduction, outcomes: dict[str, ReproducedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data sets list their scans as they like; table 5 finds the networks of table 4."""

    def refuse(*_: object) -> float:
        raise AssertionError("trained again")

    monkeypatch.setattr(Learner, "step", refuse)
    turned = dataclasses.replace(work, train=work.train[::-1], val=work.val[::-1])
    for name in ("table4", "table5"):
        again = turned.run(name)
        assert again is not None
        assert again.weights == outcomes[name].weights
        assert again.data_hash == outcomes[name].data_hash


def test_of_two_processes_the_main_one_writes(tmp_path: Path) -> None:
    """Under torchrun both train and one answers, for slices and for whole scans."""
    script = Path(__file__).with_name("two_reproducing.py")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            str(script),
            str(tmp_path),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for table, figure in (("table4", "figure9"), ("table5", "figure10")):
        assert (tmp_path / "runs" / table / f"{figure}.csv").is_file()
        record = json.loads((tmp_path / "runs" / table / "reproduce.json").read_text())
        assert record["scenario"] == table
    assert (tmp_path / "runs/table4/model.json").is_file()
    assert [path.name for path in tmp_path.glob("written-by-*")] == ["written-by-0"]


def test_counts_stand_beside_the_papers(work: Reproduction) -> None:
    counts = {(c.split, c.what, c.label): (c.here, c.paper) for c in work.counts("table4")}
    assert counts["train", "scans", CAP] == (2, 41)
    assert counts["val", "slices", NORMAL][1] is None
    here, paper = counts["train", "with copies", COVID19]
    assert (here, paper) == (2 * counts["train", "slices", COVID19][0], 9928)


def test_without_validation_scans_there_is_no_rate(work: Reproduction) -> None:
    alone = dataclasses.replace(work, val=[])
    accuracies = alone.run("table1").accuracies
    assert len(accuracies) > 0
    for row in accuracies:
        assert (row.ours.total, row.interval, row.more) == (0, None, None)


def test_nothing_to_train_on_is_said(work: Reproduction) -> None:
    bare = [dataclasses.replace(s, infected=None) for s in work.train if s.label != NORMAL]
    with pytest.raises(DataError, match="no labelled slice to train on"):
        dataclasses.replace(work, train=bare).run("table1")


@pytest.mark.real
def test_the_real_sample(real_data: Path, tmp_path: Path) -> None:
    """Two real scans in the release's own layout, with its label arrays: a partial data set."""
    from spgc.ct.store import SliceStore

    dataset = open_dataset(real_data / "covid-ct-md-sample")
    cases = [dataset.manifest[name] for name in ("normal002", "cap002")]
    prepared = prepare(dataset, cases, SliceStore(tmp_path / "store"))
    work = reproduction(dataset, prepared, tmp_path)
    counts = {(c.split, c.label): c.here for c in work.counts("table1") if c.what == "slices"}
    assert counts == {
        ("train", COVID19): 0,
        ("train", CAP): 0,
        ("train", NORMAL): 167,
        ("val", COVID19): 0,
        ("val", CAP): 30,
        ("val", NORMAL): 101,
    }
    assert untaught_classes(work.counts("table1")) == [COVID19, CAP]
    assert "train: 51 of 52 Normal scans are missing" in missing_scans(work.counts("table1"))
    outcome = work.run("table1")
    assert outcome.matrices["resnext50"].total == 131
    assert not outcome.synthetic
    table = (tmp_path / "runs/table1/table1.md").read_text(encoding="utf-8")
    assert "Made on 2 of the 307 scans of the paper." in table
    assert "image_size 32 instead of that of each network" in table
