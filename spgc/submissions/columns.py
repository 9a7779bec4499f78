"""Finding the columns of a submission: by header where there is one, else by content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spgc.challenge.definition import Challenge
from spgc.challenge.word_forms import (
    CASE_NAMES,
    INDEX_NAMES,
    LABEL_NAMES,
    OWN_CASE_NAMES,
    column_word,
)
from spgc.submissions.case_matching import Finder
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, Problem, RefusedError, shown
from spgc.submissions.reading_rules import Reading
from spgc.submissions.two_columns import (
    refuse_one_name,
    refuse_other_labels,
    refuse_rival,
    refuse_two_cases,
)

CASE_COLUMN, LABEL_COLUMN = "Study", "Label"
"""Header of the released label files."""

_CELLS_LOOKED_AT = 50_000
"""Cells by whose content a column is told, where its name does not tell."""


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
    return any(_word(name) in CASE_NAMES for name in header)


def _word(name: str) -> str:
    return column_word(clean(name))


def locate(
    lines: Sequence[Line], finder: Finder, findings: Findings, reading: Reading
) -> tuple[Columns, Sequence[Line]]:
    """The columns, and the lines below the header.

    Raises RefusedError when no column of cases can be told, or neither a column of labels nor,
    where the reading asks for the most probable class, one column of probabilities per class.
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
        raise RefusedError(_no_column("case IDs", CASE_COLUMN, seen, reading.challenge))
    probabilities = _probabilities(words, header, reading, findings)
    used = {case, *probabilities.values()}
    label = _label_column(words, body, width, is_label, used, reading)
    if label is None and not (reading.argmax and probabilities):
        raise RefusedError(_no_labels(seen, probabilities, reading))
    if label is not None:
        used.add(label)
        refuse_other_labels(
            label, [i for i in range(width) if i not in used], words, body, reading, findings
        )
        _note_names(header, words, case, label, findings)
        _refuse_argmax(header, label, reading, findings)
    rest = [i for i in range(width) if i not in used]
    twins = [i for i in rest if words and words[i] == words[case]]
    refuse_one_name(case, twins, body, finder, findings)
    others = [i for i in rest if i not in twins]
    refuse_two_cases(case, others, body, finder, findings)
    if not finder.knows_cases and not (words and _only_own(words, case)):
        called = {i for i, word in enumerate(words) if word in CASE_NAMES}
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
    if not finder.knows_cases and (own := [i for i, w in enumerate(words) if w in OWN_CASE_NAMES]):
        return own[0]
    return _choose(words, CASE_NAMES, body, width, is_case)


def _only_own(words: Sequence[str], case: int) -> bool:
    """Whether the column of cases alone has one of spgc's own names for it."""
    return {word for word in words if word in OWN_CASE_NAMES} == {words[case]}


def _label_column(
    words: Sequence[str],
    body: Sequence[Line],
    width: int,
    is_label: Callable[[str], bool],
    used: set[int],
    reading: Reading,
) -> int | None:
    """The column of labels outside `used`; to be replaced by probabilities, it has to be named."""
    named = any(word in LABEL_NAMES for i, word in enumerate(words) if i not in used)
    if reading.argmax and not named:
        return None
    return _choose(words, LABEL_NAMES, body, width, is_label, used)


def _header(
    lines: Sequence[Line], finder: Finder, findings: Findings, reading: Reading
) -> tuple[Line | None, Sequence[Line]]:
    first = lines[0]
    words = {_word(cell) for cell in first.cells}
    probable = reading.challenge.probability_words.keys()
    named = bool(words & (CASE_NAMES | LABEL_NAMES | probable))
    cells = [clean(cell) for cell in first.cells]
    classes = [c for c in cells if reading.class_of(c)]
    # All classes side by side are the names of columns, and a row has one.
    few = 0 < len(classes) < len(reading.challenge.classes)
    is_data = any(finder.sure(c) for c in cells) or (not named and few)
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


def _no_column(what: str, form: str, found: Sequence[str], challenge: Challenge) -> Problem:
    return Problem(
        "no-column",
        "refused",
        f"no column holds {what}",
        line=1,
        found=shown(",".join(found), 60),
        expected=f"a column {form}",
        fix=f"call that column {form}: {challenge.example_command()} shows the form",
    )


def _no_labels(found: Sequence[str], probabilities: Mapping[str, int], reading: Reading) -> Problem:
    challenge = reading.challenge
    problem = _no_column("labels", LABEL_COLUMN, found, challenge)
    if probabilities:
        return replace(problem, fix="--argmax takes the most probable class as the label")
    if not reading.argmax and _look_like_probabilities(found, challenge):
        return replace(problem, fix="probabilities alone? --argmax takes the most probable class")
    if reading.argmax:
        return replace(
            problem,
            what="no columns hold labels or probabilities",
            expected=", ".join(challenge.columns.values()),
            fix=f"name the {challenge.number} columns so",
        )
    return problem


def _look_like_probabilities(found: Sequence[str], challenge: Challenge) -> bool:
    """Whether columns are called like the classes, but for those that have several spellings."""
    plain = {column_word(one.written) for one in challenge.classes if len(one.words) == 1}
    return bool(plain) and set(map(_word, found)) >= plain


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
    challenge = reading.challenge
    columns, words_of = challenge.columns, challenge.probability_words
    names = {**words_of, **(challenge.bare_words if reading.argmax else {})}
    places = [(names[word], i) for i, word in enumerate(words) if word in names]
    found = dict(places)
    if header and len(found) < len(places):
        findings.refused(
            "probability-columns",
            "two columns of probabilities for one class",
            line=header.number,
            found=shown(", ".join(header.cells[i] for _, i in places), 60),
            expected=", ".join(columns.values()),
            fix="remove one of the two",
        )
        return {}
    lacking = [name for c, name in columns.items() if c not in found]
    if found and lacking:
        findings.refused(
            "probability-columns",
            "some probability columns are missing",
            line=header.number if header else 1,
            found=", ".join(columns[c] for c in found),
            expected=", ".join(columns.values()),
            fix=f"add {', '.join(lacking)} or leave all {challenge.number} out",
        )
        return {}
    return {c: found[c] for c in columns if c in found}


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
        if i == 0 and words and words[0] in INDEX_NAMES:
            findings.repaired("index-column", "index column, left out", line=1, found=shown(name))
        else:
            findings.remark("unused-column", "column is not used", line=1, found=shown(name))


def _is_empty(position: int, name: str, body: Sequence[Line]) -> bool:
    """A column without a name and a cell: what spreadsheets write beside a table."""
    if clean(name):
        return False
    return not any(clean(line.cells[position]) for line in body if position < len(line.cells))
