"""From scans to predictions in Python: the same as the commands, and as the slice store gives."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spgc
from spgc.jobs.extras import has

if not has("ct"):
    pytest.skip("needs what [ct] brings", allow_module_level=True)

from spgc.api.runs_of_models import TrainingResult
from spgc.api.trained_models import TrainedModel, option_texts
from spgc.contract.system import Prediction
from spgc.ct.lungs import segment_lungs
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.segmented_scan import segmented
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.errors import SeriesError, StoreError, UsageError
from spgc.runs.scans import Prepared
from tests.cli.conftest import spgc as command

cli = command


@pytest.fixture(scope="module")
def trained(
    cohort: Path, store: SliceStore, tmp_path_factory: pytest.TempPathFactory
) -> TrainingResult:
    folder = tmp_path_factory.mktemp("density") / "model"
    made = spgc.train(
        cohort, store.root, folder, system="density", options={"bin_width": 25}, jobs=1
    )
    assert made is not None
    return made


def test_a_system_is_trained_in_one_call(trained: TrainingResult, cohort: Path) -> None:
    assert trained.document["config"]["bin_width"] == 25
    assert trained.as_dict()["schema"] == "spgc-train/1"
    assert repr(trained).startswith("<Trained density in ")
    lines = str(trained).splitlines()
    assert lines[0].startswith("Model ")
    assert "SYNTHETIC val:" in lines[1]
    assert 'class="warn"' in trained._repr_html_()
    assert [row["scans"] for row in trained._rows()] == [1, 1, 1]


def test_answers_of_a_split_in_one_call(
    trained: TrainingResult, cohort: Path, store: SliceStore, tmp_path: Path, cli: Any
) -> None:
    """The files of the command, bit for bit."""
    folders = (cohort, store.root, trained.folder)
    done = spgc.predict(*folders, splits="test2", out=tmp_path / "a", probabilities=True, jobs=1)
    words = zip(("--data", "--store", "--model"), folders, strict=True)
    out = ("--split", "test2", "--out", tmp_path / "b", "--probabilities", "--jobs", 1)
    ran = cli("predict", *(word for pair in words for word in pair), *out, "--json")
    assert ran.code == 0
    said = json.loads(ran.out.replace(str(tmp_path / "b"), str(tmp_path / "a")))
    assert done.as_dict().items() <= said.items()
    name = "submission-test2.csv"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert "Predictions of 3 scans" in repr(done)
    assert f"wrote {tmp_path / 'a' / name}" in str(done)
    assert len(done._rows()) == 3
    assert "SYNTHETIC" in done._repr_html_()
    score = spgc.score(tmp_path / "a" / name, cohort / "manifests")
    assert score.synthetic
    assert score.groups[0].confusion.total == 3


@pytest.fixture(scope="module")
def model(trained: TrainingResult) -> TrainedModel:
    return trained.load(device="cpu")


def test_a_model_answers_scans_in_any_form(
    model: TrainedModel, dataset: Dataset, prepared: Prepared
) -> None:
    """A path, an array that was read, a stored scan: one answer, with probabilities."""
    assert repr(model).startswith("<TrainedModel density SYNTHETIC ")
    case = dataset.cases("test2")[0].case_id
    folder = dataset.sources([case])[case]
    assert isinstance(folder, Path)
    answers = [model.predict(one) for one in (folder, str(folder), spgc.read_scan(folder))]
    stored = model.predict({case: prepared.scans[case]})
    assert [*answers, stored[case]] == [stored[case]] * 4
    assert isinstance(answers[0], Prediction)
    assert sum(answers[0].probabilities or ()) == pytest.approx(1)


def test_several_scans_are_answered_by_name(model: TrainedModel, prepared: Prepared) -> None:
    answers = model.predict(dict(prepared.scans))
    assert set(answers) == set(prepared.scans)
    assert model.system.predict(prepared.scans.items()) == answers


def test_what_is_no_scan_is_refused(model: TrainedModel, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a scan: found ndarray"):
        model.predict(np.zeros((3, 8, 8)))  # type: ignore[call-overload]
    with pytest.raises(SeriesError):
        model.predict(tmp_path)


def test_lung_masks_are_those_of_the_library(dataset: Dataset) -> None:
    case = dataset.cases("test2")[0].case_id
    volume = spgc.read_scan(str(dataset.folders[case]))
    mask = spgc.lung_mask(volume)
    assert (mask == segment_lungs(volume.hu, spacing=volume.spacing)).all()
    assert mask.any()
    assert (spgc.lung_mask(volume.hu[2]) == mask[2]).all()
    assert (spgc.lung_mask(volume.hu.astype(np.int64), spacing=volume.spacing) == mask).all()
    closed = spgc.lung_mask(volume, "watershed-closed")
    assert (closed | mask == closed).all()


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros(5, int), r"shape \(5,\)"),
        (np.zeros((4, 4)), "float64"),
        (np.zeros((0, 4, 4), int), r"\(0, 4, 4\)"),
        (np.zeros((4, 4), bool), "bool"),
    ],
)
def test_an_array_that_is_no_scan_is_refused(array: Any, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        spgc.lung_mask(array)


def test_a_scan_in_memory_is_keyed_by_what_it_holds(dataset: Dataset) -> None:
    volume = spgc.read_scan(next(iter(dataset.folders.values())))
    settings = PreprocessSettings()
    scan = segmented(volume, settings)
    other = dataclasses.replace(volume, spacing=(9.0, 1.0, 1.0))
    keys = {scan.key, segmented(volume, settings).key, segmented(other, settings).key}
    one = segmented(volume, PreprocessSettings("watershed-one-region"))
    assert len(keys | {one.key}) == 3
    hu, _ = scan.slice(0)
    hu[:] = 0
    assert scan.hu.any()
    with pytest.raises(StoreError, match="no such slice"):
        scan.slice(scan.n_slices)


def test_the_store_is_opened_by_its_path(store: SliceStore, prepared: Prepared) -> None:
    case = next(iter(prepared.scans))
    assert spgc.open_store(str(store.root)).read(case).key == prepared.scans[case].key


def test_options_are_written_as_systems_read_them() -> None:
    given = {"a-b": True, "c": (1, 2), "d": None, "e": "x", "f": 0.5}
    assert option_texts(given) == {"a_b": "true", "c": "1,2", "d": "none", "e": "x", "f": "0.5"}
