"""Ambiguous columns: two that could both be the answers, or the cases; only the author knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spgc.submissions.cases import Finder
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings
from spgc.submissions.reading_rules import Reading


def refuse_two_labels(
    label: int,
    others: Sequence[int],
    body: Sequence[Line],
    reading: Reading,
    findings: Findings,
    *,
    named: bool,
) -> None:
    """Refuse a file in which one of `others` holds another class than the column of labels.

    named: whether the columns are labels by their names; others are only where most cells are.
    """

    def class_in(cell: str) -> str | None:
        return reading.class_of(clean(cell))

    if found := _disagreement(label, others, body, class_in, 0 if named else 0.5):
        findings.refused(
            "two-label-columns",
            "two columns of labels that disagree",
            line=found[0],
            found=found[1],
            expected="one column of labels",
            fix="keep only your prediction",
        )


def refuse_two_cases(
    case: int, others: Sequence[int], body: Sequence[Line], finder: Finder, findings: Findings
) -> None:
    """Refuse a file in which one of `others` holds other known cases than the column of cases."""

    def case_in(cell: str) -> str | None:
        return finder.find(clean(cell)) if finder.sure(clean(cell)) else None

    if found := _disagreement(case, others, body, case_in, 0.5):
        findings.refused(
            "two-case-columns",
            "two columns of case IDs that disagree",
            line=found[0],
            found=found[1],
            expected="one column of case IDs",
            fix="keep only the case that is answered",
        )


def refuse_one_name(
    chosen: int,
    twins: Sequence[int],
    body: Sequence[Line],
    finder: Finder,
    findings: Findings,
) -> None:
    """Refuse a file in which a column of the same name as the one of cases holds anything else."""

    def meaning(cell: str) -> str | None:
        return finder.find(clean(cell)) or clean(cell) or None

    if found := _disagreement(chosen, twins, body, meaning, 0):
        findings.refused(
            "two-case-columns",
            "two columns of one name that disagree",
            line=found[0],
            found=found[1],
            expected="one column of case IDs",
            fix="keep only the case that is answered",
        )


def _disagreement(
    chosen: int,
    others: Sequence[int],
    body: Sequence[Line],
    meaning: Callable[[str], str | None],
    least: float,
) -> tuple[int, str] | None:
    """The first line where one of `others` means something else than `chosen`, and both.

    least: the share of rows, of which more have to mean something in the other column.
    """
    for other in others:
        pairs = [
            (line.number, meaning(line.cells[chosen]), two)
            for line in body
            if max(other, chosen) < len(line.cells) and (two := meaning(line.cells[other]))
        ]
        unlike = next((pair for pair in pairs if pair[1] and pair[1] != pair[2]), None)
        if unlike and len(pairs) > least * len(body):
            return unlike[0], f"{unlike[1]} and {unlike[2]}"
    return None
