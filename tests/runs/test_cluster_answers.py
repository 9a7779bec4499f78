"""The same submission from a Dask cluster as from one process, a worker killed in the middle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spgc.classifiers.random_forest import FOREST_SETTINGS
from spgc.cli.app import app
from spgc.contract.system import Options, Prediction, RunSettings, System
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_key import scan_key
from spgc.ct.scan_to_store import READING, ScanOutcome
from spgc.data.layout import Dataset
from spgc.errors import DataError, DiskFullError, ModelError, UsageError, WorkerError
from spgc.jobs.cluster import DaskAddress
from spgc.jobs.stages import Stage
from spgc.runs import cluster_answers
from spgc.runs.cases import DataFolder
from spgc.runs.cluster_answers import _Done
from spgc.runs.predict import Predicting, predict
from spgc.runs.scans import Prepared, labelled_scans
from spgc.runs.worker_system import ScanAnswer, WorkerModel, answer_scan, worker_model
from spgc.submissions.record_digest import DIGEST
from spgc.systems.registry import load_system, system_named
from tests.nets.slices import tiny_stages
from tests.runs.dying_worker import die_at, have_small_network, live_on, loaded

distributed = pytest.importorskip("distributed")

SLICES = "iitdelhi-like"

SYSTEMS: dict[str, Options] = {
    "density": {},
    SLICES: {
        "preset": "demo",
        "image_size": "32",
        "epochs": "1",
        "batch_size": "8",
        "scale_features": "4",
        "folds": "0",
        "lung_method": "watershed-two-regions",
    },
    "astra": {"encoder": "random", "grid": "32,32,32", "components": "4"},
}
"""One without a network, one of slices, one of whole scans."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
    ) as cluster:
        yield cluster.scheduler_address


def trained(name: str, dataset: Dataset, prepared: Prepared, folder: Path) -> System:
    system = system_named(name).create(SYSTEMS[name], RunSettings(device="cpu"))
    train, val = (labelled_scans(dataset, prepared, dataset.cases(s)) for s in ("train", "val"))
    system.fit(train, val, folder)
    return system


@pytest.fixture(scope="module")
def density(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    trained("density", dataset, prepared, folder)
    return folder


def asked(cohort: Path, model: Path, place: Path, name: str) -> Predicting:
    run = RunSettings(device="cpu", precision="fp32", engine="torch")
    return Predicting(
        DataFolder(cohort),
        place / f"store-{name}",
        model,
        place / name,
        ["val", "test2"],
        run=run,
        probabilities=True,
    )


@pytest.mark.parametrize("name", SYSTEMS)
def test_same_bytes_though_a_worker_dies(
    name: str,
    cohort: Path,
    dataset: Dataset,
    prepared: Prepared,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the networks held once by each worker, and the other's answers kept."""
    model = tmp_path / "model"
    tiny_stages.in_the_place_of("resnet18", monkeypatch)
    monkeypatch.setitem(FOREST_SETTINGS, "n_estimators", 5)
    trained(name, dataset, prepared, model)
    alone = asked(cohort, model, tmp_path, "alone")
    shared = replace(asked(cohort, model, tmp_path, "cluster"), cluster=DaskAddress(address))
    if name == SLICES:
        alone = replace(alone, slices=tmp_path / "alone.csv")
        shared = replace(shared, slices=tmp_path / "cluster.csv")
    with distributed.Client(address, set_as_default=False) as client:
        if name == SLICES:  # the one in a dead one's place would not have the small network
            client.run(have_small_network)
        else:
            client.run(die_at, "syn-T2-002", tmp_path / "died")
        done, expected = predict(shared), predict(alone)
        assert max(client.run(loaded).values()) == 1
        client.run(live_on)  # the one that stayed, for the tests after this one
    assert (tmp_path / "died").exists() == (name != SLICES)
    assert done.predictions == expected.predictions
    assert list(done.predictions) == list(expected.predictions)
    for file in (tmp_path / "alone").glob("*.csv"):
        assert (tmp_path / "cluster" / file.name).read_bytes() == file.read_bytes()
    record = json.loads((tmp_path / "cluster" / "submission.run.json").read_text())
    plain = json.loads((tmp_path / "alone" / "submission.run.json").read_text())
    assert {**record, "run": 0, DIGEST: 0} == {**plain, "run": 0, DIGEST: 0}
    assert record["run"]["scans"] == 6
    assert 1 <= record["run"]["workers"] <= 3  # two, and the one that took the dead one's place
    kept = [p.name for p in (tmp_path / "store-cluster" / "answers").iterdir() if p.is_file()]
    assert sorted(kept) == sorted(
        p.name for p in (tmp_path / "store-alone" / "answers").iterdir() if p.is_file()
    )
    if name == SLICES:
        assert (tmp_path / "cluster.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_the_command(cohort: Path, density: Path, address: str, tmp_path: Path) -> None:
    """With a scan that no worker can read: named at the end, as without a cluster."""
    broken = tmp_path / "data"
    shutil.copytree(cohort, broken)
    victim = next((broken / "Test_Data").rglob("syn-T2-002"))
    next(victim.iterdir()).write_bytes(b"not DICOM")
    words = ["--data", broken, "--store", tmp_path / "store", "--model", density]
    words += ["--split", "test2", "--out", tmp_path, "--dask", address, "--allow-missing", "--json"]
    result = CliRunner().invoke(app, ["predict", *map(str, words)])
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout or str(result.exception))
    assert told["scans"] == 2
    assert told["left_out"] == ["syn-T2-002"]
    assert "syn-T2-002" in result.stderr


def test_options_of_a_cluster_without_its_address() -> None:
    result = CliRunner().invoke(app, ["predict", "--dask-insecure"])
    assert isinstance(result.exception, UsageError)
    assert "go with --dask" in str(result.exception)


def test_workers_see_the_model_too(
    cohort: Path, density: Path, address: str, tmp_path: Path
) -> None:
    """What only this process sees is told before any work: here a folder that is gone since."""
    shared = replace(asked(cohort, density, tmp_path, "one"), cluster=DaskAddress(address))
    cluster = DaskAddress(address)
    with (
        pytest.raises(WorkerError, match=r"doesn't see a folder.*no-model.*model on a file system"),
        cluster.joined(cohort, shared.store, tmp_path / "no-model"),
    ):
        raise AssertionError


def model_of(density: Path, tmp_path: Path, **other: Any) -> WorkerModel:
    document = json.loads((density / "model.json").read_text())
    model = WorkerModel(
        density,
        document["model_hash"],
        RunSettings(),
        tmp_path,
        (),
        "watershed-two-regions",
    )
    return replace(model, **other)


def test_a_model_quantised_again_is_another_one_to_workers(density: Path, tmp_path: Path) -> None:
    """They keep what they have loaded for as long as the same is asked for."""
    folder = tmp_path / "model"
    shutil.copytree(density, folder)
    system = load_system(folder)
    asked_for = []
    for facts in (None, "{}", "{ }"):
        if facts is not None:
            (folder / "int8").mkdir(exist_ok=True)
            (folder / "int8" / "int8.json").write_text(facts)
        asked_for.append(
            worker_model(folder, tmp_path, system, RunSettings(), options=(), lungs="none")
        )
    assert len(set(asked_for)) == 3


def test_a_worker_that_can_not_answer_says_why(density: Path, cohort: Path, tmp_path: Path) -> None:
    """Another model in the same place, an unknown option: both stop the run with one line."""
    scan = next(cohort.rglob("syn-T2-001"))
    other = answer_scan(model_of(density, tmp_path, model_hash="0" * 64), "syn-T2-001", scan)
    assert isinstance(other.trouble, ModelError)
    assert "finds another model" in str(other.trouble)
    int8 = answer_scan(model_of(density, tmp_path, int8="0" * 64), "syn-T2-001", scan)
    assert "finds another int8 network" in str(int8.trouble)
    wrong = answer_scan(model_of(density, tmp_path, options=(("bins", "3"),)), "syn-T2-001", scan)
    assert isinstance(wrong.trouble, UsageError)
    with pytest.raises(UsageError):
        _Done().add("syn-T2-001", wrong)


def answered(worker: str, count: int, engine: str, **other: Any) -> ScanAnswer:
    facts = {"engine": engine, "precision": "fp32", "device": "cpu"}
    shown = ScanAnswer(
        ScanOutcome("key", stages=(Stage(READING, 1.0),), slices=5),
        Prediction("CAP"),
        worker=worker,
        count=count,
        facts=facts,
        stages=[Stage("networks", float(count), 5 * count)],
        remarks=["computed again: P1"],
    )
    return replace(shown, **other)


def test_answers_of_two_engines_are_not_mixed() -> None:
    done = _Done()
    done.add("P1", answered("worker 1", 1, "torch"))
    with pytest.raises(WorkerError, match=r"different engines.*openvino, fp32.*expected torch"):
        done.add("P2", answered("worker 2", 1, "openvino"))


def test_the_last_word_of_each_worker_counts() -> None:
    """Answers arrive in any order; a worker's stages and remarks grow with its scans."""
    done = _Done()
    for case, (worker, count) in enumerate([("a", 2), ("a", 1), ("b", 1), ("a", 3)]):
        done.add(f"P{case}", answered(worker, count, "torch"))
    stages = {stage.name: (stage.seconds, stage.slices) for stage in done.stages()}
    assert stages == {READING: (4.0, 20), "networks": (4.0, 20)}
    assert done.remarks() == ("computed again: P1",)


def test_a_full_disk_stops_the_run() -> None:
    full = ScanAnswer(ScanOutcome(failure=DiskFullError("disk full")))
    with pytest.raises(DiskFullError):
        _Done().add("P1", full)


def test_a_scan_that_kills_its_workers_is_named(
    density: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`in_parallel` gives a WorkerError for it; the others are answered."""
    lost = WorkerError("the process that worked on this scan was killed", where="P1")
    monkeypatch.setattr(cluster_answers, "in_parallel", lambda *_: iter([("P1", lost)]))
    folders = {"P1": tmp_path, "P2": DataError("no")}
    found = dict(cluster_answers._answers(folders, model_of(density, tmp_path)))
    assert found["P1"].outcome.failure is lost
    assert isinstance(found["P2"].outcome.failure, DataError)


def test_a_worker_with_other_data_answers_nothing(
    density: Path, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder of the same path may be a copy of another day: then scans are others."""
    names = ("syn-T2-001", "syn-T2-002", "syn-T2-003")
    folders = {name: next(cohort.rglob(name)) for name in names}
    none = PreprocessSettings()
    keys = [scan_key(folders[name], none) for name in (names[1], *names[1:])]
    said = {
        case: answered("a", 1, "torch", outcome=ScanOutcome(key))
        for case, key in zip(names, keys, strict=True)
    }
    monkeypatch.setattr(cluster_answers, "in_parallel", lambda *_: iter(said.items()))
    found = dict(cluster_answers._answers(folders, model_of(density, tmp_path)))
    assert "finds other files of a scan" in str(found[names[0]].outcome.failure)
    assert [found[name].outcome.failure for name in names[1:]] == [None, None]
    assert found[names[0]].prediction is None
