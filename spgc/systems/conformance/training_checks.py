"""Checks on training: what it leaves, what must not change it, and unlabelled scans."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.contract import abilities
from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError, UsageError
from spgc.model.document import read_model
from spgc.model.trained_on import training_facts
from spgc.systems.conformance.drawn_scans import with_other_labels
from spgc.systems.conformance.trial import (
    RUN,
    ContractError,
    FinishedTraining,
    NotChecked,
    StopAfter,
    Trial,
    captured,
)

_MODEL_RULE = "fit leaves a whole model in folder"


def training(trial: Trial) -> None:
    """`fit` leaves a model that can be read, and `describe()` says what its model.json says."""
    done = trial.trained
    document = _read(done.folder, trial.system_class.name)
    if not document["files"]:
        raise ContractError("model.json lists no file", _MODEL_RULE)
    if dict(done.system.describe()) != document:
        raise ContractError(
            "describe() after training is not what model.json holds",
            "describe() gives the content of model.json",
        )


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        return read_model(folder, name)
    except ModelError as error:
        raise ContractError(f"after fit: {error}", _MODEL_RULE) from error


def training_is_described(trial: Trial) -> None:
    """model.json marks a model of phantoms as SYNTHETIC and says what it was trained on."""
    document = trial.trained.document
    if document["synthetic"] is not True:
        raise ContractError(
            f"synthetic is {document['synthetic']!r} after training on phantoms",
            "model.json marks a model as synthetic when any training scan is",
        )
    for key, expected in training_facts(trial.cohort.train).items():
        found = document["trained_on"].get(key)
        if found != expected:
            raise ContractError(
                f"trained_on.{key} is {found!r}, not {expected!r}",
                "trained_on holds what training_facts(train, unlabelled) gives",
            )


def progress(trial: Trial) -> None:
    """`fit` and `predict` work through `track`: it shows how far they are, and can stop them."""
    watched = StopAfter()
    trial.trained.system.predict(iter(trial.cohort.asked), None, watched)
    for method, items in (("fit", trial.trained.items), ("predict", watched.seen)):
        if not items:
            raise ContractError(
                f"{method} never used track", f"{method} takes what it works through from track"
            )


def silence(trial: Trial) -> None:
    """Training, loading and predicting print nothing."""
    printed = io.StringIO()
    with captured(printed):
        trial.system_class.load(trial.trained.folder, RUN).predict(trial.cohort.asked)
    for what, text in (
        ("fit", trial.trained.printed),
        ("load or predict", printed.getvalue()),
    ):
        if text:
            raise ContractError(f"{what} prints {text[:80]!r}", "only the command line prints")


def training_order(trial: Trial) -> None:
    """The order of the training scans changes no bit of the model."""
    first = trial.trained
    if abilities.depends_on_order(first.system):
        raise NotChecked("the system says that the order of training scans changes its model")
    with trial.training(train=trial.cohort.train[::-1]) as other:
        difference = differs(first, other)
    if not difference:
        return
    with trial.training() as again:
        if repeated := differs(first, again):
            raise ContractError(
                f"the same training twice: {repeated}",
                "same scans, same options, same device: same model",
            )
    raise ContractError(
        f"training scans in reverse order: {difference}",
        "the order of train changes no bit of a model, unless depends_on_order says so",
    )


def validation_is_not_learnt_from(trial: Trial) -> None:
    """Other validation labels or scans leave the model as it is."""
    first, scans = trial.trained, trial.cohort
    if abilities.chooses_by_val(first.system):
        raise NotChecked("the system says that it chooses by the validation scans")
    others: dict[str, Sequence[LabelledScan]] = {
        "other labels in val": with_other_labels(scans.val),
        "another val": scans.test[:2],
    }
    for change, val in others.items():
        with trial.training(val=val) as other:
            if difference := differs(first, other, ("config", "files")):
                raise ContractError(
                    f"{change}: {difference}",
                    "nothing is learnt from val, unless chooses_by_val says so",
                )


def unlabelled_scans(trial: Trial) -> None:
    """Unlabelled scans are refused, or listed in model.json, as `learns_unlabelled` says."""
    if trial.system_class.learns_unlabelled:
        _lists_unlabelled(trial)
    else:
        _refuses_unlabelled(trial)


def _lists_unlabelled(trial: Trial) -> None:
    shown = trial.cohort.unlabelled
    with trial.training(unlabelled=shown) as done:
        _read(done.folder, trial.system_class.name)
        listed = done.document["trained_on"].get("unlabelled", {}).get("cases")
    if listed != sorted(name for name, _ in shown):
        raise ContractError(
            f"trained_on.unlabelled.cases is {listed!r} after training with {len(shown)}",
            "model.json lists the case IDs of unlabelled scans, sorted",
        )


def _refuses_unlabelled(trial: Trial) -> None:
    rule = "fit raises UsageError for unlabelled scans when learns_unlabelled is false"
    try:
        with trial.training(unlabelled=trial.cohort.unlabelled):
            pass
    except UsageError:
        return
    except Exception as error:
        raise ContractError(f"unlabelled scans raise {type(error).__name__}", rule) from error
    raise ContractError("unlabelled scans are taken in silence", rule)


def differs(first: FinishedTraining, other: FinishedTraining, parts: Sequence[str] = ()) -> str:
    """What of two models is not the same, in words; `parts` of model.json, all of it if none."""
    one, two = first.document, other.document
    for part in parts or sorted({*one, *two} - {"model_hash"}):
        if one.get(part) == two.get(part):
            continue
        if part == "files":
            names = sorted({*one["files"], *two["files"]})
            changed = [n for n in names if one["files"].get(n) != two["files"].get(n)]
            return f"{', '.join(changed)} of the model is another"
        return f"{part} of model.json is another"
    return ""


TRAINING_CHECKS = (
    training,
    training_is_described,
    progress,
    silence,
    training_order,
    validation_is_not_learnt_from,
    unlabelled_scans,
)
