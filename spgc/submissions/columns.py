"""Finding the columns of a submission: by header where there is one, else by content."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spgc.protocol import CAP, COVID19, LABEL_WORDS, NORMAL
from spgc.submissions.case_matching import Finder
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, Problem, RefusedError, shown
from spgc.submissions.reading_rules import PLAIN, Reading
from spgc.submissions.two_columns import (
    refuse_one_name,
    refuse_rival,
    refuse_two_cases,
    refuse_two_labels,
)

CASE_COLUMN, LABEL_COLUMN = "Study", "Label"
"""Header of the released label files."""

PROBABILITY_COLUMNS = {COVID19: "p_covid19", CAP: "p_cap", NORMAL: "p_normal"}

_CASE_NAMES = frozenset(
    (
        "study",
        "studyid",
        "case",
        "caseid",
        "id",
        "patient",
        "patientid",
        "patientname",
        "name",
        "scan",
        "scanid",
        "subject",
        "subjectid",
        "folder",
        "folderid",
    )
)
_OWN_CASE_NAMES = frozenset(("study", "case", "caseid"))
"""The names in spgc's own files and its documentation, which win over all others."""
_LABEL_NAMES = frozenset(
    (
        "label",
        "labels",
        "prediction",
        "predictions",
        "predicted",
        "predictedlabel",
        "pred",
        "class",
        "diagnosis",
        "result",
    )
)
_PROBABILITY_NAMES = {
    "pcovid19": COVID19,
    "pcovid": COVID19,
    "probcovid19": COVID19,
    "probcovid": COVID19,
    "pcap": CAP,
    "probcap": CAP,
    "pnormal": NORMAL,
    "probnormal": NORMAL,
    "probabilitycovid19": COVID19,
    "probabilitycap": CAP,
    "probabilitynormal": NORMAL,
}
_CLASS_NAMES = {word.replace("-", ""): label for word, label in LABEL_WORDS.items()}
"""Names of probability columns in a file that holds nothing else."""
_INDEX_NAMES = frozenset(("", "index", "unnamed0"))
_CELLS_LOOKED_AT = 50_000
"""Cells by whose content a column is told, where its name does not tell."""
_EXAMPLE = "spgc example --split test2 shows the form"


@dataclass(frozen=True)
class Columns:
    """Positions of the columns; `probabilities` by class, empty when none came along.

    label: None where the most probable class is the answer.
    """

    case: int
    label: int | None
    probabilities: dict[str, int]
    width: int


def column_named(header: Sequence[str], name: str) -> int | None:
    """The position of the column called `name`, in any letter case; None where there is none."""
    return next((i for i, cell in enumerate(header) if clean(cell).lower() == name), None)


def has_case_name(header: Iterable[str]) -> bool:
    """Whether a column is called like one of case IDs."""
    return any(_word(name) in _CASE_NAMES for name in header)


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", clean(name).lower())


def locate(
    lines: Sequence[Line], finder: Finder, findings: Findings, reading: Reading = PLAIN
) -> tuple[Columns, Sequence[Line]]:
    """The columns, and the lines below the header.

    Raises RefusedError when no column of cases can be told, or neither a column of labels nor,
    where the reading asks for the most probable class, three columns of probabilities.
    """
    header, body = _header(lines, finder, findings, reading)
    words = [_word(name) for name in header.cells] if header else []
    width = len(words) or max(len(line.cells) for line in lines)
    names = list(header.cells) if header else [f"column {i + 1}" for i in range(width)]

    def is_case(cell: str) -> bool:
        return finder.find(clean(cell)) is not None

    def is_label(cell: str) -> bool:
        return reading.class_of(clean(cell)) is not None

    case = _case_column(words, body, width, is_case, finder)
    seen = names if header else lines[0].cells
    if case is None:
        raise RefusedError(_no_column("case IDs", CASE_COLUMN, seen))
    probabilities = _probabilities(words, header, reading, findings)
    used = {case, *probabilities.values()}
    label = _label_column(words, body, width, is_label, used, reading)
    if label is None and not (reading.argmax and probabilities):
        raise RefusedError(_no_labels(seen, probabilities, reading))
    if label is not None:
        used.add(label)
        # Beside a column that is called so only others that are count: a column Truth is none.
        named = bool(words) and words[label] in _LABEL_NAMES
        others = [i for i in range(width) if i not in used]
        others = [i for i in others if not named or words[i] in _LABEL_NAMES]
        refuse_two_labels(label, others, body, reading, findings, named=named)
        _note_names(header, words, case, label, findings)
        _refuse_argmax(header, label, reading, findings)
    rest = [i for i in range(width) if i not in used]
    twins = [i for i in rest if words and words[i] == words[case]]
    refuse_one_name(case, twins, body, finder, findings)
    others = [i for i in rest if i not in twins]
    refuse_two_cases(case, others, body, finder, findings)
    if not finder.knows_cases and not (words and _only_own(words, case)):
        called = {i for i, word in enumerate(words) if word in _CASE_NAMES}
        refuse_rival(case, others, called, names, body, findings)
    _note_unused(names, words, used, body, findings)
    return Columns(case, label, probabilities, width), body


def _case_column(
    words: Sequence[str],
    body: Sequence[Line],
    width: int,
    is_case: Callable[[str], bool],
    finder: Finder,
) -> int | None:
    """The column of cases; where they are not known, one of spgc's own names wins."""
    if not finder.knows_cases and (own := [i for i, w in enumerate(words) if w in _OWN_CASE_NAMES]):
        return own[0]
    return _choose(words, _CASE_NAMES, body, width, is_case)


def _only_own(words: Sequence[str], case: int) -> bool:
    """Whether the column of cases alone has one of spgc's own names for it."""
    return {word for word in words if word in _OWN_CASE_NAMES} == {words[case]}


def _label_column(
    words: Sequence[str],
    body: Sequence[Line],
    width: int,
    is_label: Callable[[str], bool],
    used: set[int],
    reading: Reading,
) -> int | None:
    """The column of labels outside `used`; to be replaced by probabilities, it has to be named."""
    named = any(word in _LABEL_NAMES for i, word in enumerate(words) if i not in used)
    if reading.argmax and not named:
        return None
    return _choose(words, _LABEL_NAMES, body, width, is_label, used)


def _header(
    lines: Sequence[Line], finder: Finder, findings: Findings, reading: Reading
) -> tuple[Line | None, Sequence[Line]]:
    first = lines[0]
    words = {_word(cell) for cell in first.cells}
    named = bool(words & (_CASE_NAMES | _LABEL_NAMES | _PROBABILITY_NAMES.keys()))
    cells = [clean(cell) for cell in first.cells]
    classes = [c for c in cells if reading.class_of(c)]
    # Three classes side by side are the names of columns, and a row has one.
    is_data = any(finder.sure(c) for c in cells) or (not named and len(classes) in (1, 2))
    if not is_data:
        return first, lines[1:]
    findings.repaired(
        "no-header",
        "no header, columns inferred from their content",
        line=first.number,
        found=shown(",".join(first.cells)),
        expected=f"{CASE_COLUMN},{LABEL_COLUMN}",
        fix=f"put {CASE_COLUMN},{LABEL_COLUMN} on the first line",
    )
    return None, lines


def _choose(
    words: Sequence[str],
    names: frozenset[str],
    body: Sequence[Line],
    width: int,
    fits: Callable[[str], bool],
    used: Collection[int] = (),
) -> int | None:
    """The column with a fitting name, else with fitting content; content breaks a tie.

    Columns in `used` are something else already.
    """
    sample = body[: max(20, min(500, _CELLS_LOOKED_AT // width))]
    hits = [
        0 if i in used else sum(fits(line.cells[i]) for line in sample if i < len(line.cells))
        for i in range(width)
    ]
    named = [i for i, word in enumerate(words) if word in names and i not in used]
    if named:
        return max(named, key=lambda i: (hits[i], -i))
    best = max(range(width), key=lambda i: (hits[i], -i))
    return best if hits[best] * 2 > len(sample) else None


def _no_column(what: str, form: str, found: Sequence[str]) -> Problem:
    return Problem(
        "no-column",
        "refused",
        f"no column holds {what}",
        line=1,
        found=shown(",".join(found), 60),
        expected=f"a column {form}",
        fix=f"call that column {form}: {_EXAMPLE}",
    )


def _no_labels(found: Sequence[str], probabilities: Mapping[str, int], reading: Reading) -> Problem:
    problem = _no_column("labels", LABEL_COLUMN, found)
    if probabilities:
        return replace(problem, fix="--argmax takes the most probable class as the label")
    if not reading.argmax and set(map(_word, found)) >= {"cap", "normal"}:
        return replace(problem, fix="probabilities alone? --argmax takes the most probable class")
    if reading.argmax:
        return replace(
            problem,
            what="no columns hold labels or probabilities",
            expected=", ".join(PROBABILITY_COLUMNS.values()),
            fix="name the three columns so",
        )
    return problem


def _refuse_argmax(header: Line | None, label: int, reading: Reading, findings: Findings) -> None:
    """Labels and the wish to replace them: what is the answer, only the author can say."""
    if reading.argmax:
        findings.refused(
            "argmax-labels",
            "--argmax, and the file has a column of labels",
            line=header.number if header else 1,
            found=shown(header.cells[label]) if header else f"column {label + 1}",
            expected="probabilities alone",
            fix="leave --argmax out, or remove the column",
        )


def _probabilities(
    words: Sequence[str], header: Line | None, reading: Reading, findings: Findings
) -> dict[str, int]:
    """Columns of probabilities, by their names alone: their order says nothing."""
    names = _PROBABILITY_NAMES | (_CLASS_NAMES if reading.argmax else {})
    places = [(names[word], i) for i, word in enumerate(words) if word in names]
    found = dict(places)
    if header and len(found) < len(places):
        findings.refused(
            "probability-columns",
            "two columns of probabilities for one class",
            line=header.number,
            found=shown(", ".join(header.cells[i] for _, i in places), 60),
            expected=", ".join(PROBABILITY_COLUMNS.values()),
            fix="remove one of the two",
        )
        return {}
    lacking = [name for c, name in PROBABILITY_COLUMNS.items() if c not in found]
    if found and lacking:
        findings.refused(
            "probability-columns",
            "some probability columns are missing",
            line=header.number if header else 1,
            found=", ".join(PROBABILITY_COLUMNS[c] for c in found),
            expected=", ".join(PROBABILITY_COLUMNS.values()),
            fix=f"add {', '.join(lacking)} or leave all three out",
        )
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
            "header-names",
            "other column names",
            line=header.number,
            found=shown(found),
            expected=f"{CASE_COLUMN},{LABEL_COLUMN}",
        )


def _note_unused(
    names: Sequence[str],
    words: Sequence[str],
    used: set[int],
    body: Sequence[Line],
    findings: Findings,
) -> None:
    for i, name in enumerate(names):
        if i in used or _is_empty(i, name, body):
            continue
        if i == 0 and words and words[0] in _INDEX_NAMES:
            findings.repaired("index-column", "index column, left out", line=1, found=shown(name))
        else:
            findings.remark("unused-column", "column is not used", line=1, found=shown(name))


def _is_empty(position: int, name: str, body: Sequence[Line]) -> bool:
    """A column without a name and a cell: what spreadsheets write beside a table."""
    if clean(name):
        return False
    return not any(clean(line.cells[position]) for line in body if position < len(line.cells))
