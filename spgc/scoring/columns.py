"""Which column holds what: by its name where the header tells, by its content where not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spgc.protocol import CAP, COVID19, NORMAL, class_named
from spgc.scoring.cases import CaseFinder
from spgc.scoring.problems import Findings, Problem, RefusedError, shown
from spgc.scoring.table import Line, clean

CASE_COLUMN, LABEL_COLUMN = "Study", "Label"
"""Header of the released label files."""

PROBABILITY_COLUMNS = {COVID19: "p_covid19", CAP: "p_cap", NORMAL: "p_normal"}

_CASE_NAMES = frozenset(
    ("study", "studyid", "case", "caseid", "id", "patient", "patientid", "patientname", "name",
     "scan", "scanid", "subject", "subjectid", "folder")
)  # fmt: skip
_LABEL_NAMES = frozenset(
    ("label", "labels", "prediction", "predictions", "predicted", "predictedlabel", "pred",
     "class", "diagnosis", "result")
)  # fmt: skip
_PROBABILITY_NAMES = {
    "pcovid19": COVID19, "pcovid": COVID19, "probcovid19": COVID19, "probcovid": COVID19,
    "pcap": CAP, "probcap": CAP, "pnormal": NORMAL, "probnormal": NORMAL,
}  # fmt: skip
_INDEX_NAMES = frozenset(("", "index", "unnamed0"))
_EXAMPLE = "spgc example --split test2 shows the form"


@dataclass(frozen=True)
class Columns:
    """Positions of the columns; `probabilities` by class, empty when none came along."""

    case: int
    label: int
    probabilities: dict[str, int]
    width: int


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", clean(name).lower())


def locate(
    lines: Sequence[Line], finder: CaseFinder, findings: Findings
) -> tuple[Columns, Sequence[Line]]:
    """The columns, and the lines below the header.

    Raises RefusedError when no column of cases or no column of labels can be told.
    """
    header, body = _header(lines, finder, findings)
    words = [_word(name) for name in header.cells] if header else []
    width = len(words) or max(len(line.cells) for line in lines)
    names = list(header.cells) if header else [f"column {i + 1}" for i in range(width)]

    def is_case(cell: str) -> bool:
        return finder.find(clean(cell)) is not None

    def is_label(cell: str) -> bool:
        return class_named(clean(cell)) is not None

    case = _choose(words, _CASE_NAMES, body, width, is_case)
    label = _choose(words, _LABEL_NAMES, body, width, is_label)
    seen = names if header else lines[0].cells
    if case is None:
        raise RefusedError(_no_column("case IDs", CASE_COLUMN, seen))
    if label is None or label == case:
        raise RefusedError(_no_column("labels", LABEL_COLUMN, seen))
    _refuse_two_labels(words, label, body, findings)
    probabilities = _probabilities(words, header, findings)
    _note_names(header, words, case, label, findings)
    _note_unused(names, words, {case, label, *probabilities.values()}, findings)
    return Columns(case, label, probabilities, width), body


def _header(
    lines: Sequence[Line], finder: CaseFinder, findings: Findings
) -> tuple[Line | None, Sequence[Line]]:
    first = lines[0]
    words = {_word(cell) for cell in first.cells}
    named = bool(words & (_CASE_NAMES | _LABEL_NAMES | _PROBABILITY_NAMES.keys()))
    cells = [clean(cell) for cell in first.cells]
    is_data = any(finder.find(c) for c in cells) or (
        not named and any(class_named(c) for c in cells)
    )
    if not is_data:
        return first, lines[1:]
    findings.repaired(
        "no-header", "no header, columns told by their content", line=first.number,
        found=shown(",".join(first.cells)), expected=f"{CASE_COLUMN},{LABEL_COLUMN}",
        fix=f"put {CASE_COLUMN},{LABEL_COLUMN} on the first line",
    )  # fmt: skip
    return None, lines


def _choose(
    words: Sequence[str],
    names: frozenset[str],
    body: Sequence[Line],
    width: int,
    fits: Callable[[str], bool],
) -> int | None:
    """The column with a fitting name, else with fitting content; content breaks a tie."""
    sample = body[:500]
    hits = [
        sum(fits(line.cells[i]) for line in sample if i < len(line.cells)) for i in range(width)
    ]
    named = [i for i, word in enumerate(words) if word in names]
    if named:
        return max(named, key=lambda i: (hits[i], -i))
    best = max(range(width), key=lambda i: (hits[i], -i))
    return best if hits[best] * 2 > len(sample) else None


def _no_column(what: str, form: str, found: Sequence[str]) -> Problem:
    return Problem(
        "no-column", "refused", f"no column holds {what}", line=1,
        found=shown(",".join(found), 60), expected=f"a column {form}", fix=_EXAMPLE,
    )  # fmt: skip


def _refuse_two_labels(
    words: Sequence[str], label: int, body: Sequence[Line], findings: Findings
) -> None:
    """Two label columns that disagree: only the author knows which one is the answer."""
    for other in (i for i, w in enumerate(words) if w in _LABEL_NAMES and i != label):
        for line in body:
            if max(other, label) >= len(line.cells):
                continue
            one, two = (class_named(clean(line.cells[i])) for i in (label, other))
            if one and two and one != two:
                findings.refused(
                    "two-label-columns", "two columns of labels that disagree",
                    line=line.number, found=f"{one} and {two}", expected="one column of labels",
                    fix="keep only your prediction",
                )  # fmt: skip
                return


def _probabilities(words: Sequence[str], header: Line | None, findings: Findings) -> dict[str, int]:
    found = {_PROBABILITY_NAMES[w]: i for i, w in enumerate(words) if w in _PROBABILITY_NAMES}
    lacking = [name for c, name in PROBABILITY_COLUMNS.items() if c not in found]
    if found and lacking:
        findings.refused(
            "probability-columns", "some probability columns are missing",
            line=header.number if header else 1,
            found=", ".join(PROBABILITY_COLUMNS[c] for c in found),
            expected=", ".join(PROBABILITY_COLUMNS.values()),
            fix=f"add {', '.join(lacking)} or leave all three out",
        )  # fmt: skip
        return {}
    return {c: found[c] for c in PROBABILITY_COLUMNS if c in found}


def _note_names(
    header: Line | None, words: Sequence[str], case: int, label: int, findings: Findings
) -> None:
    if header is None:
        return
    found = f"{header.cells[case].strip()},{header.cells[label].strip()}"
    if (words[case], words[label]) != (CASE_COLUMN.lower(), LABEL_COLUMN.lower()):
        findings.repaired(
            "header-names", "other column names", line=header.number, found=shown(found),
            expected=f"{CASE_COLUMN},{LABEL_COLUMN}",
        )  # fmt: skip


def _note_unused(
    names: Sequence[str], words: Sequence[str], used: set[int], findings: Findings
) -> None:
    for i, name in enumerate(names):
        if i in used:
            continue
        if i == 0 and words and words[0] in _INDEX_NAMES:
            findings.repaired("index-column", "index column, left out", line=1, found=shown(name))
        else:
            findings.remark("unused-column", "column is not used", line=1, found=shown(name))
