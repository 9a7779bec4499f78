"""`spgc reproduce rivals`: systems trained on one data folder, compared on the same patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from spgc.contract.system import RunSettings
from spgc.data.layout import Dataset
from spgc.data.slice_labels import check_release
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.files.whole import make_folder
from spgc.jobs.launched import launched
from spgc.paper.reproduce import Reproducing
from spgc.paper.rivals.entrants import Entrant, entrants
from spgc.paper.rivals.rival_files import FILES, NAME, write_rivalry
from spgc.paper.rivals.rival_sets import sets_of
from spgc.paper.rivals.rival_steps import TRAIN, VAL, Ground, RivalResult, RivalWay
from spgc.paper.rivals.rival_tables import rivalry_notes, rivalry_tables
from spgc.paper.rivals.rivalry import Rivalry
from spgc.report.score_tables import name_text, plain_table
from spgc.runs.cases import open_cases
from spgc.runs.listener import Listener
from spgc.runs.scans import Prepared


@dataclass(frozen=True)
class ShownRivalry:
    """The outcome as the command shows it."""

    rivalry: Rivalry

    @property
    def folder(self) -> Path:
        return self.rivalry.folder

    def tables(self) -> Sequence[Table]:
        return list(rivalry_tables(self.rivalry))

    def notes(self) -> Sequence[str]:
        return list(rivalry_notes(self.rivalry))

    def record(self) -> Mapping[str, Any]:
        return self.rivalry.record()


@dataclass
class RivalWork:
    """The systems and what they share; `run` does what is missing of each in turn."""

    ground: Ground
    entrants: tuple[Entrant, ...]
    dataset: Dataset
    listener: Listener
    made: Mapping[str, Any]
    prepared: Prepared = field(default_factory=lambda: Prepared({}))
    helping: bool = False
    failed: bool = False
    names: tuple[str, ...] = (NAME,)

    def introduction(self, name: str) -> Sequence[Table | str]:
        """Which systems are trained, and with what."""
        table = plain_table(f"Systems, on {', '.join(self.ground.splits)}")
        for column in ("System", "Options"):
            table.add_column(column, overflow="fold")
        for one in self.entrants:
            options = " ".join(f"{option}={text}" for option, text in one.options.items())
            table.add_row(name_text(one.name), name_text(str(one.problem or options)))
        return [table]

    def run(self, name: str) -> ShownRivalry:
        """Train, predict and compare; one system that fails does not stop the others.

        Stopped in between it goes on where it was. The files are written anew after each system.
        """
        make_folder(self.ground.out)
        results: list[RivalResult] = []
        listener = Listener(self.listener.track, _once(self.listener.say))
        for number, one in enumerate(self.entrants, 1):
            self.listener.say(f"{one.name}: {number} of {len(self.entrants)}")
            result = RivalWay(self.ground, one, listener).walk()
            self._tell(result)
            results.append(result)
            shown = self._outcome(results)
            write_rivalry(shown)
        self.failed = bool(shown.failed)
        return ShownRivalry(shown)

    def _tell(self, result: RivalResult) -> None:
        """Say what failed, and which scans were left out that were not told of before."""
        if result.failure is not None:
            self.listener.say(f"{result.name} failed in {result.failure}")
        known = self.prepared.failures
        new = {c: e for c, e in result.prepared.failures.items() if c not in known}
        if new or not self.prepared.scans:
            self.listener.scans_read(replace(result.prepared, failures=new))
        self.prepared = replace(result.prepared, failures={**known, **new})

    def _outcome(self, results: Sequence[RivalResult]) -> Rivalry:
        sets = sets_of(results, self.dataset.manifest)
        return Rivalry(tuple(results), tuple(sets), self.ground.out, self.made)


def open_rivals(asked: Reproducing, listener: Listener) -> RivalWork:
    """Check what was asked for and find the splits; no scan is read.

    Raises UsageError for unknown systems, options or devices, DataError for a folder without
    training scans or without others to compare the systems on.
    """
    if launched().count > 1:
        raise UsageError(
            "systems are compared in one process",
            found=f"{launched().count} processes",
            do="start it without torchrun or accelerate",
        )
    if asked.backbones or asked.lungs is not None:
        raise UsageError(
            f"--backbones and --lungs are no options of {NAME}",
            do="--option SYSTEM.NAME=VALUE changes one system",
        )
    check_outputs(folder_in(asked.out, NAME), FILES)
    check_release(asked.data.labels_release)
    run = _settings(asked)
    found = entrants(asked.systems, asked.preset, asked.seed, asked.weights, asked.options, run)
    dataset, _, _ = open_cases(asked.data, [], listener=listener)
    splits = _splits(dataset)
    made = {
        "preset": asked.preset,
        "seed": asked.seed,
        "splits": list(splits),
        "layout": dataset.layout,
        "precision": run.precision,
        "device": run.device,
    }
    ground = Ground(asked.data, asked.store, asked.out / NAME, splits, run, asked.lung_weights)
    return RivalWork(ground, found, dataset, listener, made)


def _settings(asked: Reproducing) -> RunSettings:
    """Those of training: what all systems know, without what only one kind of network has."""
    runtime = asked.runtime
    runtime.torch_device()
    return RunSettings(
        runtime.device,
        runtime.precision,
        workers=runtime.workers,
        jobs=asked.jobs,
        weights_folder=runtime.weights_folder,
        answers=asked.store / "answers",
        engine=asked.engine,
    )


def _splits(dataset: Dataset) -> tuple[str, ...]:
    """Splits to answer: those with labelled scans here besides the training split."""
    there = {case.split for case in dataset.cases(None) if case.label is not None}
    if TRAIN not in there:
        raise DataError(
            "no training scan",
            where=dataset.root,
            found=", ".join(sorted(there)) or "no labelled scan",
            expected=TRAIN,
        )
    splits = tuple(name for name in dataset.manifest.splits() if name in there - {TRAIN})
    if not splits:
        raise DataError(
            "no scan to compare systems on",
            where=dataset.root,
            found=TRAIN,
            expected=f"a test split or {VAL}",
        )
    return splits


def _once(say: Callable[[str], None]) -> Callable[[str], None]:
    """Say each line once: systems read the same scans."""
    said: set[str] = set()

    def first(line: str) -> None:
        if line not in said:
            said.add(line)
            say(line)

    return first
