"""Training a system on the training split of a data folder: `spgc train` in one call."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.contract.abilities import (
    Processes,
    TrainsInProcesses,
    before_reading,
    chooses_by_val,
    cost,
    require,
    run_remarks,
)
from spgc.contract.scan import NamedScan
from spgc.contract.system import Options, RunSettings, System
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.data.provenance import provenance
from spgc.data.slice_labels import check_release
from spgc.files.held_folder import held_folder
from spgc.files.overwriting import check_outputs
from spgc.jobs.launched import launched
from spgc.jobs.progress import Track, silent
from spgc.model.document import read_model
from spgc.model.trained_on import fingerprints, learnt_with_labels
from spgc.runs.cases import DataFolder, named_split, open_scans
from spgc.runs.first_answer import leave_ready
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.evaluation import Evaluation, evaluate
from spgc.systems.model_card import write_model_card
from spgc.systems.registry import DEFAULT, system_named
from spgc.systems.unlabelled import refuse_unlabelled_splits


@dataclass(frozen=True)
class Training:
    """What is to be trained, on what, and how.

    model: the folder to write; unlabelled: splits whose scans the system may see without their
    labels; run: as for `System.create`, whose `answers` are those of the store; lung_weights: as in
    `lung_settings`; convert: whether the networks are left converted for prediction, in int8
    where that is faster here.
    """

    data: DataFolder
    store: Path
    model: Path
    system: str = DEFAULT
    options: Options = field(default_factory=dict)
    unlabelled: Sequence[str] = ()
    run: RunSettings = field(default_factory=RunSettings)
    lung_weights: Path | None = None
    convert: bool = True


@dataclass(frozen=True)
class Trained:
    """A trained model: its model.json, how it does on validation, and its model card.

    prepared: what became of the scans; remarks: what the system found damaged and made again, and
    one answer for everybody; alone: whether one process trained it; learnt: how many validation
    scans it was trained on, which `val` leaves out; chose: how many of `val` chose something of the
    model; int8: a `QuantisedNetwork` for each network that was put into 8-bit integers.
    """

    document: Mapping[str, Any]
    val: Evaluation
    card: Path
    dataset: Dataset
    prepared: Prepared
    remarks: tuple[str, ...] = ()
    alone: bool = True
    learnt: int = 0
    chose: int = 0
    int8: tuple[Any, ...] = ()


def train(asked: Training, listener: Listener = NOBODY) -> Trained | None:
    """Train a system and write its model and model card; scans that can't be read are left out.

    Called again after an interruption it goes on. Of several processes that a launcher started the
    main one answers; the others only train along, and their answer is None. Raises UsageError for
    options that make no sense, before any scan is read.
    """
    kind = system_named(asked.system)
    unlabelled = [named_split(asked.data, name) for name in asked.unlabelled]
    refuse_unlabelled_splits(kind, unlabelled)
    run = dataclasses.replace(asked.run, answers=asked.store / "answers")
    system = kind.create(asked.options, run)
    check_release(asked.data.labels_release)
    check_outputs(asked.model)
    processes = _join(system)
    helping = processes is not None and not processes.is_main()
    listener = NOBODY if helping else listener
    with processes.main_first() if processes else nullcontext():
        for remark in before_reading(system, asked.model):
            listener.say(remark)
        splits = ("train", "val", *unlabelled)
        dataset, cases, prepared = open_scans(
            asked.data,
            asked.store,
            splits,
            system.lung_method,
            lung_weights=asked.lung_weights,
            jobs=run.jobs,
            listener=listener,
        )
    listener.scans_read(prepared)
    if words := cost(system):
        listener.say(words)
    alone = nullcontext() if helping else held_folder(asked.model, listener.say)
    with alone:
        done = train_system(
            dataset,
            cases,
            prepared,
            system,
            asked.model,
            unlabelled=unlabelled,
            helping=helping,
            track=listener.track,
        )
        if done is None:
            return None
        int8: tuple[Any, ...] = ()
        if asked.convert:
            train, val = (_named(cases, prepared, [split]) for split in ("train", "val"))
            int8 = leave_ready(system, asked.model, train, val, asked.store / "answers", listener)
    return dataclasses.replace(done, alone=processes is None, int8=int8)


def train_system(
    dataset: Dataset,
    cases: Sequence[Case],
    prepared: Prepared,
    system: System,
    folder: Path,
    *,
    unlabelled: Collection[str] = (),
    helping: bool = False,
    track: Track = silent,
) -> Trained | None:
    """Fit a system on prepared scans of the training split; write its model and card to `folder`.

    helping: this is one of several processes but not the one that writes; it only trains along,
    and the answer is None.

    unlabelled: splits whose scans are given to it without their labels. The card is written once
    the model is there, and again with the scores on validation.
    """
    splits = {
        name: labelled_scans(dataset, prepared, [c for c in cases if c.split == name])
        for name in ("train", "val")
    }
    named = _named(cases, prepared, unlabelled)
    system.fit(splits["train"], splits["val"], folder, track, unlabelled=named)
    if helping:
        return None
    data = provenance(dataset, cases, prepared.scans.keys(), prepared.failures.keys())
    write_model_card(folder, system, data)
    document = read_model(folder, system.name)
    learnt = learnt_with_labels(
        document, fingerprints({scan.case_id: scan.scan for scan in splits["val"]})
    )
    unseen = [scan for scan in splits["val"] if scan.case_id not in learnt]
    val = evaluate(system, unseen, "val", track)
    card = write_model_card(folder, system, data, [val])
    remarks = (*run_remarks(system), *val.remarks())
    chose = len(unseen) if chooses_by_val(system) else 0
    return Trained(document, val, card, dataset, prepared, remarks, learnt=len(learnt), chose=chose)


def _named(cases: Sequence[Case], prepared: Prepared, splits: Collection[str]) -> list[NamedScan]:
    """The scans of these splits that could be read, without their labels."""
    own = [c.case_id for c in cases if c.split in splits and c.case_id in prepared.scans]
    return [(name, prepared.scans[name]) for name in own]


def _join(system: System) -> Processes | None:
    """The processes that torchrun or accelerate started, once they have met; None for one alone.

    Raises UsageError for a system that trains in one process.
    """
    count = launched().count
    if count < 2:
        return None
    shared = require(
        system,
        TrainsInProcesses,
        f"trains in one process, not in {count}",
        expected="a system that trains in several",
        do="start it without torchrun or accelerate",
    )
    return shared.join_processes()
