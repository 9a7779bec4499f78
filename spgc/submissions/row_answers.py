"""Answers from rows of cells: case, label and probabilities, each checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spgc.challenge.definition import Challenge
from spgc.data.case_names import same_name_form
from spgc.submissions.case_matching import Finder
from spgc.submissions.columns import Columns
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, shown
from spgc.submissions.reading_rules import Reading
from spgc.submissions.row_labels import LabelReader
from spgc.submissions.shares import read_shares
from spgc.submissions.submission import Probabilities


@dataclass(frozen=True, slots=True)
class Answer:
    """What one row says about one case; `label` is None when the row has no valid one."""

    line: int
    case: str
    label: str | None
    probabilities: Probabilities | None


@dataclass(frozen=True)
class AnswerRows:
    """The rows that answer for a known case.

    mapping: labels that stand for a class because the author said so; argmax: whether labels were
    taken from the probabilities.
    """

    rows: Sequence[Answer]
    mapping: Mapping[str, str] = field(default_factory=dict)
    argmax: bool = False


def read_answers(
    lines: Sequence[Line], columns: Columns, finder: Finder, reading: Reading, findings: Findings
) -> AnswerRows:
    """The rows that answer for a known case; all that is wrong goes to `findings`."""
    labels, challenge = LabelReader(reading, findings), reading.challenge
    answers = []
    for line in lines:
        _check_width(line, columns, findings)
        case = _case(line, columns, finder, findings)
        shares = None
        if columns.probabilities:
            found = (line.cells, columns.probabilities, line.number, case, findings)
            shares = read_shares(*found, challenge)
        if columns.label is None:
            label = _most_probable(line, case, shares, findings, challenge)
        else:
            label = labels.read(_cell(line, columns.label), line.number, case)
        if case is not None:
            _compare(line, case, label, shares, findings, challenge)
            answers.append(Answer(line.number, case, label, shares))
    labels.finish()
    if columns.label is None:
        findings.remark("argmax", "no column of labels: the most probable class is used")
    return AnswerRows(answers, labels.mapping, columns.label is None)


def _cell(line: Line, position: int) -> str:
    return line.cells[position] if position < len(line.cells) else ""


def _check_width(line: Line, columns: Columns, findings: Findings) -> None:
    if any(clean(cell) for cell in line.cells[columns.width :]):
        findings.refused(
            "extra-cells",
            "the row has more cells than the header",
            line=line.number,
            found=str(len(line.cells)),
            expected=str(columns.width),
            fix="put text that holds the delimiter into quotes, or remove the extra cells",
        )


def _case(line: Line, columns: Columns, finder: Finder, findings: Findings) -> str | None:
    raw = _cell(line, columns.case)
    text = clean(raw)
    if not text:
        findings.refused(
            "no-case",
            "the row has no case ID",
            line=line.number,
            found=shown(raw),
            expected="a case ID",
            fix="add the ID, or remove the row",
        )
        return None
    if raw != text and finder.sure(raw) and finder.find(raw) == raw:
        text = raw  # an ID that itself begins or ends in a quote sign
    case = finder.find(text)
    if case is None:
        findings.refused(
            "unknown-case",
            "no such case",
            line=line.number,
            case=shown(text).strip("'\""),
            found=shown(text),
            expected=finder.expected,
            fix=finder.advice(text),
        )
    elif same_name_form(text) != same_name_form(case):
        findings.repaired(
            "case-spelling",
            "case ID in another spelling",
            line=line.number,
            case=case,
            found=shown(text),
            expected=case,
        )
    elif raw != text:
        findings.repaired(
            "spaces-quotes",
            "spaces or quotes round a cell, left out",
            line=line.number,
            case=case,
            found=shown(raw),
        )
    return case


def _most_probable(
    line: Line,
    case: str | None,
    shares: Probabilities | None,
    findings: Findings,
    challenge: Challenge,
) -> str | None:
    """The class with the highest probability; a tie has none, and no rule may break it."""
    if shares is None:
        return None
    best = [c for c, p in zip(challenge.names, shares, strict=True) if p == max(shares)]
    if len(best) > 1:
        findings.refused(
            "argmax-tie",
            "classes with the same highest probability",
            line=line.number,
            case=case,
            found=" and ".join(challenge.written[c] for c in best),
            expected="one class above all",
            fix=f"write more decimals, or a column Label with {challenge.expected}",
        )
        return None
    return best[0]


def _compare(
    line: Line,
    case: str,
    label: str | None,
    shares: Probabilities | None,
    findings: Findings,
    challenge: Challenge,
) -> None:
    names = challenge.names
    if label and shares and shares[names.index(label)] < max(shares):
        best = challenge.written[names[shares.index(max(shares))]]
        findings.remark(
            "not-most-probable",
            "the label is not the most probable class",
            line=line.number,
            case=case,
            found=challenge.written[label],
            expected=best,
        )
