"""Checks on answers: one per scan, the same whoever asks, from memory or from disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from spgc.contract.scan import NamedScan
from spgc.contract.slices import ExplainableSlices, SliceModel
from spgc.contract.system import Prediction, System
from spgc.contract.volumes import ExplainableVolumes, VolumeInput
from spgc.errors import ModelError
from spgc.protocol import CLASSES
from spgc.submissions.shares import EDGE_TOLERANCE, UNPRINTED_SUM_TOLERANCE, are_shares
from spgc.systems.conformance.class_checks import NO_OPTION, refuses_option
from spgc.systems.conformance.trial import RUN, ContractError, NotChecked, Trial
from spgc.systems.evaluation import answers_of

TOLERANCE = 1e-5
"""Of a probability: networks round otherwise when scans share a batch."""

PICTURE_TOLERANCE = 1e-3
"""The same between a slice's own picture, asked alone, and that slice among the scan's."""

_ALONE = "an answer depends on nothing but the model and that scan"


def answers(trial: Trial) -> None:
    """One answer per scan, of a known class; probabilities sum to 1, or none has any."""
    asked = trial.cohort.asked
    try:
        found = answers_of(trial.trained.system, iter(asked))
    except ModelError as error:
        raise ContractError(str(error), "one answer per scan that a submission can hold") from error
    unknown = sorted(set(found) - {name for name, _ in asked})
    if unknown:
        raise ContractError(
            f"answers for {', '.join(unknown)}", "answers for the scans that were asked"
        )
    with_shares = sum(answer.probabilities is not None for answer in found.values())
    if with_shares not in (0, len(found)):
        raise ContractError(
            f"{with_shares} of {len(found)} answers have probabilities",
            "probabilities for all scans, or None for all",
        )


def saved_and_loaded(trial: Trial) -> None:
    """`save` and `load` give the same answers and the same description, bit for bit."""
    kind, first = trial.system_class, trial.trained
    with trial.place() as place:
        first.system.save(place)
        for what, folder in (("fit", first.folder), ("save", place)):
            system = kind.load(folder, RUN)
            _check_same(f"loaded from what {what} wrote", trial.answers, _ask(trial, system))
            if dict(system.describe()) != dict(first.system.describe()):
                raise ContractError(
                    f"loaded from what {what} wrote, describe() says something else",
                    "describe() gives the content of model.json",
                )


def _check_same(
    what: str, before: Mapping[str, Prediction], after: Mapping[str, Prediction]
) -> None:
    for case_id, answer in before.items():
        if after.get(case_id) != answer:
            raise ContractError(
                f"{what}, {case_id} is answered {_words(after.get(case_id))}, "
                f"before {_words(answer)}",
                "a loaded system answers bit for bit as the one that was saved",
            )


def loading_options(trial: Trial) -> None:
    """`load` refuses an unknown option."""
    folder = trial.trained.folder
    refuses_option("load", lambda: trial.system_class.load(folder, RUN, {NO_OPTION: "1"}))


def order_of_scans(trial: Trial) -> None:
    """The order in which scans are asked changes no answer."""
    _check_near("asked in reverse order", trial, trial.cohort.asked[::-1])


def scans_alone(trial: Trial) -> None:
    """A scan asked alone gets the answer that it gets among others."""
    for named in trial.cohort.asked:
        _check_near("asked alone", trial, [named])


def _check_near(what: str, trial: Trial, scans: Iterable[NamedScan]) -> None:
    """Same labels, and probabilities within `TOLERANCE`."""
    for case_id, answer in trial.trained.system.predict(scans).items():
        before = trial.answers[case_id]
        if not _near(before, answer):
            raise ContractError(
                f"{what}, {case_id} is answered {_words(answer)}, before {_words(before)}", _ALONE
            )


def _near(one: Prediction, two: Prediction) -> bool:
    if one.label != two.label:
        return False
    if one.probabilities is None or two.probabilities is None:
        return one.probabilities is two.probabilities
    return bool(np.allclose(one.probabilities, two.probabilities, rtol=0, atol=TOLERANCE))


def _words(answer: Prediction | None) -> str:
    if answer is None:
        return "nothing"
    shares = answer.probabilities
    return answer.label + ("" if shares is None else f" {tuple(round(p, 7) for p in shares)}")


def slice_answers(trial: Trial) -> None:
    """A slice model gives (S, 3) probabilities; `slice_inputs` answers as `slice_probabilities`."""
    system = trial.trained.system
    if not isinstance(system, SliceModel):
        raise NotChecked("the system answers for whole scans only")
    case_id, scan = trial.cohort.asked[0]
    found = system.slice_probabilities(case_id, scan)
    for name, shares in found.items():
        right = np.shape(shares) == (scan.n_slices, len(CLASSES))
        if not right or not all(_are_shares(row) for row in shares.tolist()):
            raise ContractError(
                f"slice_probabilities of {name}: shape {np.shape(shares)} for "
                f"{scan.n_slices} slices, or rows that don't sum to 1",
                "(S, 3) probabilities by the name of each slice classifier",
            )
    if isinstance(system, ExplainableSlices):
        _check_inputs(system, found, trial.cohort.asked[0])


def _check_inputs(
    system: ExplainableSlices, found: Mapping[str, np.ndarray], named: NamedScan
) -> None:
    index = named[1].n_slices // 2
    inputs = system.slice_inputs(named[1], index)
    if set(inputs) != set(found):
        raise ContractError(
            f"slice_inputs has {sorted(inputs)}, slice_probabilities {sorted(found)}",
            "both go by the same names",
        )
    for name, given in inputs.items():
        off = float(np.abs(given.answer(given.image[None])[0] - found[name][index]).max())
        if off > PICTURE_TOLERANCE:
            raise ContractError(
                f"the unchanged picture of slice {index} is answered {off:.2g} off by {name}",
                "slice_inputs answers for the picture as slice_probabilities does",
            )


def volume_answers(trial: Trial) -> None:
    """`volume_inputs` gives volumes, their boxes and (B, 3) probabilities for changed ones."""
    system = trial.trained.system
    if not isinstance(system, ExplainableVolumes):
        raise NotChecked("the system can't be asked about changed volumes")
    inputs = system.volume_inputs(*trial.cohort.asked[0])
    if not inputs:
        raise ContractError("volume_inputs names no network", "one VolumeInput for each network")
    for name, given in inputs.items():
        _check_volume(name, given)


def _check_volume(name: str, given: VolumeInput) -> None:
    volume, low, high = given.volume, np.array(given.box.low), np.array(given.box.high)
    if volume.ndim != 4 or volume.dtype != np.float32 or not np.isfinite(volume).all():
        raise ContractError(
            f"the volume of {name} is {volume.dtype} of shape {volume.shape}",
            "(C, D, H, W) float32, finite",
        )
    if not (low < high).all() or not 1 <= given.pictures <= len(volume):
        raise ContractError(
            f"{name} shows {given.box}, {given.pictures} of {len(volume)} channels are pictures",
            "a box with low below high, and one picture or more",
        )
    hidden = np.full_like(volume, given.black)
    hidden[given.pictures :] = volume[given.pictures :]
    found = np.asarray(given.answer(np.stack([volume, hidden])))
    rows = found.tolist() if found.shape == (2, len(CLASSES)) else []
    if not rows or not all(_are_shares(row) for row in rows):
        raise ContractError(
            f"{name} answers two volumes with shape {found.shape}, or rows that don't sum to 1",
            "(B, 3) probabilities",
        )
    off = float(np.abs(given.answer(volume[None])[0] - found[0]).max())
    if off > PICTURE_TOLERANCE:
        raise ContractError(f"{name} answers a volume {off:.2g} off beside another", _ALONE)


def _ask(trial: Trial, system: System) -> Mapping[str, Prediction]:
    return system.predict(iter(trial.cohort.asked))


ANSWER_CHECKS = (
    answers,
    saved_and_loaded,
    loading_options,
    order_of_scans,
    scans_alone,
    slice_answers,
    volume_answers,
)


def _are_shares(row: Sequence[float]) -> bool:
    return are_shares(row, UNPRINTED_SUM_TOLERANCE, EDGE_TOLERANCE, classes=len(CLASSES))
