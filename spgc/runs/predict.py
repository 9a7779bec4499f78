"""A trained model's answers for splits of a data folder: `spgc predict` in one call."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.contract.abilities import chooses_by_val
from spgc.contract.slices import SliceModel, slice_model
from spgc.contract.system import Options, Prediction, RunSettings, System
from spgc.ct.store import SliceStore
from spgc.errors import UsageError
from spgc.files.foreign_names import folder_in, real_path
from spgc.files.hashes import file_hash
from spgc.files.overwriting import check_outputs, check_target
from spgc.jobs.cluster import DaskAddress
from spgc.model.identity import marks_covered
from spgc.model.trained_on import (
    AnsweredScans,
    choosing_cases,
    fingerprints,
    learnt_with_labels,
    shown_cases,
    trained_cases,
)
from spgc.runs.answers import Answers, answer
from spgc.runs.cases import DataFolder, named_splits, open_cases
from spgc.runs.cluster_answers import answer_on_cluster
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.lung_settings import lung_settings
from spgc.runs.missing import ToWrite, policy_of, what_to_write
from spgc.runs.scans import Prepared
from spgc.runs.shards import Shard
from spgc.runs.slice_table import (
    HEAD,
    SLICE_TABLE,
    GivenSlices,
    slice_table,
    write_slice_table,
)
from spgc.runs.submit import answer_texts
from spgc.runs.worker_system import run_without_device, worker_model
from spgc.submissions.record import CHOSEN, LEARNT, TRAINED, write_with_record
from spgc.systems.registry import load_system
from spgc.version import __version__


@dataclass(frozen=True)
class Predicting:
    """What is to be predicted, by which model, and what is written.

    splits: in any of their names, all that is found when empty; out: folder of the submission;
    slices: where to write what each slice classifier says, for one part with its tag in the name,
    so that parts don't replace each other's; allow_missing, fill: see
    `spgc.runs.missing`; shard: the part of the cases to answer, None for all; run: as for
    `System.load`, whose `answers` are those of the store; lung_weights: as in `lung_settings`;
    cluster: whose workers read and answer in place of this process.
    """

    data: DataFolder
    store: Path
    model: Path
    out: Path = Path()
    splits: Sequence[str] = ()
    options: Options = field(default_factory=dict)
    run: RunSettings = field(default_factory=lambda: RunSettings(precision="auto", engine="auto"))
    probabilities: bool = False
    slices: Path | None = None
    allow_missing: bool = False
    fill: str | None = None
    shard: Shard | None = None
    lung_weights: Path | None = None
    cluster: DaskAddress | None = None

    @property
    def slice_file(self) -> Path | None:
        """Where the slice table is written."""
        if self.slices is None or self.shard is None:
            return self.slices
        return self.slices.with_name(f"{self.slices.stem}{self.shard.tag}{self.slices.suffix}")


@dataclass(frozen=True)
class Predicted:
    """What was predicted and written.

    files: in the order of writing; predictions: by case ID; choice: which splits and scans were
    left out or filled in; document: the model's model.json; transductive: cases that its training
    was shown without labels; learnt: cases beyond the training split that it was trained on, labels
    and all; remarks: what the system found damaged and made again; trained_on: cases of its
    training split, None where model.json does not name them; chosen_by: cases by which an epoch, a
    threshold or a member of it was chosen.
    """

    files: tuple[Path, ...]
    predictions: Mapping[str, Prediction]
    choice: ToWrite
    document: Mapping[str, Any]
    transductive: tuple[str, ...]
    learnt: tuple[str, ...]
    prepared: Prepared
    remarks: tuple[str, ...] = ()
    trained_on: tuple[str, ...] | None = None
    chosen_by: tuple[str, ...] = ()

    @property
    def labels(self) -> Counter[str]:
        """How many scans the model gave each class."""
        answers = self.predictions
        return Counter(a.label for name, a in answers.items() if name not in self.choice.filled)

    @property
    def whole_files(self) -> list[Path]:
        """Of the files written, those that can be scored: no scan missing, every class known, and
        none that the model was trained on.

        The file for all splits where it is one of them, else the splits' own.
        """
        choice, files = self.choice, self.files
        splits: dict[str, list[bool]] = {}
        for case in choice.cases:
            known = case.label is not None and case.case_id in choice.answers
            known = known and case.case_id not in self.learnt
            splits.setdefault(case.split, []).append(known)
        good = {f"submission-{split}.csv" for split, marks in splits.items() if all(marks)}
        if len(good) == len(splits) and files[-1].name == "submission.csv":
            return [files[-1]]
        return [path for path in files if path.name in good]


def predict(asked: Predicting, listener: Listener = NOBODY) -> Predicted:
    """Answer the cases of the splits asked for and write the submission with its record.

    Scans that are not in the store yet are read and segmented first; one that can't be read doesn't
    stop the others. Called again after an interruption it goes on. Raises UsageError for options
    that make no sense and DataError where nothing can be written for want of answers.
    """
    splits = named_splits(asked.data, asked.splits)
    check_outputs(asked.out)
    if asked.slice_file is not None:
        _check_slice_file(asked.slice_file, asked.out)
    policy = policy_of(
        asked.allow_missing or not splits, asked.fill, probabilities=asked.probabilities
    )
    run = dataclasses.replace(asked.run, answers=folder_in(asked.store, "answers"))
    here = run if asked.cluster is None else run_without_device(run)
    system = load_system(asked.model, here, asked.options)
    slicewise = None if asked.slice_file is None else slice_model(system)
    settings = lung_settings(system.lung_method, asked.lung_weights, listener.say)
    dataset, cases, own = open_cases(asked.data, splits, asked.shard, listener)
    store = SliceStore(asked.store)
    more: Any = {"allow_missing": policy.allowed, "track": listener.track}
    if asked.cluster is None:
        answers = answer(dataset, own, system, store, jobs=run.jobs, settings=settings, **more)
    else:
        model = worker_model(
            asked.model,
            asked.store,
            system,
            run,
            options=tuple(asked.options.items()),
            lungs=settings.lung_method,
            lung_weights=asked.lung_weights and asked.lung_weights.absolute(),
            weights_hash=settings.lung_weights,
            slices=slicewise is not None,
        )
        with asked.cluster.joined(asked.data.root, asked.store, asked.model, say=listener.say):
            answers = answer_on_cluster(dataset, own, model, store, **more)
    listener.scans_read(answers.prepared)
    for remark in answers.remarks:
        listener.say(f"remark: {remark}")
    choice = what_to_write(cases, own, answers.predictions, policy)
    texts = answer_texts(
        dataset,
        choice.cases,
        choice.answers,
        asked.out,
        probabilities=asked.probabilities,
        joint=not choice.held_back,
        tag=asked.shard.tag if asked.shard else "",
    )
    _write_slices(slicewise, answers, asked.slice_file)
    document = system.describe()
    # A scan that has left the store since it was answered is still known by its case ID.
    answered = fingerprints({name: answers.prepared.scans.get(name) for name in choice.answers})
    done = Predicted(
        tuple(texts),
        choice.answers,
        choice,
        document,
        tuple(shown_cases(document, answered)),
        tuple(learnt_with_labels(document, answered)),
        answers.prepared,
        tuple(answers.remarks),
        _trained_on(document, answered),
        _chosen_by(system, answered, choice),
    )
    can = {"slice_model": isinstance(system, SliceModel)}
    used = {**answers.facts, **can, "run": answers.run}
    names = {case.case_id for case in cases}
    order = [case.case_id for case in dataset.manifest if case.case_id in names]
    facts = _record_facts(asked, done, used) | _part_facts(asked.shard, splits, order)
    tag = asked.shard.tag if asked.shard else ""
    write_with_record(texts, str(document["model_hash"]), facts, tag, listener.say)
    return done


def _trained_on(document: Mapping[str, Any], answered: AnsweredScans) -> tuple[str, ...] | None:
    """Answered cases of the model's training split; None where model.json does not name them."""
    known = trained_cases(document, answered)
    return None if known is None else tuple(known)


def _chosen_by(system: System, answered: AnsweredScans, choice: ToWrite) -> tuple[str, ...]:
    """Answered cases by which the model was chosen; all of `val` where it only says that it was."""
    known = choosing_cases(system.describe(), answered)
    if known is None and chooses_by_val(system):
        known = sorted(case.case_id for case in choice.cases if case.split == "val")
    return tuple(known or ())


def _check_slice_file(path: Path, out: Path) -> None:
    """Raise UsageError where the slice table can't be written, or would lie in another's place."""
    check_target(path, mark=HEAD)
    if path.name.startswith("submission") and real_path(path.parent) == real_path(out):
        raise UsageError(
            "the slice table would take the name of a submission",
            where=path,
            expected="a name of its own, such as slices.csv",
            do="name another file",
        )


def _write_slices(system: SliceModel | None, answers: Answers, path: Path | None) -> None:
    """The slice probabilities were kept while predicting: this reads them back."""
    if system is not None and path is not None:
        known = GivenSlices(answers.slices) if answers.slices else system
        write_slice_table(slice_table(known, answers.prepared.scans.items()), path)


def _part_facts(part: Shard | None, splits: Sequence[str], order: Sequence[str]) -> dict[str, Any]:
    """What `spgc.runs.merge` has to know of a part; order: all parts' cases, as files have them."""
    if part is None:
        return {}
    return {"order": list(order), "splits": list(splits), "shard": f"{part.number}/{part.count}"}


def _record_facts(asked: Predicting, done: Predicted, used: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says by which `spgc score` knows the model of these files."""
    document = done.document
    return {
        "spgc": __version__,
        "system": document["system"],
        "options": dict(asked.options),
        **({"engine": asked.run.engine, "precision": asked.run.precision} | dict(used)),
        "left_out": list(done.choice.left_out),
        "filled_in": dict(done.choice.filled),
        "remarks": done.prepared.remarks(),
        "trained_on_synthetic": document["synthetic"],
        "transductive": list(done.transductive),
        LEARNT: list(done.learnt),
        **({} if done.trained_on is None else {TRAINED: list(done.trained_on)}),
        CHOSEN: list(done.chosen_by),
        "purpose": document["purpose"],
        SLICE_TABLE: None if asked.slice_file is None else file_hash(asked.slice_file),
        "marks_covered": marks_covered(document),
    }
