"""One system's way: prepare its scans, train, predict test splits and validation; all goes on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.contract.abilities import chooses_by_val
from spgc.contract.system import RunSettings, System
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import ModelError, SpgcError
from spgc.files.whole import make_folder
from spgc.jobs.freed_memory import give_freed_memory_back
from spgc.model.document import read_model
from spgc.model.trained_on import learnt_with_labels, training_facts
from spgc.paper.rivals.entrants import Entrant
from spgc.paper.rivals.spent import Spent, read_spent, sitting
from spgc.runs.cases import DataFolder, open_scans
from spgc.runs.listener import Listener
from spgc.runs.predict import Predicting, predict
from spgc.runs.scans import Prepared, labelled_scans
from spgc.runs.train import Training, train
from spgc.submissions.read import read_submission
from spgc.submissions.reading_rules import Reading
from spgc.submissions.record import record_of
from spgc.submissions.submission import Submission

TRAIN, VAL = "train", "val"
TRAINING, PREDICTION = "training", "prediction"
TESTS = "tests"

FILE = "submission.csv"


@dataclass(frozen=True)
class Ground:
    """What all systems share: scans, store, the folder for results, splits to answer, settings.

    splits: those answered besides the training split. training: settings of training; prediction
    takes the fastest precision. lung_weights: as in `lung_settings`.
    """

    data: DataFolder
    store: Path
    out: Path
    splits: tuple[str, ...]
    training: RunSettings
    lung_weights: Path | None = None

    @property
    def prediction(self) -> RunSettings:
        return dataclasses.replace(self.training, precision="auto", workers=0)

    @property
    def tests(self) -> list[str]:
        return [name for name in self.splits if name != VAL]

    def folder(self, entrant: Entrant) -> Path:
        return self.out / entrant.name


@dataclass(frozen=True)
class RivalResult:
    """What came of one system.

    answers: by case ID, None where it has none; learnt: validation cases that it was trained on;
    chooses_by_val: whether the validation scans chose something of it; spent: by step; tested:
    scans of the test splits that were answered in the step that was timed; used: engine, precision
    and device of prediction; failure: the step and why it failed.
    """

    entrant: Entrant
    document: Mapping[str, Any] = field(default_factory=dict)
    answers: Submission | None = None
    learnt: frozenset[str] = frozenset()
    chooses_by_val: bool = False
    spent: Mapping[str, Spent] = field(default_factory=dict)
    tested: int = 0
    used: Mapping[str, str] = field(default_factory=dict)
    model_bytes: int = 0
    failure: str | None = None
    prepared: Prepared = field(default_factory=lambda: Prepared({}))

    @property
    def name(self) -> str:
        return self.entrant.name


@dataclass
class RivalWay:
    """One system's way; what is done already is taken up again, and `result` says how far it is."""

    ground: Ground
    entrant: Entrant
    listener: Listener
    step: str = "start"

    def walk(self) -> RivalResult:
        """All steps. What fails is in the answer; only an interruption is raised."""
        result = RivalResult(self.entrant)
        try:
            for step in (self._prepared, self._trained, self._answered):
                result = step(result)
        except Exception as error:  # one system's fault must not lose the others
            words = str(error) if isinstance(error, SpgcError) else _first_line(error)
            result = dataclasses.replace(result, failure=f"{self.step}: {words}")
        finally:
            give_freed_memory_back()
        return dataclasses.replace(result, spent=read_spent(self._folder))

    @property
    def _folder(self) -> Path:
        return self.ground.folder(self.entrant)

    def _prepared(self, result: RivalResult) -> RivalResult:
        """Its scans in the store, so that neither training nor prediction pays for reading them."""
        self.step = "preparing"
        if self.entrant.problem is not None:
            raise self.entrant.problem
        ground = self.ground
        self._system = self.entrant.create(ground.training)
        self._dataset, self._cases, prepared = open_scans(
            ground.data,
            ground.store,
            (TRAIN, *ground.splits),
            self._system.lung_method,
            jobs=ground.training.jobs,
            listener=self.listener,
            lung_weights=ground.lung_weights,
        )
        return dataclasses.replace(
            result, prepared=prepared, chooses_by_val=chooses_by_val(self._system)
        )

    def _trained(self, result: RivalResult) -> RivalResult:
        self.step = TRAINING
        ground, model = self.ground, self._folder / "model"
        known = _known_model(self._system, model, self._dataset, result.prepared, self._cases)
        if known is None:
            make_folder(self._folder)
            with sitting(self._folder, TRAINING, self._training_mark(result.prepared)):
                done = train(
                    Training(
                        ground.data,
                        ground.store,
                        model,
                        self.entrant.name,
                        self.entrant.options,
                        run=ground.training,
                        lung_weights=ground.lung_weights,
                        convert=False,
                    ),
                    self.listener,
                )
            known = {} if done is None else dict(done.document)
        del self._system
        give_freed_memory_back()
        learnt = learnt_with_labels(known, {case.case_id: None for case in self._cases})
        size = sum((model / name).stat().st_size for name in known["files"])
        return dataclasses.replace(
            result, document=known, learnt=frozenset(learnt), model_bytes=size
        )

    def _answered(self, result: RivalResult) -> RivalResult:
        self.step = PREDICTION
        parts = []
        if self.ground.tests:
            tests = self._answers(TESTS, self.ground.tests, result, timed=True)
            result = dataclasses.replace(result, tested=len(tests.predictions))
            parts.append(tests)
        if VAL in self.ground.splits and not result.learnt:
            parts.append(self._answers(VAL, [VAL], result, timed=False))
        record = record_of(self._folder / (TESTS if self.ground.tests else VAL) / FILE) or {}
        known = record if "device" in record else {}  # else the system did not say what answered
        used = {name: str(known[name]) for name in ("engine", "precision", "device") if known}
        return dataclasses.replace(
            result, used=used, answers=_joined(parts, set(result.prepared.failures))
        )

    def _answers(
        self, name: str, splits: Sequence[str], result: RivalResult, *, timed: bool
    ) -> Submission:
        """The answers for some splits, from the file of an earlier run where it is still true."""
        out, model_hash = self._folder / name, str(result.document["model_hash"])
        scans = result.prepared.scans
        keys = [
            scans[c.case_id].key for c in self._cases if c.split in splits and c.case_id in scans
        ]
        settings = self.ground.prediction
        mark = _mark(model_hash, settings.engine, settings.device, *sorted(keys))
        step = PREDICTION if timed else name
        before = read_spent(self._folder).get(step)
        record = record_of(out / FILE)
        whole = before is not None and before.of == mark and before.ended > 0 and record is not None
        if not whole or record is None or record["model_hash"] != model_hash:
            asked = Predicting(
                self.ground.data,
                self.ground.store,
                self._folder / "model",
                out,
                splits,
                run=settings,
                allow_missing=True,
                lung_weights=self.ground.lung_weights,
            )
            with sitting(self._folder, step, mark):
                predict(asked, self.listener)
        known = self._dataset.manifest
        reading = Reading(partial=True, challenge=known.challenge)
        return read_submission(out / FILE, known, reading=reading)

    def _training_mark(self, prepared: Prepared) -> str:
        facts = training_facts(_train_scans(self._dataset, prepared, self._cases))
        return _mark(json.dumps(self._system.describe()["config"], sort_keys=True), facts["hash"])


def _known_model(
    system: System, folder: Path, dataset: Dataset, prepared: Prepared, cases: Sequence[Case]
) -> Mapping[str, Any] | None:
    """model.json in `folder` where this system learnt there from these scans with these options."""
    try:
        document = read_model(folder, system.name)
    except ModelError:
        return None
    config = json.loads(json.dumps(system.describe()["config"]))
    learnt = document["trained_on"]
    same = learnt.get("hash") == training_facts(_train_scans(dataset, prepared, cases))["hash"]
    if VAL in learnt:
        val = labelled_scans(dataset, prepared, [c for c in cases if c.split == VAL])
        same = same and learnt[VAL].get("hash") == training_facts(val)["hash"]
    return document if same and document["config"] == config else None


def _train_scans(dataset: Dataset, prepared: Prepared, cases: Sequence[Case]) -> list[Any]:
    return list(labelled_scans(dataset, prepared, [c for c in cases if c.split == TRAIN]))


def _joined(parts: Sequence[Submission], without: set[str]) -> Submission:
    """One submission of several, without the scans that preparing refused."""
    predictions = {case: label for part in parts for case, label in part.predictions.items()}
    return Submission({c: label for c, label in predictions.items() if c not in without})


def _mark(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _first_line(error: Exception) -> str:
    """What an error says, in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
