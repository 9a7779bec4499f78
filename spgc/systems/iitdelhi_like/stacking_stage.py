"""Levels 2 and 3: four patient classifiers on statistics of all slices, and their ensemble.

The ensemble has to learn from answers for scans that neither slice network nor patient classifier
saw, as those will be that it meets. With K folds both are trained K times more, each time without
one fold of the patients: features of two slice networks don't mean the same, so a classifier never
learns from one and answers for the other. Without folds the slice network has seen them all, and
only the patient classifiers are trained on parts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Classes, Features
from spgc.classifiers.slice_summary import slice_summary
from spgc.classifiers.stacking import fit_members, member_answers
from spgc.contract.scan import LabelledScan, NamedScan
from spgc.errors import DataError
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.predictor import SlicePredictor
from spgc.protocol import CLASSES
from spgc.systems.folds import each_fold, folds_of
from spgc.systems.iitdelhi_like.iitdelhi_settings import IitDelhiSettings

LEAKING_FOLDS = 5
"""Parts for the patient classifiers where no slice network is retrained; fewer for few scans."""


def classes_of(scans: Sequence[LabelledScan]) -> Classes:
    """(N,) indices into `CLASSES`."""
    return np.array([CLASSES.index(scan.label) for scan in scans], np.int64)


def summaries(
    slices: SlicePredictor,
    scans: Iterable[NamedScan],
    total: int | None = None,
    track: Track = silent,
    label: str = "slices of scans",
) -> dict[str, Features]:
    """Statistics of all slices of each scan, (4 · (3 + F),), by case ID; a scan is then let go."""
    (name,) = slices.networks.names
    answered = track(slices.predict_many(scans), label, total)
    return {case_id: slice_summary(rows[name]) for case_id, rows in answered}


def table(found: Mapping[str, Features], scans: Sequence[LabelledScan]) -> Features:
    """(N, 4 · (3 + F)) in the order of `scans`."""
    return np.stack([found[scan.case_id] for scan in scans])


def named(scans: Sequence[LabelledScan]) -> list[NamedScan]:
    return [(scan.case_id, scan.scan) for scan in scans]


def network_folds(
    train: Sequence[LabelledScan], samples: Sequence[tuple[str, int]], settings: IitDelhiSettings
) -> dict[str, int]:
    """Fold of each training scan by case ID; see `folds_of`."""
    return folds_of(train, samples, settings.folds, settings.seed)


def unseen_answers(
    train: Sequence[LabelledScan],
    folds: Mapping[str, int],
    settings: IitDelhiSettings,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> Features:
    """(N, 12) what the four say of each training scan when nothing of theirs saw it."""
    from spgc.nets.slices.fresh_networks import fresh_predictor
    from spgc.systems.iitdelhi_like.multi_scale_training import train_slices

    # Not converted for a faster engine, which would keep copies of networks that answer only once.
    once = dataclasses.replace(runtime, engine="torch")
    answers: dict[str, Features] = {}
    for fold in each_fold(train, folds, settings.folds, folder, track):
        network = train_slices(fold.seen, fold.held, settings, runtime, fold.place, fold.track)
        slices = fresh_predictor(
            {settings.backbone: network},
            settings.spec,
            once,
            fold.place,
            settings.slice_features,
        )
        found = summaries(slices, named(train), len(train), fold.track)
        answers |= _answers(fold.seen, fold.held, found, settings)
    return table(answers, train)


def check_stacking(train: Sequence[LabelledScan]) -> None:
    """Raise DataError when a class has too few scans to leave one out."""
    counts = _scans_by_class(train)
    if counts.min() < 2:
        raise DataError(
            f"too few {CLASSES[int(counts.argmin())]} scans for the stacking",
            where="training split",
            found=f"{counts.min()}",
            expected="two of each class: it learns from answers for scans that were left out",
            do="add scans of that class",
        )


def _scans_by_class(train: Sequence[LabelledScan]) -> NDArray[np.int64]:
    return np.bincount([CLASSES.index(scan.label) for scan in train], minlength=len(CLASSES))


def leaking_answers(
    train: Sequence[LabelledScan], found: Mapping[str, Features], settings: IitDelhiSettings
) -> Features:
    """(N, 12) the same where only the four did not see the scan, and the slice network did."""
    samples = [(scan.case_id, CLASSES.index(scan.label)) for scan in train]
    rarest = _scans_by_class(train).min()
    count = int(np.clip(rarest, 2, LEAKING_FOLDS))
    folds = folds_of(train, samples, count, settings.seed)
    answers: dict[str, Features] = {}
    for number in range(count):
        seen = [scan for scan in train if folds[scan.case_id] != number]
        held = [scan for scan in train if folds[scan.case_id] == number]
        answers |= _answers(seen, held, found, settings)
    return table(answers, train)


def _answers(
    seen: Sequence[LabelledScan],
    held: Sequence[LabelledScan],
    found: Mapping[str, Features],
    settings: IitDelhiSettings,
) -> dict[str, Features]:
    """What the four, fitted on `seen`, say of the scans held out, (12,) by case ID."""
    if not held:
        return {}
    members = fit_members(
        table(found, seen), classes_of(seen), settings.seed, settings.patient_weights
    )
    rows = member_answers(members, table(found, held))
    return {scan.case_id: row for scan, row in zip(held, rows, strict=True)}
