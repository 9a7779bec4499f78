"""Labels of one's own scans from a file, read like a submission and matched with folder names."""

from __future__ import annotations

from collections.abc import Iterable

from spgc.challenge.definition import Challenge
from spgc.errors import DataError
from spgc.files.standard_input import GivenFile
from spgc.submissions.case_matching import NamedFinder
from spgc.submissions.columns import locate
from spgc.submissions.lines import Line, load, read_lines
from spgc.submissions.problems import Findings, Problem, RefusedError, of_severity
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.row_answers import Answer, read_answers
from spgc.text.shortened import and_more


def read_labels(path: GivenFile, challenge: Challenge) -> dict[str, str]:
    """Classes by case ID from a file in any form that `spgc validate` reads (`Study,Label`).

    Raises DataError, naming the line, for an unknown class, a missing column or a case that has
    two classes.
    """
    findings = Findings()
    try:
        lines = read_label_lines(path, findings, challenge)
        finder, reading = NamedFinder(challenge), reading_on(challenge)
        columns, body = locate(lines, finder, findings, reading)
        answers = read_answers(body, columns, finder, reading, findings).rows
    except RefusedError as refused:
        raise label_file_error(path, refused.problem, 0, challenge) from refused
    if refusals := of_severity(findings.all(), "refused"):
        first = min(refusals, key=lambda problem: problem.line or 0)
        raise label_file_error(path, first, len(refusals) - 1, challenge)
    return _one_each(path, answers)


def read_label_lines(path: GivenFile, findings: Findings, challenge: Challenge) -> list[Line]:
    """The rows of a label file. Raises RefusedError, also where no row can be read."""
    try:
        return read_lines(load(path), findings, challenge)[0]
    except RefusedError as error:
        if refused := of_severity(findings.all(), "refused"):  # what made its rows unreadable
            raise RefusedError(refused[0]) from error
        raise


def label_file_error(
    path: GivenFile, problem: Problem, more: int, challenge: Challenge
) -> DataError:
    """The first problem of a label file, and how many more there are, as one error."""
    what = "label file is not a CSV" if problem.kind == "not-csv" else problem.what
    what += and_more(more, "problem")
    do = f"write {challenge.expected}" if problem.kind == "unknown-label" else problem.fix
    if problem.kind == "unknown-label" and challenge.shipped:
        do = f"{do}; for other classes spgc challenge init, and --challenge"
    where = f"{path}, line {problem.line}" if problem.line else str(path)
    return DataError(what, where=where, found=problem.found, expected=problem.expected, do=do)


def _one_each(path: GivenFile, answers: Iterable[Answer]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for answer in answers:
        label = answer.label or ""
        if labels.setdefault(answer.case, label) != label:
            raise DataError(
                f"two classes for {answer.case}",
                where=f"{path}, line {answer.line}",
                found=f"{labels[answer.case]} and {label}",
                expected="one class for each case",
            )
    return labels
