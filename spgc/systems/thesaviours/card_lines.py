"""What TheSaviours' model card says: whose numbers these are, what is repaired, what is ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.errors import ModelError
from spgc.systems.thesaviours.settings import AS_RELEASED, REPAIRED, Settings

SOURCE = "shubhamchaudhary2015/ct_covid19_cap_cnn at 52a5bfe"
"""Repository of the team on GitHub."""

_FIRST = (
    f"Rebuilt from the team's own code ({SOURCE}): windows, networks, optimiser, epochs, draws and "
    "votes are theirs. Not a line of it is used, nor the weights that they published.",
    "Ours, since nobody published it: which tenth of the patients chooses the epoch (theirs was "
    "parted by hand; here by seed, each class for itself), and the epoch itself, by the lowest "
    "loss on that tenth (theirs was chosen by hand).",
    "Ours: ImageNet weights and normalisation of torchvision where they had those of Keras, whose "
    "EfficientNet of that time also divided by the root of the standard deviation.",
    "Ours: stage 1 subtracts no mean. Theirs, 0.0105 and 0.0352, came from a sum in 32 bits that "
    "stopped growing, and are next to nothing.",
    "Ours: no network of stage 1 is trained for a class whose scans all have slice labels, since "
    "it would have nothing to mark.",
    "As theirs: stage 1 also learns from the patients held out of stage 2, and parts its own check "
    "slices without regard to patients; neither decides what answers, but marks in scans held out "
    "come from networks that saw them.",
    "It sees the 80 middle slices of a scan, of 80 or fewer the 40 middle ones; an infection "
    "elsewhere is not seen.",
    "Its probabilities are shares of weighted votes; where two classes tie, the label follows the "
    "rule and need not be the most probable.",
)

_WINDOW = {
    REPAIRED: "Repaired: the released test script looks one slice too low, and at none of a scan "
    "of 80 slices or fewer, which it calls COVID-19.",
    AS_RELEASED: "As released: slices one too low, and none of a scan of 80 slices or fewer, "
    "which is called COVID-19 unseen.",
}

_NOT_BROUGHT_BACK = (
    "Repaired for good: loops that leave out the first entry of a folder (on the authors' machines "
    "a file that is no scan), and training windows that begin before the first slice, where their "
    "script ends with an error."
)


def card_lines(settings: Settings) -> tuple[str, ...]:
    """Sentences for the model card, one line each, as these settings have it."""
    return (
        *_FIRST,
        _WINDOW[settings.test_window],
        _slice_labels(settings),
        _cap(settings),
        _jpeg(settings),
        _NOT_BROUGHT_BACK,
        *([_VAL] if settings.use_val else []),
    )


def epoch_line(chosen: Mapping[str, Any]) -> str:
    """Which epoch answers, from what model.json holds under `trained_on.chosen`."""
    return (
        f"It answers by epoch {chosen['epoch']} of {chosen['of_epochs']}, whose loss on the "
        f"{len(chosen['held_out'])} scans held out was the lowest: {chosen['loss']:.3f} nats for "
        f"each of {chosen['held_out_slices']} slices. model.json lists these scans."
    )


_COUNTS = ("epoch", "of_epochs", "held_out_slices")


def check_epoch(learnt: Mapping[str, Any], where: Path) -> None:
    """Raise ModelError where what `epoch_line` reads is of another kind than was written."""
    if "chosen" not in learnt:
        return
    chosen = learnt["chosen"]
    good = isinstance(chosen, dict) and all(type(chosen.get(name)) is int for name in _COUNTS)
    if not (
        good and isinstance(chosen.get("held_out"), list) and type(chosen.get("loss")) is float
    ):
        raise ModelError(
            "model.json does not say which epoch answers",
            where=where,
            found=repr(chosen)[:60],
            expected="trained_on.chosen as spgc train wrote it",
            do="copy the folder again or train again",
        )


_VAL = (
    "Trained on the validation split too, as the team trained on all 307 scans: its accuracy there "
    "is no measure of it."
)


def _slice_labels(settings: Settings) -> str:
    if settings.slice_labels == AS_RELEASED:
        return (
            "As released: slice labels, which count from the head, are read as if they counted "
            "from the feet."
        )
    return "Repaired: their code very likely reads slice labels from the wrong end of the scan."


def _cap(settings: Settings) -> str:
    if settings.cap_pseudo_labels:
        return (
            "Repaired: the released script writes its marks in CAP scans into a folder that is not "
            "there, so that a fresh run has none."
        )
    return "As released: no marks in CAP scans, whose folder the script does not make."


def _jpeg(settings: Settings) -> str:
    if settings.jpeg:
        return "As released: training images go through JPEG (quality 95), those of a test do not."
    return "Repaired: their training images went through JPEG, those of a test did not; here none."
