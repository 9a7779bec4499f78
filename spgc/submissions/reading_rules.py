"""Reading options for ambiguous files: numbers as labels, no labels, missing cases."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from spgc.challenge.definition import Challenge
from spgc.errors import SubmissionError, UsageError
from spgc.text.any_value import written

_WHOLE = re.compile(r"([+-]?\d{1,18})(\.0*)?", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """What the author says about files that leave it open.

    challenge: whose classes these are; labels: the class that each label stands for, beside the
    spellings that are known; argmax: a file without labels answers by its most probable class;
    partial: cases may be missing.
    """

    challenge: Challenge = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    argmax: bool = False
    partial: bool = False

    def on(self, challenge: Challenge) -> Reading:
        """The same on the classes of another challenge."""
        return self if self.challenge is challenge else replace(self, challenge=challenge)

    @property
    def words(self) -> list[str]:
        """The options of a command that say the same, but for `--partial`."""
        pairs = ",".join(f"{key}={self.challenge.written[c]}" for key, c in self.labels.items())
        return [*(["--labels", pairs] if pairs else []), *(["--argmax"] if self.argmax else [])]

    def class_of(self, text: str) -> str | None:
        """The class that a label stands for, or None."""
        return self.labels.get(label_key(text)) or self.challenge.class_named(text)


def reading_on(challenge: Challenge, reading: Reading | None = None) -> Reading:
    """`reading` on the classes of a challenge; without one plainly: labels as words, all cases."""
    return Reading(challenge) if reading is None else reading.on(challenge)


def class_of(case: str, text: str | int, reading: Reading) -> str:
    """The class of one answer. Raises SubmissionError when it is none."""
    label = reading.class_of(written(text))
    if label is None:
        raise SubmissionError(
            f"case {case} has no known class",
            found=written(text, repr)[:200],
            expected=" | ".join(reading.challenge.names),
        )
    return label


def reading_of(
    labels: str | Mapping[str, str] | Mapping[int, str] | None = None,
    *,
    argmax: bool = False,
    partial: bool = False,
    challenge: Challenge,
) -> Reading:
    """A `Reading`; labels: `0=covid-19,1=cap,2=normal`, or a mapping from label to class.

    Raises UsageError for a class that is none, or a label that is said to be two classes.
    """
    if not (labels is None or isinstance(labels, str | Mapping)):
        raise UsageError(
            "labels is no mapping from label to class",
            found=type(labels).__name__,
            expected=f"such as {{{_numbered(challenge)}}}",
        )
    example = _example(challenge)
    pairs = _pairs(labels, example) if isinstance(labels, str) else list((labels or {}).items())
    known: dict[str, str] = {}
    for text, name in pairs:
        label = challenge.class_named(name) if isinstance(name, str) else None
        if label is None:
            raise UsageError(
                "no such class in the mapping of labels",
                found=f"{written(text)}={written(name)}",
                expected=challenge.expected,
                do=f"--labels {example}",
            )
        if known.setdefault(label_key(written(text)), label) != label or (
            challenge.class_named(written(text)) not in (None, label)
        ):
            raise UsageError(
                "a label can't stand for two classes",
                found=f"{written(text)}={name}",
                expected="each label once, known classes as themselves",
                do=f"--labels {example}",
            )
    return Reading(challenge, known, argmax, partial)


def _example(challenge: Challenge) -> str:
    """What `--labels` may look like: `0=covid-19,1=cap,2=normal`."""
    return ",".join(f"{i}={label}" for i, label in enumerate(challenge.written.values()))


def _numbered(challenge: Challenge) -> str:
    """The same as Python writes it."""
    return ", ".join(f'{i}: "{label}"' for i, label in enumerate(challenge.written.values()))


def _pairs(text: str, example: str) -> list[tuple[str, str]]:
    pairs = []
    for part in text.split(","):
        label, sign, name = (piece.strip() for piece in part.rpartition("="))
        if not sign or not label:
            raise UsageError(
                "--labels is not a list of LABEL=CLASS",
                found=repr(part),
                expected=example,
                do="name the class of each label",
            )
        pairs.append((label, name))
    return pairs


def label_key(text: str) -> str:
    """The form in which labels are compared: no spaces round it, lower case, `1` for `1.0`."""
    key = text.strip().lower()
    whole = _WHOLE.fullmatch(key)
    return str(int(whole.group(1))) if whole else key


def mapping_hint(labels: Collection[str], challenge: Challenge) -> str | None:
    """The option that would say what unknown `labels` mean, as far as that can be guessed."""
    known, names = challenge.elsewhere, challenge.names

    def guess(label: str) -> tuple[int, str]:
        """Labels in the order of the classes that they may stand for."""
        name = known.get(label_key(label))
        return names.index(name) if name else len(names), label

    written = {label_key(label): label for label in sorted(labels, key=guess)}
    if (
        not written
        or len(written) > 3 * len(names)
        or any(re.search(r"[=,\s'\"]", key) for key in written)
    ):
        return None
    for first in (0, 1):
        numbers = [str(first + i) for i in range(len(names))]
        if set(written) <= set(numbers):
            return _option(dict(zip(numbers, names, strict=True)), challenge)
    return _option({label: known.get(key) for key, label in written.items()}, challenge)


def _option(classes: Mapping[str, str | None], challenge: Challenge) -> str:
    named = {key: challenge.written[c] if c else "CLASS" for key, c in classes.items()}
    return "--labels " + ",".join(f"{key}={name}" for key, name in named.items())
