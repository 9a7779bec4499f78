"""Checks on stopping and going on: the model is that of a training that was never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spgc.contract.scan import LabelledScan
from spgc.model.document import MODEL
from spgc.systems.conformance.drawn_scans import with_other_labels
from spgc.systems.conformance.folder_checks import refuse_pickles
from spgc.systems.conformance.training_checks import differs
from spgc.systems.conformance.trial import (
    ContractError,
    FinishedTraining,
    NotChecked,
    StopAfter,
    Trial,
)

_GOES_ON = "fit called again after an interruption ends with the same model, bit for bit"


def stop_and_resume(trial: Trial) -> None:
    """Stopped at several points and called again, `fit` ends with the very same model."""
    first = trial.trained
    if not first.items:
        raise NotChecked("fit never used track, so it can't be stopped from there")
    points = sorted({0, first.items // 3, 2 * first.items // 3, first.items - 1})
    with trial.place() as place:
        for point in points:
            if not _stopped(trial, place, point):
                break  # it went on from so far that it never came to this point
        done = trial.fit(place)
        words = f"stopped after {', '.join(map(str, points))} of {first.items} items"
        if difference := differs(first, done):
            raise ContractError(f"{words}: {difference}", _GOES_ON)
        _same_answers(trial, done, words)


def _stopped(trial: Trial, place: Path, point: int) -> bool:
    """Whether a training in `place` was stopped at `point`, and left no half model behind."""
    if not _interrupted(trial, place, point):
        return False
    refuse_pickles(place, f"stopped after {point} items")
    if (place / MODEL).exists() and differs(
        trial.trained, FinishedTraining(trial.trained.system, place)
    ):
        raise ContractError(
            f"stopped after {point} items, fit leaves another {MODEL}",
            "a stopped training leaves no model: model.json is written last",
        )
    return True


def _interrupted(
    trial: Trial, place: Path, point: int, train: Sequence[LabelledScan] | None = None
) -> bool:
    """Whether KeyboardInterrupt, raised by `track` at `point`, ended a training in `place`."""
    track = StopAfter(point)
    try:
        trial.fit(place, train, track=track)
    except KeyboardInterrupt:
        if not track.stopped:
            raise  # somebody pressed Ctrl-C
        return True
    if track.stopped:
        raise ContractError(
            f"KeyboardInterrupt after {point} items of progress does not end fit",
            "fit ends with the KeyboardInterrupt that stops it",
        )
    return False


def _same_answers(trial: Trial, done: FinishedTraining, words: str) -> None:
    if dict(done.system.predict(trial.cohort.asked)) != dict(trial.answers):
        raise ContractError(
            f"{words}: the files are the same, the trained system answers otherwise",
            "a training that went on leaves the system as one that was never stopped",
        )


def leftovers_of_another_training(trial: Trial) -> None:
    """What a stopped training with other labels left in the folder is not used."""
    first = trial.trained
    if not first.items:
        raise NotChecked("fit never used track, so it can't be stopped from there")
    others = with_other_labels(trial.cohort.train)
    with trial.place() as place:
        _interrupted(trial, place, first.items - 1, others)
        done = trial.fit(place)
        if difference := differs(first, done):
            raise ContractError(
                f"in the folder of a training with other labels: {difference}",
                "half-done work carries a fingerprint of options, scans and labels",
            )


RESUME_CHECKS = (stop_and_resume, leftovers_of_another_training)
