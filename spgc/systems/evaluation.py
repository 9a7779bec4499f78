"""How a trained system does on labelled scans: counts first, everything else follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.contract.scan import LabelledScan, NamedScan
from spgc.contract.system import Prediction, System
from spgc.errors import ModelError
from spgc.jobs.progress import Track, silent
from spgc.protocol import CLASSES
from spgc.scoring.counts import Confusion, confusion
from spgc.submissions.shares import UNPRINTED_SUM_TOLERANCE, are_shares


@dataclass(frozen=True)
class Evaluation:
    """Answers for the labelled scans of one split."""

    split: str
    confusion: Confusion
    synthetic: bool

    @property
    def hits(self) -> tuple[int, ...]:
        """Right answers by class."""
        return tuple(self.confusion.sensitivity(number).hits for number in range(len(CLASSES)))

    @property
    def scans(self) -> tuple[int, ...]:
        """Scans by class."""
        return tuple(self.confusion.sensitivity(number).total for number in range(len(CLASSES)))

    def remarks(self) -> tuple[str, ...]:
        """A line where scans of several classes all got one answer."""
        answered = [sum(column) for column in zip(*self.confusion.counts, strict=True)]
        named = [name for name, count in zip(CLASSES, answered, strict=True) if count]
        if len(named) != 1 or len(self.confusion.present) < 2:
            return ()
        return (
            f"all {sum(answered)} scans of {self.split} were predicted {named[0]}: the model may "
            "have learnt nothing; see its training curves, or train with other options",
        )

    def as_dict(self) -> dict[str, Any]:
        """The counts that `spgc train --json` prints."""
        return {
            "hits": sum(self.hits),
            "scans": sum(self.scans),
            "synthetic": self.synthetic,
            "classes": {
                name: {"hits": h, "scans": n}
                for name, h, n in zip(CLASSES, self.hits, self.scans, strict=True)
            },
        }


def evaluate(
    system: System, scans: Sequence[LabelledScan], split: str, track: Track = silent
) -> Evaluation:
    """Predict labelled scans and count what each class was taken for."""
    answers = answers_of(system, [(s.case_id, s.scan) for s in scans], len(scans), track)
    truth = {scan.case_id: scan.label for scan in scans}
    counts = confusion(truth, {name: answer.label for name, answer in answers.items()}, CLASSES)
    return Evaluation(split, counts, any(s.synthetic for s in scans))


def answers_of(
    system: System, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
) -> Mapping[str, Prediction]:
    """A system's answers, checked: one for each scan, known classes, probabilities that sum to 1.

    Raises ModelError when the system does not keep its contract.
    """
    asked: list[str] = []

    def noted() -> Iterable[NamedScan]:
        for case_id, scan in scans:
            asked.append(case_id)
            yield case_id, scan

    answers = system.predict(noted(), total, track)
    for case_id in asked:
        if case_id not in answers:
            raise _breach(system, case_id, "no answer", "one answer for each scan")
        _check(system, case_id, answers[case_id])
    return answers


def _check(system: System, case_id: str, answer: Prediction) -> None:
    if answer.label not in CLASSES:
        raise _breach(system, case_id, repr(answer.label), " | ".join(CLASSES))
    shares = answer.probabilities
    if shares is None:
        return
    if not are_shares(shares, UNPRINTED_SUM_TOLERANCE, classes=len(CLASSES)):
        raise _breach(system, case_id, repr(shares), "three numbers from 0 to 1 that sum to 1")


def _breach(system: System, case_id: str, found: str, expected: str) -> ModelError:
    return ModelError(
        f"system {system.name} does not keep its contract",
        where=f"case {case_id}",
        found=found,
        expected=expected,
        do="tell the authors of the system",
    )
