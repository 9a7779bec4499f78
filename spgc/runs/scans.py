"""From a data folder to training and to a submission: what the command line calls.

Each function does one stage for every scan asked for, goes on past scans that fail, and says at
the end which failed and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase, LabelledScan, NamedScan
from spgc.contract.system import Prediction, System
from spgc.ct.preprocess import PreprocessReport, PreprocessSettings, preprocess
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError, SpgcError, StoreError
from spgc.files.foreign_names import place_in, same_file_name
from spgc.jobs.progress import Track, silent
from spgc.submissions.write import write_submission
from spgc.systems.evaluation import Evaluation, evaluate


@dataclass(frozen=True)
class Prepared:
    """Scans in the store, and what became of the others.

    `missing` are cases of the manifest without a folder; `failures` and `notes` by case ID.
    """

    scans: Mapping[str, StoredScan]
    missing: tuple[str, ...] = ()
    failures: Mapping[str, SpgcError] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(
    dataset: Dataset,
    cases: Iterable[Case],
    store: SliceStore,
    settings: PreprocessSettings | None = None,
    *,
    jobs: int = 1,
    track: Track = silent,
) -> Prepared:
    """Bring the scans of `cases` into the store; scans that are there already are reused."""
    wanted = [case.case_id for case in cases]
    folders = dataset.sources(wanted)
    report = preprocess(folders, store, settings, jobs, track)
    return prepared_of(report, store, tuple(name for name in wanted if name not in folders))


def prepared_of(report: PreprocessReport, store: SliceStore, missing: tuple[str, ...]) -> Prepared:
    """The scans that a report speaks of; one that can't be read after all is a failure."""
    scans, failures = {}, dict(report.failures)
    for name, key in report.keys.items():
        try:
            scans[name] = store.read(name, key)
        except StoreError as error:
            failures[name] = error
    return Prepared(scans, missing, failures, report.notes)


def known_scan(
    dataset: Dataset, case_id: str, store: Path, lungs: str
) -> tuple[StoredScan, KnownCase]:
    """One case of `dataset.folders`, brought into the store with masks of the method `lungs`.

    Raises SeriesError when it can't be read, DataError when its slice labels do not fit.
    """
    case = dataset.manifest[case_id]
    prepared = prepare(dataset, [case], SliceStore(store), PreprocessSettings(lung_method=lungs))
    for failure in prepared.failures.values():
        raise failure
    scan = prepared.scans[case_id]
    infected = infected_slices(dataset, case_id, scan.n_slices)
    return scan, KnownCase(case_id, case.label, infected, case.synthetic)


def labelled_scans(
    dataset: Dataset, prepared: Prepared, cases: Iterable[Case]
) -> list[LabelledScan]:
    """The prepared scans of `cases` whose class is known, with their slice labels."""
    return [
        LabelledScan(
            case.case_id,
            prepared.scans[case.case_id],
            case.label,
            infected_slices(dataset, case.case_id, prepared.scans[case.case_id].n_slices),
            case.synthetic,
        )
        for case in cases
        if case.label is not None and case.case_id in prepared.scans
    ]


def infected_slices(dataset: Dataset, case_id: str, slices: int) -> NDArray[np.uint8] | None:
    """Slice labels cut to the scan's slices: label arrays are padded with zeros at the end.

    Raises DataError when a slice is labelled infected that the scan does not have.
    """
    labels = dataset.slice_labels(case_id)
    if labels is None:
        return None
    if labels[slices:].any() or len(labels) < slices:
        last = int(np.flatnonzero(labels)[-1]) + 1 if labels.any() else 0
        raise DataError(
            f"slice labels of {case_id} do not fit its scan",
            where=dataset.root,
            found=f"{len(labels)} labels, the last infected slice is number {last}; "
            f"the scan has {slices} slices",
            expected="a label for every slice and none beyond",
            do="spgc data check names the label file; check whether slices are missing",
        )
    return labels[:slices].astype(np.uint8)


@dataclass(frozen=True)
class Trained:
    """What `train` left: model.json, how the model does on validation, and its model card."""

    document: Mapping[str, Any]
    val: Evaluation
    card: Path


def train(
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
    """Fit a system on the training split and write its model and model card to `folder`.

    helping: this is one of several processes but not the one that writes; it only trains along,
    and the answer is None.

    unlabelled: splits whose scans are given to it without their labels. The card is written once
    the model is there, and again with the scores on validation.
    """
    from spgc.data.provenance import provenance
    from spgc.model.document import read_model
    from spgc.systems.model_card import write_model_card

    splits = {
        name: labelled_scans(dataset, prepared, [c for c in cases if c.split == name])
        for name in ("train", "val")
    }
    extra = [c.case_id for c in cases if c.split in unlabelled and c.case_id in prepared.scans]
    named: list[NamedScan] = [(name, prepared.scans[name]) for name in extra]
    system.fit(splits["train"], splits["val"], folder, track, unlabelled=named)
    if helping:
        return None
    data = provenance(dataset, cases, prepared.scans.keys(), prepared.failures.keys())
    write_model_card(folder, system, data)
    val = evaluate(system, splits["val"], "val", track)
    card = write_model_card(folder, system, data, [val])
    return Trained(read_model(folder, system.name), val, card)


@dataclass(frozen=True)
class Submitted:
    """What `write_answers` wrote: predictions by case ID, and the files in the order of writing."""

    predictions: Mapping[str, Prediction]
    files: tuple[Path, ...]


def write_answers(
    dataset: Dataset,
    cases: Sequence[Case],
    answers: Mapping[str, Prediction],
    out: Path,
    *,
    probabilities: bool = False,
    joint: bool = True,
    tag: str = "",
) -> Submitted:
    """Write `submission-SPLIT.csv` for each split and `submission.csv` for all, in manifest order.

    Cases without an answer are left out; joint: whether to write the file for all; `tag` goes
    into the files' names. Raises DataError, before anything is written, for splits whose names
    can't be part of file names that every system tells apart.
    """
    groups = _by_split(cases, answers)
    _refuse_like_splits(groups)
    names = {
        place_in(out, f"submission-{split}{tag}.csv", what="split"): part
        for split, part in groups.items()
    }
    if joint:
        names[out / f"submission{tag}.csv"] = [name for part in groups.values() for name in part]
    for path, part in names.items():
        _write(path, part, answers, dataset, probabilities)
    return Submitted(answers, tuple(names))


def _refuse_like_splits(splits: Iterable[str]) -> None:
    """Some file systems would write two splits into one file, and lose one."""
    known: dict[str, str] = {}
    for split in splits:
        other = known.setdefault(same_file_name(split), split)
        if other != split:
            raise DataError(
                "two splits would be written to one file",
                found=f"{other!r} and {split!r}",
                expected="names that differ by more than case",
                do="rename one in the manifests",
            )


def _by_split(cases: Sequence[Case], answers: Mapping[str, Prediction]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for case in cases:
        if case.case_id in answers:
            groups.setdefault(case.split, []).append(case.case_id)
    return groups


def _write(
    path: Path,
    names: Sequence[str],
    answers: Mapping[str, Prediction],
    dataset: Dataset,
    probabilities: bool,
) -> None:
    with_p = {n: p for n in names if (p := answers[n].probabilities) is not None}
    write_submission(
        path,
        {name: answers[name].label for name in names},
        with_p if probabilities and len(with_p) == len(names) else None,
        dataset.manifest,
    )
