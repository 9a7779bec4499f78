"""Options that systems of slice networks share: first weights, presets, how training is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.contract.flags import Flag
from spgc.contract.system import Options, RunSettings
from spgc.errors import UsageError
from spgc.nets.device import Runtime
from spgc.systems.options import list_options, read_options

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

WEIGHTS = ("imagenet", "none")
"""What option `weights` can be besides a folder; as in `spgc.nets.slices.network_training`, which
needs torch."""

WEIGHTS_FLAG = Flag(
    "weights",
    "imagenet (torchvision's cache or download), none (random start), or a folder with "
    "torchvision's weight files.",
    "imagenet",
)
PRESET_FLAG = Flag("preset", "paper, or demo: small images, few epochs.", "paper")
LUNGS_FLAG = Flag("lung_method", "Lung method; see spgc preprocess.", "two regions", "--lungs")
SEED_FLAG = Flag("seed", "Random seed.", "0")
RUN_FLAGS = (
    Flag(
        "micro_batch",
        "Micro-batch: slices in memory at a time; the batch size does not change.",
        "the whole batch",
    ),
    Flag("deterministic", "Use deterministic operations only; slower.", switch=True),
    Flag(
        "evaluate_every",
        "Steps between evaluations on validation, including one before the first step.",
        "each epoch",
    ),
    Flag("tensorboard", "Write TensorBoard curves to MODEL/tensorboard.", switch=True),
)

Ranges = Mapping[str, tuple[float, float]]
"""Smallest and largest values that make sense, by field; of a tuple, of each of its numbers."""


def weights_folder(weights: str | None, kinds: Sequence[str] = WEIGHTS) -> Path | None:
    """The folder of weight files that option `weights` names; None where it names a kind.

    kinds: those of a system. Raises UsageError for a word that is neither a kind nor a folder here:
    a slip of the pen.
    """
    if weights is None or weights in kinds:
        return None
    folder = Path(weights)
    if len(folder.parts) == 1 and not folder.is_dir():
        raise UsageError(
            "unknown weights",
            found=repr(weights),
            expected=" | ".join((*kinds, "a folder with weight files")),
        )
    return folder


def learnt_options(
    options: Options, others: tuple[str, ...] = ("preset",), kinds: Sequence[str] = WEIGHTS
) -> dict[str, str]:
    """The options that are fields of a system's settings: without those of the run and `others`.

    A folder of weights means the first of `kinds`, ImageNet's.
    """
    own = run_options()
    fields = {n: text for n, text in options.items() if n not in others and n not in own}
    if weights_folder(options.get("weights"), kinds):
        fields["weights"] = kinds[0]
    return fields


def runtime_from(
    run: RunSettings | None,
    options: Options | None,
    system: str,
    kinds: Sequence[str] = WEIGHTS,
) -> Runtime:
    """`Runtime` with what `run` says of it, and with its own options; kinds: of first weights."""
    if isinstance(run, Runtime):
        return run
    runtime = Runtime() if run is None else Runtime(**vars(run))
    if folder := weights_folder((options or {}).get("weights"), kinds):
        runtime = dataclasses.replace(runtime, weights_folder=folder)
    own = run_options()
    return read_options(runtime, {n: t for n, t in (options or {}).items() if n in own}, system)


def run_options() -> dict[str, str]:
    """The options of `Runtime` that commands have no flag of their own for, in words."""
    shared = {field.name for field in dataclasses.fields(RunSettings)}
    return {n: text for n, text in list_options(Runtime()).items() if n not in shared}


def check_ranges(settings: DataclassInstance, ranges: Ranges, system: str) -> None:
    """Raise UsageError for values that could only fail, or train nonsense, hours later."""
    for name, (least, most) in ranges.items():
        value = getattr(settings, name)
        numbers = value if isinstance(value, tuple) else (value,)
        given = [number for number in numbers if number is not None]
        if wrong := [number for number in given if not least <= number <= most]:
            small = wrong[0] < least
            raise UsageError(
                f"option {name} of system {system} is too {'small' if small else 'large'}",
                found=value,
                expected=f">= {least}" if small else f"<= {most}",
            )


def check_known(settings: DataclassInstance, name: str, known: Sequence[str], system: str) -> None:
    """Raise UsageError where field `name` is none of the words that a system knows for it."""
    if (value := getattr(settings, name)) not in known:
        raise UsageError(
            f"unknown {name.replace('_', ' ')} of system {system}",
            found=repr(value),
            expected=" | ".join(known),
        )


def check_weights(weights: str, kinds: Sequence[str] = WEIGHTS) -> None:
    """Raise UsageError for first weights that there are none of."""
    if weights not in kinds:
        raise UsageError("unknown weights", found=repr(weights), expected=" | ".join(kinds))


def labels_only(system: str) -> UsageError:
    """Why int8 networks, which keep the labels of slices alone, can't serve `system`."""
    return UsageError(
        f"int8 can't serve system {system}",
        found="int8 networks keep the labels of slices, not their probabilities",
        expected="a system that counts slices by their label",
        do="use --precision auto, bf16 or fp32",
    )
