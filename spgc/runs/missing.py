"""Missing predictions: skip the split, omit the scans, or fill in a class.

The challenge scores whole splits, so an incomplete file is only written when that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spgc.contract.system import Prediction
from spgc.data.manifests import Case
from spgc.errors import DataError, UsageError
from spgc.protocol import RELEASED_LABELS, class_named
from spgc.text.shortened import some


@dataclass(frozen=True)
class MissingPolicy:
    """What to do about scans without an answer.

    allowed: whether a split is written all the same; fill: the class that is then written for
    them, None to leave them out.
    """

    allowed: bool = False
    fill: str | None = None


@dataclass(frozen=True)
class ToWrite:
    """What is written. cases: of the splits to write; answers: by case ID, those filled in too.

    filled: the class written for scans that nothing answered; left_out: scans without a row;
    held_back: splits that are not written.
    """

    cases: tuple[Case, ...]
    answers: Mapping[str, Prediction]
    filled: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()


def policy_of(
    allow_missing: bool, fill: str | None, *, probabilities: bool = False
) -> MissingPolicy:
    """The policy of `--allow-missing` and `--fill`. Raises UsageError for an impossible one."""
    if fill is None:
        return MissingPolicy(allow_missing)
    label = class_named(fill)
    if label is None:
        raise UsageError(
            "no such class to fill in",
            found=repr(fill),
            expected=" | ".join(RELEASED_LABELS.values()),
        )
    if not allow_missing:
        raise UsageError("--fill needs --allow-missing", do="pass both, or neither")
    if probabilities:
        raise UsageError(
            "a scan without a prediction has no probabilities",
            found="--fill with --probabilities",
            do="leave out one of them",
        )
    return MissingPolicy(allow_missing, label)


def what_to_write(
    cases: Sequence[Case],
    asked: Sequence[Case],
    answers: Mapping[str, Prediction],
    policy: MissingPolicy,
) -> ToWrite:
    """Decide what is written of `cases`, of which those `asked` for were to be answered.

    A split that lacks an answer is held back unless the policy allows it. Raises DataError when
    that leaves nothing, and for one part of a shared split (`asked` are not all), since the other
    parts can't know.
    """
    without = [case for case in asked if case.case_id not in answers]
    names = tuple(case.case_id for case in without)
    if policy.fill is not None:
        filled = dict.fromkeys(names, policy.fill)
        made = {name: Prediction(label) for name, label in filled.items()}
        return ToWrite(tuple(cases), {**answers, **made}, filled)
    if policy.allowed:
        return ToWrite(tuple(cases), answers, left_out=names)
    held_back = tuple(dict.fromkeys(case.split for case in without))
    whole = tuple(case for case in cases if case.split not in held_back)
    if without and (not whole or len(asked) < len(cases)):
        refuse_missing(names)
    return ToWrite(whole, answers, left_out=names, held_back=held_back)


def refuse_missing(without: Sequence[str]) -> None:
    """Raise DataError when there are scans without an answer."""
    if without:
        count = f"{len(without)} scan{'s' * (len(without) > 1)}"
        raise DataError(
            "missing cases, submission not written",
            found=f"no prediction for {count}: {some(without)}",
            expected="every scan of the split",
            do="repair the data, or pass --allow-missing to write the rest",
        )
