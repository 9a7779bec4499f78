"""The probabilities of a row, one for each class: numbers from 0 to 1 that sum to 1."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from spgc.challenge.definition import Challenge
from spgc.submissions.lines import clean
from spgc.submissions.problems import Findings, shown
from spgc.submissions.submission import Probabilities

SUM_TOLERANCE = 0.02
"""How far they may be from summing to 1: two printed decimals each, and a little."""

EDGE_TOLERANCE = 1e-6
"""How far one may lie outside 0 to 1: a softmax in 32-bit floats gives 1.0000002 and -1.2e-08."""

UNPRINTED_SUM_TOLERANCE = 1e-3
"""The same for what a system of ours returns: never rounded for print, so that more is a fault."""

_NUMBER = re.compile(r"^[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,4})?$", re.I | re.ASCII)
_PERCENT = 1.5
"""A number above this may be a percentage; a little above 1 it is none."""


def read_shares(
    cells: Sequence[str],
    columns: Mapping[str, int],
    line: int,
    case: str | None,
    findings: Findings,
    challenge: Challenge,
) -> Probabilities | None:
    """The probabilities in `columns` (position by class); what is wrong goes to `findings`."""
    values: list[float] = []
    for name, position in columns.items():
        text = clean(cells[position]) if position < len(cells) else ""
        value = number(text)
        if value is None or not -EDGE_TOLERANCE <= value <= 1 + EDGE_TOLERANCE:
            percent = text.endswith("%") or (value is not None and _PERCENT < value <= 100)
            findings.refused(
                "probability",
                f"{challenge.columns[name]} is not a probability",
                line=line,
                case=case,
                found=shown(text),
                expected="a number from 0 to 1",
                fix="divide percentages by 100" if percent else "correct it",
            )
            continue
        if not 0 <= value <= 1:
            findings.remark(
                "probability-edge",
                "a probability just outside 0 to 1, moved to the edge",
                line=line,
                case=case,
                found=shown(text),
                expected="0 to 1",
            )
        values.append(at_the_edge(value))
    return _checked_sum(values, line, case, findings) if len(values) == len(columns) else None


def are_shares(values: Sequence[float], total: float, edge: float = 0.0, *, classes: int) -> bool:
    """Whether `values` are a probability for each class: one rule with two strictnesses.

    total: how far their sum may be from 1; edge: how far each may lie outside 0 to 1. Files and
    answers of strangers are taken with `SUM_TOLERANCE` and `EDGE_TOLERANCE`, for they may have been
    printed; a system's own answers with `UNPRINTED_SUM_TOLERANCE` and no edge.
    """
    inside = len(values) == classes and all(-edge <= p <= 1 + edge for p in values)
    return inside and abs(math.fsum(values) - 1) <= total


def at_the_edge(value: float) -> float:
    """`value` within 0 to 1; zero without a sign."""
    return min(max(value, 0.0), 1.0) + 0.0


def number(text: str) -> float | None:
    """A finite number with a decimal point or comma, in plain digits.

    Python's own liberties (`1_000`, digits of other scripts) are not taken; a text with both point
    and comma has a thousands separator, which no probability has.
    """
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not _NUMBER.match(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _checked_sum(
    values: list[float], line: int, case: str | None, findings: Findings
) -> Probabilities | None:
    whole = math.fsum(values)  # `sum` rounds otherwise from Python 3.12 on
    if abs(whole - 1) > SUM_TOLERANCE:
        findings.refused(
            "probability-sum",
            "probabilities don't sum to 1",
            line=line,
            case=case,
            found=f"{whole:.4g}",
            expected=f"1 ± {SUM_TOLERANCE}",
            fix="write softmax probabilities, not scores",
        )
        return None
    return tuple(values)
