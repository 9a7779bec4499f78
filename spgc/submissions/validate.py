"""Validating a submission: everything that is wrong with it, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spgc.data.case_names import is_rounded
from spgc.data.manifests import Manifest, read_manifests
from spgc.errors import SubmissionError
from spgc.files.standard_input import GivenFile, StandardInput, TableInMemory
from spgc.submissions.case_matching import CaseFinder
from spgc.submissions.columns import locate
from spgc.submissions.lines import load, read_lines
from spgc.submissions.model_marks import marks_of
from spgc.submissions.problems import Findings, Problem, RefusedError, of_severity
from spgc.submissions.reading_rules import Reading, reading_on
from spgc.submissions.row_answers import Answer, AnswerRows, read_answers
from spgc.submissions.scope import WantedSplits, scope_of
from spgc.submissions.submission import Submission, in_order
from spgc.text.command_lines import command_line
from spgc.text.shortened import and_more


@dataclass(frozen=True)
class ValidationReport:
    """What was found in one file; `submission` is None when the file is refused.

    words: the options of `spgc validate` that find the same once more.
    """

    path: GivenFile
    problems: tuple[Problem, ...]
    splits: tuple[str, ...]
    submission: Submission | None
    synthetic: bool = False
    words: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.submission is not None

    @property
    def refused(self) -> list[Problem]:
        return of_severity(self.problems, "refused")

    def accepted(self) -> Submission:
        """The submission; raises SubmissionError when the file is refused."""
        if self.submission is None:
            raise refusal(self)
        return self.submission

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "ok": self.ok,
            "sets": list(self.splits),
            "synthetic": self.synthetic,
            "cases": len(self.submission) if self.submission else None,
            "problems": [problem.as_dict() for problem in self.problems],
        }


def refusal(report: ValidationReport) -> SubmissionError:
    """The first reason for refusing a file, and how many more there are, as one error."""
    first, more = report.refused[0], len(report.refused) - 1
    where = f"{report.path}" + (f", line {first.line}" if first.line else "")
    what = f"{first.what} ({first.case})" if first.case else first.what
    what += and_more(more, "problem")
    listing = _listing(report)
    do = f"{listing} lists all" if more else (first.fix or listing)
    return SubmissionError(what, where=where, found=first.found, expected=first.expected, do=do)


def _listing(report: ValidationReport) -> str:
    """The command that lists all that is wrong with a file; for a table in memory, the call."""
    if isinstance(report.path, TableInMemory):
        return report.path.listing
    path = "-" if isinstance(report.path, StandardInput) else report.path
    return command_line("spgc", "validate", path, *report.words)


def validate(
    path: GivenFile,
    split: str | None = None,
    manifest: Manifest | None = None,
    reading: Reading | None = None,
) -> ValidationReport:
    """Check the submission at `path` against the cases of `manifest`.

    `split` (name, alias, or a pool such as `overall`) demands that the file answers that in full;
    without it the file has to answer every split that it touches in full. `reading` says what the
    file leaves open. Never raises for what the file holds; raises UsageError for an unknown split
    and DataError for unreadable manifests.
    """
    manifest = read_manifests() if manifest is None else manifest
    try:
        data = load(path)
    except RefusedError as refused:
        _wanted(split, manifest)
        return ValidationReport(path, (refused.problem,), (), None)
    return _marked(validate_bytes(data, split, manifest, path, reading))


def validate_bytes(
    data: bytes,
    split: str | None = None,
    manifest: Manifest | None = None,
    path: GivenFile = Path("submission"),
    reading: Reading | None = None,
) -> ValidationReport:
    """As `validate`, on what a file holds; `path` is what to call it."""
    manifest = read_manifests() if manifest is None else manifest
    reading = reading_on(manifest.challenge, reading)
    report = _validated(data, split, manifest, path, reading)
    asked = ["--split", split] if split else []
    return replace(report, words=(*asked, *manifest.words, *reading.words))


def _marked(report: ValidationReport) -> ValidationReport:
    """With what the record beside the file says of its answers."""
    if report.submission is None:
        return report
    marks = marks_of(report.path, report.submission.predictions)
    refused = of_severity(marks, "refused")
    return replace(
        report,
        problems=(*marks, *report.problems),
        submission=None if refused else report.submission,
    )


def _validated(
    data: bytes, split: str | None, manifest: Manifest, path: GivenFile, reading: Reading
) -> ValidationReport:
    wanted = _wanted(split, manifest)
    findings = Findings()
    try:
        answers = _read(data, wanted, manifest, reading, findings)
    except RefusedError as refused:
        findings.problems.append(refused.problem)
        return ValidationReport(path, tuple(findings.all()), (), None)
    answered = _without_duplicates(answers.rows, findings)
    if reading.partial:
        answered = {case: answer for case, answer in answered.items() if answer.label}
    scope = scope_of(answered, wanted, manifest, findings, partial=reading.partial)
    return _report(path, answered, scope, answers, manifest, findings)


def _wanted(split: str | None, manifest: Manifest) -> WantedSplits | None:
    if split is None:
        return None
    return WantedSplits(split, manifest.splits_named(split))


def _read(
    data: bytes,
    wanted: WantedSplits | None,
    manifest: Manifest,
    reading: Reading,
    findings: Findings,
) -> AnswerRows:
    lines, _ = read_lines(data, findings, manifest.challenge)
    finder = CaseFinder(manifest, wanted.splits if wanted else ())
    columns, body = locate(lines, finder, findings, reading)
    return read_answers(body, columns, finder, reading, findings)


def _without_duplicates(answers: Sequence[Answer], findings: Findings) -> dict[str, Answer]:
    """The first answer for each case; further ones are repaired or refused."""
    first: dict[str, Answer] = {}
    for answer in answers:
        other = first.setdefault(answer.case, answer)
        if other.label is None:
            first[answer.case] = answer
        elif other is not answer and answer.label:
            _duplicate(other, answer, findings)
    return first


def _duplicate(first: Answer, again: Answer, findings: Findings) -> None:
    parts = {"line": again.line, "case": again.case, "found": again.label}
    if is_rounded(first.case):
        findings.refused(
            "contradiction",
            f"the case of line {first.line} as well: a spreadsheet rounded long numbers",
            expected="each case once",
            fix="write the case IDs again, as text",
            **parts,
        )
        return
    if (first.label, first.probabilities) == (again.label, again.probabilities):
        findings.repaired("duplicate", f"same label as on line {first.line}, left out", **parts)
        return
    what = f"contradicts line {first.line}"
    if first.label == again.label:
        what = f"other probabilities than on line {first.line}"
    findings.refused(
        "contradiction", what, expected=first.label, fix="keep one of the rows", **parts
    )


def _report(
    path: GivenFile,
    answered: Mapping[str, Answer],
    scope: tuple[str, ...],
    answers: AnswerRows,
    manifest: Manifest,
    findings: Findings,
) -> ValidationReport:
    wanted = frozenset(scope)
    inside = {case: a for case, a in answered.items() if manifest[case].split in wanted}
    synthetic = any(manifest[case].synthetic for case in inside)
    problems = (*sorted(findings.problems, key=_reading_order), *findings.beyond())
    if of_severity(problems, "refused"):
        return ValidationReport(path, problems, scope, None, synthetic)
    labels = {case: a.label for case, a in inside.items() if a.label is not None}
    order = in_order(labels, manifest)
    shares = {case: p for case in order if (p := inside[case].probabilities) is not None}
    submission = Submission(
        {case: labels[case] for case in order},
        shares or None,
        problems,
        mapping=answers.mapping,
        argmax=answers.argmax,
    )
    return ValidationReport(path, problems, scope, submission, synthetic)


def _reading_order(problem: Problem) -> tuple[int, int]:
    """The file as a whole, then line by line, then the cases that no line answers."""
    if problem.line is not None:
        return 1, problem.line
    return (2 if problem.case else 0), 0
