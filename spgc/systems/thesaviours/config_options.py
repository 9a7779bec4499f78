"""TheSaviours' options: read, checked, and spelled as flags of the command line."""

from __future__ import annotations

from spgc.contract.flags import Flag
from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.contract.system import Options
from spgc.ct.lungs import check_method
from spgc.errors import UsageError
from spgc.nets.slices.sizes import check_backbone
from spgc.systems.slice_options import (
    LUNGS_FLAG,
    PRESET_FLAG,
    RUN_FLAGS,
    SEED_FLAG,
    WEIGHTS_FLAG,
    Ranges,
    check_ranges,
)
from spgc.systems.thesaviours.settings import CHOICES, RELEASED_BUGS, Settings

RELEASED = "as_released"

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

FLAGS = (
    WEIGHTS_FLAG,
    PRESET_FLAG,
    Flag(
        RELEASED,
        "Every bug of the released code that can be had: test_window and slice_labels as released, "
        "no pseudo-labels of CAP, training images through JPEG.",
        switch=True,
    ),
    Flag("use_val", "Train on the validation split too, as the team did.", switch=True),
    Flag("held_out", "Share of each class's scans that chooses the epoch.", "0.1"),
    Flag("rounds", "Rounds of stage 2, each with slices drawn afresh.", "the preset's"),
    Flag("draws", "COVID-19 slices, and normal ones, drawn in a round.", "the preset's"),
    Flag("batch_size", "Batch size in slices.", "the preset's"),
    Flag("slice_labels", "anatomical, or as-released: read from the wrong end.", "anatomical"),
    LUNGS_FLAG,
    SEED_FLAG,
    *RUN_FLAGS,
    Flag(
        "test_window",
        "repaired, or as-released: one slice too low, and none of a scan of 80 slices or fewer.",
        "the model's own, repaired where nothing was said",
        answering=True,
    ),
)

_RANGES: Ranges = {
    "image_size": (32, 4096),
    "slice_hidden": (1, 100_000),
    "hidden": (1, 100_000),
    "slice_epochs": (1, 100_000),
    "rounds": (1, 100_000),
    "round_epochs": (1, 100_000),
    "draws": (1, 10_000_000),
    "learning_rate": (0, 1000),
    "batch_size": (2, MAX_BATCH),
    "held_out": (0, 1),
    "seed": (0, MAX_SEED),
}


def with_released_bugs(options: Options) -> dict[str, str]:
    """`options` with what `as_released` says of others; what they say themselves stands.

    Raises UsageError for an `as_released` that is neither true nor false.
    """
    own = {name: text for name, text in options.items() if name != RELEASED}
    said = options.get(RELEASED, _NO[0]).strip().lower()
    if said not in _YES + _NO:
        raise UsageError(
            f"option {RELEASED} of system thesaviours can't be read",
            found=repr(options[RELEASED]),
            expected="true or false",
        )
    return {**(RELEASED_BUGS if said in _YES else {}), **own}


def check_settings(settings: Settings) -> None:
    """Raise UsageError or ModelError for values that could only fail, or train nonsense."""
    check_ranges(settings, _RANGES, "thesaviours")
    check_words(settings)
    check_method(settings.lung_method)
    for backbone in (settings.slice_backbone, settings.backbone):
        check_backbone(backbone)
    if not 0 < settings.held_out < 1:
        raise UsageError(
            "held_out is no share",
            found=f"{settings.held_out:g}",
            expected="a number between 0 and 1, such as 0.1",
        )


def check_words(settings: Settings) -> None:
    """Raise UsageError for a word that an option does not know."""
    for name, known in CHOICES.items():
        value = getattr(settings, name)
        if value not in known:
            words = name.replace("_", " ")
            raise UsageError(f"unknown {words}", found=repr(value), expected=" | ".join(known))
