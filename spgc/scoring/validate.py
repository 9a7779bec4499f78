"""Everything that is wrong with a submission, in one pass, before it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.data.manifests import Manifest, read_manifests
from spgc.errors import SubmissionError
from spgc.protocol import split_named
from spgc.scoring.cases import CaseFinder
from spgc.scoring.columns import locate
from spgc.scoring.problems import Findings, Problem, RefusedError, of_severity
from spgc.scoring.rows import Answer, read_answers
from spgc.scoring.submission import Submission, in_order
from spgc.scoring.table import empty, load, read_lines


@dataclass(frozen=True)
class ValidationReport:
    """What was found in one file; `submission` is None when the file is refused."""

    path: Path
    problems: tuple[Problem, ...]
    splits: tuple[str, ...]
    submission: Submission | None
    synthetic: bool = False

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
            "splits": list(self.splits),
            "synthetic": self.synthetic,
            "cases": len(self.submission) if self.submission else None,
            "problems": [problem.as_dict() for problem in self.problems],
        }


def refusal(report: ValidationReport) -> SubmissionError:
    """The first reason for refusing a file, and how many more there are, as one error."""
    first, more = report.refused[0], len(report.refused) - 1
    where = f"{report.path}" + (f", line {first.line}" if first.line else "")
    what = f"{first.what} ({first.case})" if first.case else first.what
    if more:
        what += f" (and {more} more problem{'s' if more > 1 else ''})"
    listing = f"spgc validate {report.path}"
    do = f"{listing} lists all" if more else (first.fix or listing)
    return SubmissionError(what, where=where, found=first.found, expected=first.expected, do=do)


def validate(
    path: Path, split: str | None = None, manifest: Manifest | None = None
) -> ValidationReport:
    """Check the submission at `path` against the cases of `manifest`.

    `split` (name or alias) demands that the file answers that split; without it the file has to
    answer every split that it touches in full. Never raises for what the file holds; raises
    UsageError for an unknown split and DataError for unreadable manifests.
    """
    try:
        data = load(path)
    except RefusedError as refused:
        _wanted(split, manifest)
        return ValidationReport(path, (refused.problem,), (), None)
    return validate_bytes(data, split, manifest, path)


def validate_bytes(
    data: bytes,
    split: str | None = None,
    manifest: Manifest | None = None,
    path: Path = Path("submission"),
) -> ValidationReport:
    """As `validate`, on what a file holds; `path` is what to call it."""
    manifest = read_manifests() if manifest is None else manifest
    wanted = _wanted(split, manifest)
    findings = Findings()
    try:
        answers = _read(data, wanted, manifest, findings)
    except RefusedError as refused:
        findings.problems.append(refused.problem)
        return ValidationReport(path, tuple(findings.problems), (), None)
    answered = _without_duplicates(answers, findings)
    scope = _scope(answered, wanted, manifest, findings)
    return _report(path, answered, scope, manifest, findings)


def _wanted(split: str | None, manifest: Manifest | None) -> str | None:
    if split is None or (manifest is not None and split in manifest.splits()):
        return split
    return split_named(split).name


def _read(data: bytes, wanted: str | None, manifest: Manifest, findings: Findings) -> list[Answer]:
    lines, delimiter = read_lines(data, findings)
    if not lines:
        raise RefusedError(empty("no readable row"))
    finder = CaseFinder(manifest, wanted)
    columns, body = locate(lines, finder, findings)
    return read_answers(body, columns, delimiter, finder, findings)


def _without_duplicates(answers: Sequence[Answer], findings: Findings) -> dict[str, Answer]:
    """The first answer for each case; further ones are repaired or refused."""
    first: dict[str, Answer] = {}
    for answer in answers:
        other = first.setdefault(answer.case, answer)
        if other is not answer and answer.label and other.label:
            _duplicate(other, answer, findings)
    return first


def _duplicate(first: Answer, again: Answer, findings: Findings) -> None:
    parts = {"line": again.line, "case": again.case, "found": again.label}
    if (first.label, first.probabilities) == (again.label, again.probabilities):
        findings.repaired("duplicate", f"same answer as on line {first.line}, left out", **parts)
        return
    what = f"contradicts line {first.line}"
    if first.label == again.label:
        what = f"other probabilities than on line {first.line}"
    findings.refused(
        "contradiction", what, expected=first.label, fix="keep one of the rows", **parts
    )


def _scope(
    answered: dict[str, Answer], wanted: str | None, manifest: Manifest, findings: Findings
) -> tuple[str, ...]:
    """The splits that the file answers; what it lacks goes to `findings`."""
    given = dict.fromkeys(manifest.splits(), 0)
    for case in answered:
        given[manifest[case].split] += 1
    touched = [name for name, count in given.items() if count]
    if not touched:
        _no_answer(wanted, findings)
        return ()
    if wanted and wanted not in touched:
        _wrong_split(touched, wanted, len(answered), findings)
        return ()
    for name in touched:
        missing = _missing(name, answered, manifest)
        if not wanted or name == wanted:
            _refuse_missing(name, missing, given[name], findings)
        elif missing:
            _stray(name, wanted, answered, manifest, findings)
        else:
            what = f"{given[name]} cases of {name}, left aside"
            findings.remark("other-split", what, expected=f"cases of {wanted}")
    return (wanted,) if wanted else tuple(touched)


def _no_answer(wanted: str | None, findings: Findings) -> None:
    findings.refused(
        "no-answer", "no row answers a known case", found="0 answers",
        expected=f"every case of {wanted}" if wanted else "every case of a split",
        fix=f"spgc example --split {wanted or 'test2'} shows the form",
    )  # fmt: skip


def _wrong_split(touched: Sequence[str], wanted: str, count: int, findings: Findings) -> None:
    names = " and ".join(touched)
    findings.refused(
        "wrong-split", f"these are {names} cases, you said {wanted}",
        found=f"{count} cases of {names}", expected=f"cases of {wanted}",
        fix=f"--split {touched[0]}, or give the file for {wanted}",
    )  # fmt: skip


def _missing(split: str, answered: dict[str, Answer], manifest: Manifest) -> list[str]:
    return [c.case_id for c in manifest.split(split) if c.case_id not in answered]


def _refuse_missing(split: str, missing: Sequence[str], given: int, findings: Findings) -> None:
    for case in missing:
        findings.refused(
            "missing-case", "no answer", case=case, found=f"{given} of {given + len(missing)}",
            expected=f"every case of {split}", fix="add a row for each missing case",
        )  # fmt: skip


def _stray(
    split: str, wanted: str, answered: dict[str, Answer], manifest: Manifest, findings: Findings
) -> None:
    """A few cases of another split in a file for `wanted`: a slip that its author has to see."""
    for case, answer in answered.items():
        if manifest[case].split == split:
            findings.refused(
                "stray-case", f"a case of {split}, you said {wanted}", line=answer.line,
                case=case, found=split, expected=wanted,
                fix=f"remove the row, or answer every case of {split}",
            )  # fmt: skip


def _report(
    path: Path,
    answered: dict[str, Answer],
    scope: tuple[str, ...],
    manifest: Manifest,
    findings: Findings,
) -> ValidationReport:
    inside = {case: a for case, a in answered.items() if manifest[case].split in scope}
    synthetic = any(manifest[case].synthetic for case in inside)
    problems = tuple(sorted(findings.problems, key=_reading_order))
    if of_severity(problems, "refused"):
        return ValidationReport(path, problems, scope, None, synthetic)
    labels = {case: a.label for case, a in inside.items() if a.label is not None}
    order = in_order(labels, manifest)
    shares = {case: p for case in order if (p := inside[case].probabilities) is not None}
    submission = Submission({case: labels[case] for case in order}, shares or None, problems)
    return ValidationReport(path, problems, scope, submission, synthetic)


def _reading_order(problem: Problem) -> tuple[int, int]:
    """The file as a whole, then line by line, then the cases that no line answers."""
    if problem.line is not None:
        return 1, problem.line
    return (2 if problem.case else 0), 0
