"""From rows of cells to answers: cases, labels and probabilities, each checked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from spgc.protocol import CLASSES, RELEASED_LABELS, class_named
from spgc.scoring.cases import CaseFinder
from spgc.scoring.columns import PROBABILITY_COLUMNS, Columns
from spgc.scoring.problems import Findings, shown
from spgc.scoring.submission import Probabilities
from spgc.scoring.table import Line, clean

SUM_TOLERANCE = 0.02
"""How far three probabilities may be from summing to 1: two printed decimals each, and a little."""

_NUMBER = re.compile(r"^[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,4})?$", re.I | re.ASCII)
_LABELS = tuple(RELEASED_LABELS[c] for c in CLASSES)
_EXPECTED = " | ".join(_LABELS)
_NO_LABEL_WORDS = frozenset(("", "nan", "none", "null", "n/a", "na", "-", "–", "?"))


@dataclass(frozen=True)
class Answer:
    """What one row says about one case; `label` is None when the row has no valid one."""

    line: int
    case: str
    label: str | None
    probabilities: Probabilities | None


def read_answers(
    lines: Sequence[Line], columns: Columns, delimiter: str, finder: CaseFinder, findings: Findings
) -> list[Answer]:
    """The rows that answer for a known case; all that is wrong goes to `findings`."""
    answers = []
    for line in lines:
        _check_width(line, columns, findings)
        case = _case(line, columns, finder, findings)
        label = _label(line, columns, case, findings)
        shares = _shares(line, columns, case, delimiter, findings)
        if case is not None:
            _compare(line, case, label, shares, findings)
            answers.append(Answer(line.number, case, label, shares))
    return answers


def _cell(line: Line, position: int) -> str:
    return line.cells[position] if position < len(line.cells) else ""


def _check_width(line: Line, columns: Columns, findings: Findings) -> None:
    if any(clean(cell) for cell in line.cells[columns.width :]):
        findings.refused(
            "extra-cells", "the row has more cells than the header", line=line.number,
            found=str(len(line.cells)), expected=str(columns.width),
            fix="put text that holds the delimiter into quotes, or remove the extra cells",
        )  # fmt: skip


def _case(line: Line, columns: Columns, finder: CaseFinder, findings: Findings) -> str | None:
    raw = _cell(line, columns.case)
    text = clean(raw)
    if not text:
        findings.refused(
            "no-case", "the row has no case ID", line=line.number, found=shown(raw),
            expected="a case ID", fix="add the ID, or remove the row",
        )  # fmt: skip
        return None
    case = finder.find(text)
    if case is None:
        _unknown_case(line.number, text, finder, findings)
    elif text != case:
        findings.repaired("case-spelling", "case ID in another spelling", line=line.number,
                          case=case, found=shown(text), expected=case)  # fmt: skip
    elif raw != text:
        findings.repaired("spaces-quotes", "spaces or quotes round a cell, left out",
                          line=line.number, case=case, found=shown(raw))  # fmt: skip
    return case


def _unknown_case(number: int, text: str, finder: CaseFinder, findings: Findings) -> None:
    if text.lower().startswith("syn-") and not finder.synthetic:
        fix = "a phantom's case: name its manifests with --manifests DIR"
    elif near := finder.nearest(text):
        fix = f"did you mean {near}?"
    else:
        fix = "remove the row, or name your own manifests with --manifests DIR"
    findings.refused("unknown-case", "no such case", line=number, case=shown(text).strip("'\""),
                     found=shown(text), expected="a case of the manifests", fix=fix)  # fmt: skip


def _label(line: Line, columns: Columns, case: str | None, findings: Findings) -> str | None:
    raw = _cell(line, columns.label)
    text = clean(raw)
    label = class_named(text)
    if label is None:
        what = "the row has no label" if text.lower() in _NO_LABEL_WORDS else "unknown label"
        findings.refused("no-label" if what[0] == "t" else "unknown-label", what,
                         line=line.number, case=case, found=shown(raw.strip()),
                         expected=_EXPECTED, fix=_label_fix(text))  # fmt: skip
    elif text != RELEASED_LABELS[label]:
        findings.repaired(
            "label-spelling", "label in another spelling", line=line.number, case=case,
            found=shown(text), expected=RELEASED_LABELS[label],
        )  # fmt: skip
    elif raw != text:
        findings.repaired("spaces-quotes", "spaces or quotes round a cell, left out",
                          line=line.number, case=case, found=shown(raw))  # fmt: skip
    return label


def _label_fix(text: str) -> str:
    if text.lower() in _NO_LABEL_WORDS:
        return "every case needs an answer"
    if text.lstrip("-").replace(".", "", 1).isdigit():
        return "write the class name: numbers mean another class in each system"
    near = get_close_matches(text[:64].lower(), (*_LABELS, "pneumonia", "healthy"), n=1, cutoff=0.5)
    if near and near[0] in _LABELS:
        return f"did you mean {near[0]}?"
    return "use one of the three labels"


def _shares(
    line: Line, columns: Columns, case: str | None, delimiter: str, findings: Findings
) -> Probabilities | None:
    if not columns.probabilities:
        return None
    values: list[float] = []
    for name, position in columns.probabilities.items():
        text = clean(_cell(line, position))
        if delimiter != "," and text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        value = _number(text)
        if value is None or not 0 <= value <= 1:
            findings.refused(
                "probability", f"{PROBABILITY_COLUMNS[name]} is not a probability",
                line=line.number, case=case, found=shown(text), expected="a number from 0 to 1",
                fix="divide percentages by 100" if value and 1 < value <= 100 else "correct it",
            )  # fmt: skip
        else:
            values.append(value)
    return _checked_sum(values, line.number, case, findings)


def _number(text: str) -> float | None:
    """A finite number in plain notation; Python's own liberties (`1_000`) are not taken."""
    if not _NUMBER.match(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _checked_sum(
    values: list[float], number: int, case: str | None, findings: Findings
) -> Probabilities | None:
    if len(values) != len(CLASSES):
        return None
    if abs(sum(values) - 1) > SUM_TOLERANCE:
        findings.refused(
            "probability-sum", "probabilities don't sum to 1", line=number, case=case,
            found=f"{sum(values):.4g}", expected=f"1 ± {SUM_TOLERANCE}",
            fix="write softmax probabilities, not scores",
        )  # fmt: skip
        return None
    return values[0], values[1], values[2]


def _compare(
    line: Line, case: str, label: str | None, shares: Probabilities | None, findings: Findings
) -> None:
    if label and shares and shares[CLASSES.index(label)] < max(shares):
        best = RELEASED_LABELS[CLASSES[shares.index(max(shares))]]
        findings.remark("not-most-probable", "the label is not the most probable class",
                        line=line.number, case=case, found=RELEASED_LABELS[label],
                        expected=best)  # fmt: skip
