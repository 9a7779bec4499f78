"""Tables of the paper made again from a data folder: what `spgc reproduce` does before it shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.ct.lungs import check_method
from spgc.data.slice_labels import check_release
from spgc.errors import ModelError, UsageError
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.paper.reproduced_files import answers_name, outcome_names
from spgc.paper.reproduction import Reproduction
from spgc.runs.cases import DataFolder, open_scans
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.cnr_iemn.config import BACKBONES
from spgc.systems.cnr_iemn.scenarios import SCENARIOS, scale_named
from spgc.systems.slice_options import weights_folder

ALL = "all"


@dataclass(frozen=True)
class Reproducing:
    """Which tables, from which scans, and how.

    tables: table1 to table5, or all; or what one of `spgc.paper.experiments` makes. out: a folder
    that gets one for each; backbones: names, all when empty; weights: imagenet, none, a folder of
    weight files, or None for the preset's; lungs: a lung method, or None for the preset's;
    lung_weights: as in `lung_settings`. Of the comparison of systems alone: systems, all built-in
    systems when empty; options, each `SYSTEM.NAME=VALUE`; engine, which answers.
    """

    tables: Sequence[str]
    data: DataFolder
    store: Path
    out: Path = Path("runs")
    backbones: Sequence[str] = ()
    weights: str | None = None
    preset: str = "paper"
    seed: int = 0
    runtime: Runtime = field(default_factory=Runtime)
    jobs: int = 1
    lungs: str | None = None
    lung_weights: Path | None = None
    systems: Sequence[str] = ()
    options: Sequence[str] = ()
    engine: str = "auto"


@dataclass(frozen=True)
class Opened:
    """Ready to run: `work.run(name)` makes each of `tables` in turn.

    helping: this process only trains along with the main one.
    """

    work: Reproduction
    tables: tuple[str, ...]
    prepared: Prepared
    helping: bool


def open_reproduction(asked: Reproducing, listener: Listener = NOBODY) -> Opened:
    """Check what was asked for, then read the scans; of several processes the main one first.

    Raises UsageError for an unknown table, preset or device, ModelError for an unknown backbone
    and for weights that can't be had, DataError for a place that can't be written to, before any
    scan is read.
    """
    tables = tables_named(asked.tables)
    for name in tables:
        files = (*outcome_names(SCENARIOS[name]), answers_name(SCENARIOS[name]))
        check_outputs(folder_in(asked.out, name), files)
    runtime = runtime_of(asked)
    changes, scale = _changes(asked), scale_named(asked.preset)
    check_release(asked.data.labels_release)
    processes.join(runtime.torch_device())
    helping = not processes.is_main()
    listener = NOBODY if helping else listener
    with processes.main_first():
        empty = Reproduction([], [], asked.out, scale, changes, runtime)
        for remark in empty.before_reading(tables):
            listener.say(remark)
        lungs = empty.config(tables[0]).lung_method
        train, val, prepared = splits_of(asked, lungs, listener)
    listener.scans_read(prepared)
    work = Reproduction(
        train, val, asked.out, scale, changes, runtime, listener.track, listener.say
    )
    return Opened(work, tables, prepared, helping)


def runtime_of(asked: Reproducing) -> Runtime:
    """How it is run: with the folder of weights that was named, and answers kept by the store.

    Raises UsageError for a device that is not there.
    """
    runtime = dataclasses.replace(
        asked.runtime,
        weights_folder=weights_folder(asked.weights) or asked.runtime.weights_folder,
        answers=folder_in(asked.store, "answers"),
    )
    runtime.torch_device()
    return runtime


def splits_of(
    asked: Reproducing, lungs: str, listener: Listener
) -> tuple[list[LabelledScan], list[LabelledScan], Prepared]:
    """The labelled scans of train and val that are there, and what came of preparing them."""
    dataset, cases, prepared = open_scans(
        asked.data,
        asked.store,
        ("train", "val"),
        lungs,
        lung_weights=asked.lung_weights,
        jobs=asked.jobs,
        listener=listener,
    )
    train, val = (
        labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    )
    return train, val, prepared


def tables_named(names: Sequence[str]) -> tuple[str, ...]:
    """The tables asked for, in the paper's order, each once. Raises UsageError for others."""
    unknown = [name for name in names if name not in (*SCENARIOS, ALL)]
    if unknown:
        raise UsageError(
            "unknown table", found=repr(unknown[0]), expected=" | ".join((*SCENARIOS, ALL))
        )
    return tuple(name for name in SCENARIOS if name in names or ALL in names)


def _changes(asked: Reproducing) -> dict[str, Any]:
    """Fields of the configuration that all tables take."""
    changes: dict[str, Any] = {"seed": asked.seed}
    if asked.lungs is not None:
        check_method(asked.lungs)
        changes["lung_method"] = asked.lungs
    if asked.weights is not None:
        changes["weights"] = "imagenet" if weights_folder(asked.weights) else asked.weights
    if asked.backbones:
        if unknown := [name for name in asked.backbones if name not in BACKBONES]:
            raise ModelError(
                "unknown backbone", found=repr(unknown[0]), expected=" | ".join(BACKBONES)
            )
        changes["backbones"] = tuple(name for name in BACKBONES if name in asked.backbones)
    return changes
