"""The work of one Dask worker: a scan into the store, its answer, and the networks held between."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from joblib import parallel_config
from numpy.typing import NDArray

from spgc.contract.abilities import run_facts, run_remarks, run_stages
from spgc.contract.scan import NamedScan
from spgc.contract.slices import slice_model
from spgc.contract.system import Prediction, RunSettings, System
from spgc.ct.preprocess import bring_in
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_to_store import ScanOutcome
from spgc.ct.store import SliceStore
from spgc.errors import ModelError, SpgcError, StoreError
from spgc.files.foreign_names import folder_in
from spgc.jobs.stages import Stage
from spgc.nets.engines.int8_folder import FOLDER as INT8
from spgc.nets.engines.int8_folder import quantised_key
from spgc.runs.lung_settings import lung_settings
from spgc.systems.evaluation import answers_of
from spgc.systems.registry import load_system

SliceRows = Mapping[str, NDArray[np.float32]]
"""(S, 3) by slice classifier, as `SliceModel.slice_probabilities` has them."""


@dataclass(frozen=True)
class WorkerModel:
    """What a worker needs to answer. Paths are absolute.

    options: of the system, name and value; model_hash: of the model that was asked for; int8: what
    stands for its int8 networks, which no hash of a model covers, empty for none; lungs,
    lung_weights: of `lung_settings`, weights_hash being the weights' SHA-256; slices: whether the
    answers of slice classifiers are wanted too.
    """

    folder: Path
    model_hash: str
    run: RunSettings
    store: Path
    options: tuple[tuple[str, str], ...]
    lungs: str
    lung_weights: Path | None = None
    weights_hash: str | None = None
    slices: bool = False
    int8: str = ""


def worker_model(
    folder: Path, store: Path, system: System, run: RunSettings, **wanted: Any
) -> WorkerModel:
    """What workers need for the system of a model folder, as this process has opened it.

    wanted: `options`, `lungs` and what else `WorkerModel` has.
    """
    place, found = store.absolute(), str(system.describe()["model_hash"])
    run = replace(run, jobs=1, answers=folder_in(place, "answers"))
    int8 = quantised_key(folder / INT8)
    return WorkerModel(folder.absolute(), found, run, place, int8=int8, **wanted)


def run_without_device(run: RunSettings) -> RunSettings:
    """How the model is opened where nothing is answered, perhaps without the workers' device."""
    return replace(run, device="cpu", precision="auto", engine="auto")


@dataclass(frozen=True)
class ScanAnswer:
    """What became of one scan, and what its worker is and has done so far.

    trouble: why the worker can't answer any scan; worker, count: its name, and how many scans it
    has answered; facts, stages, remarks: see `spgc.contract.abilities.ReportsRun`.
    """

    outcome: ScanOutcome
    prediction: Prediction | None = None
    slices: SliceRows | None = None
    trouble: SpgcError | None = None
    worker: str = ""
    count: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    stages: Sequence[Stage] = ()
    remarks: Sequence[str] = ()


class _Held:
    """The system of one model, loaded once in this process; its threads answer in turn."""

    def __init__(self, model: WorkerModel) -> None:
        self.settings = lung_settings(model.lungs, model.lung_weights)
        self.system: System = load_system(model.folder, model.run, dict(model.options))
        _check_same(model, self.system, self.settings)
        self.name, self.count = f"worker {uuid.uuid4().hex[:8]}", 0
        self.lock = threading.Lock()

    def answer(self, scan: NamedScan, *, slices: bool) -> ScanAnswer:
        """The answer to one scan. Raises StoreError when it can't be read."""
        case_id, stored = scan
        with self.lock:
            prediction = answers_of(self.system, [scan], 1)[case_id]
            wanted = (
                slice_model(self.system).slice_probabilities(case_id, stored) if slices else None
            )
            self.count += 1
            return ScanAnswer(
                ScanOutcome(),
                prediction,
                wanted,
                None,
                self.name,
                self.count,
                run_facts(self.system),
                tuple(run_stages(self.system)),
                tuple(run_remarks(self.system)),
            )


_held: dict[WorkerModel, _Held] = {}
_loading = threading.Lock()


def answer_scan(model: WorkerModel, case_id: str, folder: Path) -> ScanAnswer:
    """Bring one scan into the store and answer it. Runs on a worker, and raises no SpgcError."""
    with parallel_config(backend="sequential"):  # else joblib would ask the cluster again
        try:
            held = _system_of(model)
            return _answered(held, model, case_id, folder)
        except SpgcError as error:
            return ScanAnswer(ScanOutcome(), trouble=error)


def _system_of(model: WorkerModel) -> _Held:
    """The system, which stays until another one is asked for."""
    with _loading:
        if model not in _held:
            _held.clear()
            _held[model] = _Held(model)
        return _held[model]


def _answered(held: _Held, model: WorkerModel, case_id: str, folder: Path) -> ScanAnswer:
    """A scan that the store can't give after all is made once more."""
    store, again = SliceStore(model.store), False
    while True:
        outcome = bring_in(case_id, folder, store, held.settings)
        if outcome.failure is not None:
            return ScanAnswer(outcome)
        try:
            scan = store.read(case_id, outcome.key)
            answer = held.answer((case_id, scan), slices=model.slices)
        except StoreError as error:
            if again:
                return ScanAnswer(ScanOutcome(failure=error))
            again = True
        else:
            return replace(answer, outcome=outcome)


def _check_same(model: WorkerModel, system: System, settings: PreprocessSettings) -> None:
    """Raise ModelError where the worker finds another model or other lung weights."""
    for what, where, found, expected in (
        ("model", model.folder, system.describe()["model_hash"], model.model_hash),
        ("lung network", model.lung_weights, settings.lung_weights, model.weights_hash),
        ("int8 network", model.folder / INT8, quantised_key(model.folder / INT8), model.int8),
    ):
        if found != expected:
            raise ModelError(
                f"a worker finds another {what}",
                where=where,
                found=found,
                expected=expected,
                do="put it on a file system that all workers share, at one path",
            )
