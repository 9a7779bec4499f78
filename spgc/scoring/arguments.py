"""Checks on the arguments of `spgc.score`, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path

from spgc.contract.limits import MAX_SEED
from spgc.data.manifests import Manifest
from spgc.errors import UsageError
from spgc.files.standard_input import StandardInput
from spgc.submissions.submission import Submission
from spgc.text.any_value import written

MAX_DRAWS = 10_000_000
"""Bootstrap draws: hours of work."""


def check_answers(predictions: object, probabilities: object, *, argmax: bool) -> None:
    """Raise UsageError for predictions of an unknown type, or given in two places."""
    inside = isinstance(predictions, Submission | str | Path | StandardInput)
    inside = inside or _are_files(predictions)
    if not (predictions is None or isinstance(predictions, Mapping) or inside):
        raise UsageError(
            "predictions of an unknown type",
            found=type(predictions).__name__,
            expected="a mapping from case ID to class, a file or a list of files, a DataFrame, or "
            "an array with cases=",
        )
    if probabilities is not None and inside:
        raise UsageError(
            "probabilities= given with a file or a Submission",
            expected="those in it, or a mapping",
            do="leave probabilities out, or give the classes as a mapping",
        )
    if argmax and isinstance(predictions, Submission) and not predictions.argmax:
        raise UsageError(
            "argmax takes probabilities and no predictions",
            found="a Submission",
            expected="probabilities by case ID",
        )
    check_mapping("predictions", predictions if isinstance(predictions, Mapping) else None)
    check_mapping("probabilities", probabilities)


def check_truth(truth: object) -> None:
    """Raise UsageError for a truth that is neither a manifest, a mapping nor a file."""
    if not isinstance(truth, Manifest | str | Path):
        check_mapping("truth", truth, "spgc.data.manifests.read_manifests(FOLDER) reads manifests")


def check_mapping(name: str, given: object, do: str | None = None) -> None:
    """Raise UsageError unless `given` is None or a mapping whose keys are texts."""
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise UsageError(
            f"{name} is no mapping by case ID",
            found=type(given).__name__,
            expected="a mapping such as a dict",
            do=do,
        )
    odd = next((key for key in given if not isinstance(key, str)), None)
    if odd is not None:
        raise UsageError(
            f"a case ID in {name} is no text", found=written(odd, repr)[:200], expected="'T2-001'"
        )
    half = next((key for key in given if not _is_utf8(key)), None)
    if half is not None:
        raise UsageError(
            f"a case ID in {name} holds half of a sign", found=repr(half), expected="'T2-001'"
        )


def _is_utf8(text: str) -> bool:
    """Whether a text can be written: Python's own may hold lone surrogates."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def check_signed(model: object, resamples: object, seed: object) -> tuple[int, int]:
    """`resamples` and `seed`; raises UsageError for what can't stand in a signature."""
    if not (model is None or (isinstance(model, str) and model.isprintable() and "|" not in model)):
        raise UsageError("model is no hash", found=repr(model), expected="text without '|'")
    resamples = whole_number("resamples", resamples, 1, MAX_DRAWS)
    return resamples, whole_number("seed", seed, 0, MAX_SEED)


def whole_number(name: str, value: object, least: int, most: int) -> int:
    """`value` as an int; raises UsageError unless it is a whole number in that range."""
    if not isinstance(value, Integral) or not least <= int(value) <= most:
        raise UsageError(
            f"{name} is no number that can be used",
            found=written(value, repr)[:200],
            expected=f"a whole number from {least} to {most}",
        )
    return int(value)


def _are_files(given: object) -> bool:
    return isinstance(given, Sequence) and all(isinstance(path, str | Path) for path in given)
