"""The user's own truth for scoring: the class of each case, from one file or a mapping.

A file is read like a submission (`Study,Label`, in any form that `spgc validate` reads) or stands
in the form of a manifest. A column `split` divides the cases; without it all are one set, `own`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spgc.challenge.definition import Challenge
from spgc.data.case_names import is_rounded, same_name_form
from spgc.data.manifests import (
    OWN_SPLIT,
    SYNTHETIC_LABEL,
    Case,
    Manifest,
    own_certainty,
    refuse_split,
)
from spgc.errors import DataError
from spgc.files.doubles import first_double
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.submissions.case_labels import label_file_error, read_label_lines
from spgc.submissions.case_matching import NamedFinder
from spgc.submissions.columns import Columns, column_named, locate
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, Problem, RefusedError, of_severity, shown
from spgc.submissions.reading_rules import Reading, class_of
from spgc.submissions.row_answers import Answer, read_answers
from spgc.submissions.set_names import renamed, set_names
from spgc.submissions.two_columns import refuse_two_labels

_OF_MANIFESTS = ("split", "certainty")
"""Columns of a manifest that a truth file may have."""

_FORM_OF_MANIFESTS = frozenset(
    (
        *(("unused-column", repr(name)) for name in ("split", "source", "certainty")),
        ("header-names", repr("case,label")),
    )
)
"""Problems of a submission that are none in a manifest, with what was found; names of classes as
tables have them are none either."""


@dataclass(frozen=True)
class Truth:
    """The user's labels as a manifest, and what was ignored or put right while reading them."""

    manifest: Manifest
    notes: tuple[Problem, ...] = ()


def truth_of(labels: Mapping[str, str] | Mapping[str, int], reading: Reading) -> Manifest:
    """The user's labels, case ID to class in any known spelling, as one set.

    reading: what labels other than class names stand for.

    Raises SubmissionError for a class that is none, DataError for a case in two Unicode forms.
    """
    cases: dict[str, Case] = {}
    for given, text in labels.items():
        name, label = same_name_form(given), class_of(given, text, reading)
        if name in cases:
            raise DataError(
                f"case {name} is named twice, in two Unicode forms",
                expected="each case once",
                do="unicodedata.normalize('NFC', ...) makes them one",
            )
        cases[name] = Case(name, label, OWN_SPLIT, "given", own_certainty(name))
    return Manifest(cases, own_truth=True, challenge=reading.challenge)


def read_truth(path: GivenFile, reading: Reading) -> Truth:
    """The truth in a file; probabilities in it are ignored, with a note.

    reading: what labels other than class names stand for. Raises DataError, naming the line, for
    an unknown class, a case without a class, and a case with two classes or two splits.
    """
    findings = Findings()
    challenge = reading.challenge
    reading = Reading(challenge, reading.labels)
    try:
        lines = read_label_lines(path, findings, challenge)
        finder = NamedFinder(challenge)
        columns, body = locate(lines, finder, findings, reading)
        _refuse_another_label(columns, body, reading, findings)
        plain = replace(columns, probabilities={})
        answers = read_answers(body, plain, finder, reading, findings).rows
    except RefusedError as refused:
        raise label_file_error(path, _of_truth(refused.problem), 0, challenge) from refused
    problems = [_of_truth(one) for one in findings.all() if not _ignored(one)]
    if refusals := of_severity(problems, "refused"):
        first = min(refusals, key=lambda problem: problem.line or 0)
        raise label_file_error(path, first, len(refusals) - 1, challenge)
    rows = _Rows(path, lines, body, columns, challenge)
    names = set_names((rows.split(answer) for answer in answers), str(path), challenge)
    cases: dict[str, Case] = {}
    first_line: dict[str, int] = {}
    for answer in answers:
        case = rows.case(answer, names)
        other = cases.setdefault(case.case_id, case)
        if other != case or (other is not case and is_rounded(case.case_id)):
            raise rows.contradiction(other, case, first_line[case.case_id], answer.line)
        if other is not case:
            problems.append(_again(answer, first_line[case.case_id]))
        first_line.setdefault(case.case_id, answer.line)
    if not cases:
        raise DataError("truth names no case", where=str(path), expected="one row per case")
    file = "-" if isinstance(path, StandardInput) else str(path)
    words = ("--truth", file, *challenge.options)
    manifest = Manifest(cases, own_truth=True, words=words, challenge=challenge)
    return Truth(manifest, (*_notes(problems, columns, challenge), *renamed(names)))


def _refuse_another_label(
    columns: Columns, body: Sequence[Line], reading: Reading, findings: Findings
) -> None:
    """Truth and predictions in one file: which column is the truth, only the author can say."""
    if columns.label is not None:
        used = {columns.case, columns.label, *columns.probabilities.values()}
        others = [i for i in range(columns.width) if i not in used]
        refuse_two_labels(columns.label, others, body, reading, findings, named=False)


class _Rows:
    """The columns of a manifest that a truth file may have, by the line of a row."""

    def __init__(
        self,
        path: GivenFile,
        lines: Sequence[Line],
        body: Sequence[Line],
        columns: Columns,
        challenge: Challenge,
    ) -> None:
        header = lines[0].cells if len(body) < len(lines) else ()
        self._path, self._challenge = path, challenge
        self._refuse_doubles([clean(cell).lower() for cell in header])
        self._split, self._certainty = (column_named(header, name) for name in _OF_MANIFESTS)
        for name, place in zip(_OF_MANIFESTS, (self._split, self._certainty), strict=True):
            if place is not None and place in (columns.case, columns.label):
                raise DataError(f"the column {name} is taken for something else", where=str(path))
        wanted = self._split is not None or self._certainty is not None
        self._good: set[str] = set()
        self._cells = {line.number: line.cells for line in body} if wanted else {}

    def _refuse_doubles(self, header: Sequence[str]) -> None:
        if twice := first_double(header, _OF_MANIFESTS):
            raise DataError(
                f"truth file has two columns {twice}",
                where=str(self._path),
                found=shown(",".join(header), 60),
                expected="each column once",
                do="remove one of the two",
            )

    def split(self, answer: Answer) -> str:
        """The set that a row names. Raises DataError for a name that no split can have."""
        split = OWN_SPLIT if self._split is None else self._cell(answer, self._split)
        if not split:
            raise DataError(
                f"no split for case {answer.case}",
                where=self._where(answer.line),
                found="an empty cell",
                expected="a split in each row, or no column split",
                do="fill it in, or remove the column",
            )
        if split not in self._good:
            refuse_split(split, self._where(answer.line), self._challenge)
            self._good.add(split)
        return split

    def case(self, answer: Answer, names: Mapping[str, str]) -> Case:
        """One row's case, in the set that `names` makes of the row's."""
        split = names[self.split(answer)]
        synthetic = self._certainty is not None and (
            self._cell(answer, self._certainty).lower() == SYNTHETIC_LABEL
        )
        name = same_name_form(answer.case)
        certainty = SYNTHETIC_LABEL if synthetic else own_certainty(name)
        return Case(name, answer.label, split, "given", certainty)

    def contradiction(self, first: Case, again: Case, line: int, here: int) -> DataError:
        """The error of a case that comes twice with two classes, or in two splits."""
        what, found = "classes", f"{first.label} on line {line} and {again.label}"
        if first == again:
            return DataError(
                f"two rows for {again.case_id}: a spreadsheet rounded long numbers",
                where=self._where(here),
                found=f"the same case ID on line {line}",
                expected="one row per case",
                do="write the case IDs again, as text",
            )
        if first.label == again.label:
            what = "splits" if first.split != again.split else "certainties"
            values = (first.split, again.split) if what == "splits" else ("", "")
            found = f"{values[0]} on line {line} and {values[1]}" if values[0] else f"line {line}"
        return DataError(
            f"two {what} for case {again.case_id}",
            where=self._where(here),
            found=found,
            expected="one row per case",
            do="remove one of the two rows",
        )

    def _cell(self, answer: Answer, place: int) -> str:
        cells = self._cells[answer.line]
        return clean(cells[place]) if place < len(cells) else ""

    def _where(self, line: int) -> str:
        return f"{self._path}, line {line}"


def _again(answer: Answer, line: int) -> Problem:
    """The row of a case that an earlier line has named with the same class."""
    what = f"same class as on line {line}, left out"
    return Problem("duplicate", "repaired", what, answer.line, answer.case, answer.label)


def _ignored(problem: Problem) -> bool:
    """What is wrong with probabilities alone: they are not looked at."""
    return problem.kind == "probability-columns"


_FIXES: Mapping[str, str] = {
    "no-label": "give every case a class",
    "no-column": "a truth file has the columns Study and Label, one row per case",
    "two-label-columns": "keep only the true class",
    "empty": "give Study,Label and one row per case",
}
"""What to do about problems of a submission where the file is a truth."""


def _of_truth(problem: Problem) -> Problem:
    """A problem of a submission in the words of a truth file."""
    what = problem.what.replace(" for a submission", "")
    if problem.kind == "no-label":
        what = f"no class for case {problem.case}"
    if problem.kind == "unknown-case":
        what, expected = "a class where the case belongs", "a case ID"
        return replace(problem, what=what, expected=expected)
    return replace(problem, what=what, fix=_FIXES.get(problem.kind, problem.fix))


def _notes(
    problems: Sequence[Problem], columns: Columns, challenge: Challenge
) -> Iterator[Problem]:
    """What is worth saying: nothing of the names and spellings that manifests have."""
    spellings = {("label-spelling", repr(name).lower()) for name in challenge.names}
    for problem in problems:
        if (problem.kind, (problem.found or "").lower()) not in _FORM_OF_MANIFESTS | spellings:
            yield problem
    if columns.probabilities:
        yield Problem(
            "truth-probabilities",
            "remark",
            "probabilities in the truth are ignored: its labels count",
            found=shown(", ".join(columns.probabilities)),
        )
