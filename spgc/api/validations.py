"""`spgc.validate`: everything that is wrong with answers, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import challenge_of_truth, labels_of, table_file
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.submissions.reading_rules import reading_of
from spgc.submissions.validate import ValidationReport
from spgc.submissions.validate import validate as check

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge


class ValidationResult(Shown, ValidationReport):
    """What was found in a submission: `ok` when it can be scored, and every problem."""

    def __bool__(self) -> bool:
        return self.ok

    def _line(self) -> str:
        if self.submission is None:
            return f"{self.path}: refused, {len(self.refused)} problems"
        return f"{self.path}: can be scored, {len(self.submission)} cases"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.problem_lines import report_lines

        return report_lines(self)

    def _html(self) -> str:
        from spgc.report.page.blocks import validation_block

        return validation_block(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [problem.as_dict() for problem in self.problems]


def validate(
    answers: GivenAnswers,
    truth: GivenLabels = None,
    *,
    split: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    partial: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> ValidationResult:
    """Find every problem of a submission, as `spgc validate` does.

    answers, truth, labels, argmax, partial: as `spgc.score` takes them; of the truth only the
    cases count. split: the set or pool that has to be answered in full. challenge: as `spgc.score`
    takes it.

    >>> import spgc
    >>> result = spgc.validate({"P1": "cap", "P2": "flu"}, truth={"P1": "cap", "P2": "normal"})
    >>> result.ok
    False
    >>> [(problem.case, problem.what, problem.found) for problem in result.refused]
    [('P2', 'unknown label', "'flu'")]

    Never raises for what the answers hold; raises UsageError for an unknown split and DataError
    for a truth that can't be read.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, partial=partial, challenge=known)
    manifest = labels_of(truth, reading)
    return shown(ValidationResult, check(table_file(answers, "answers"), split, manifest, reading))
