"""The classes of a label file that nobody has named yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from spgc.challenge.definition import FEWEST_CLASSES, MOST_CLASSES, Challenge
from spgc.challenge.word_forms import CASE_NAMES, LABEL_NAMES, NO_LABELS, class_form, column_word
from spgc.errors import DataError
from spgc.submissions.case_labels import label_file_error, read_label_lines
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, RefusedError

_WHOLE = re.compile(r"[0-9]{1,18}")

_ALIKE = 0.85
"""Share of letters in common from which a rare class may be another one misspelt."""

_UNNAMED = Challenge("Labels", "labels", (), {}, teaches=("", ""))
"""A challenge of no class: what a label file is read with before its classes are known."""


def classes_in(path: Path) -> list[str]:
    """The classes of a file of case and label, by name; numbers in their order.

    Spellings that differ in letter case or dashes are one class, named by the most frequent.
    Raises DataError for a file without a column of labels, for a row without one, and for fewer
    than 2 or more than 20 classes.
    """
    try:
        lines = read_label_lines(path, Findings(), _UNNAMED)
    except RefusedError as refused:
        problem = refused.problem
        if problem.kind == "empty":
            problem = replace(problem, fix="write Study,Label and a row for each case")
        raise label_file_error(path, problem, 0, _UNNAMED) from refused
    place = _label_column(path, lines)
    spelled: dict[str, Counter[str]] = {}
    for line in lines[1:]:
        text = clean(line.cells[place]) if place < len(line.cells) else ""
        if text.lower() in NO_LABELS:
            raise DataError(
                "a case without a class",
                where=f"{path}, line {line.number}",
                found=repr(text),
                expected="a class for each case",
            )
        spelled.setdefault(class_form(text), Counter())[text] += 1
    if not FEWEST_CLASSES <= len(spelled) <= MOST_CLASSES:
        raise DataError(
            "a challenge has 2 to 20 classes",
            where=path,
            found=f"{len(spelled)} in the column {clean(lines[0].cells[place])}",
            expected=f"{FEWEST_CLASSES} to {MOST_CLASSES}",
            do="name the column of classes Label",
        )
    return [min(spelled[key], key=lambda w: (-spelled[key][w], w)) for key in _sorted(spelled)]


def _label_column(path: Path, lines: list[Line]) -> int:
    """By its name; of two columns the one beside the cases."""
    words = [column_word(clean(cell)) for cell in lines[0].cells]
    named = [i for i, word in enumerate(words) if word in LABEL_NAMES]
    cases = [i for i, word in enumerate(words) if word in CASE_NAMES]
    if not named and len(words) == 2 and len(cases) == 1:
        named = [1 - cases[0]]
    if len(named) != 1 or not cases:
        raise DataError(
            "label file has no header that names cases and labels",
            where=path,
            found=", ".join(lines[0].cells)[:80],
            expected="Study,Label",
            do="put Study,Label on the first line, and split where there are several sets",
        )
    return named[0]


def _sorted(keys: dict[str, Counter[str]]) -> list[str]:
    whole = all(_WHOLE.fullmatch(key) for key in keys)
    return sorted(keys, key=int) if whole else sorted(keys)


def likely_misspelt(cases: Mapping[str, int], few: int) -> list[tuple[str, str]]:
    """Classes of fewer cases than `few`, each with the larger class that it may be misspelt for.

    Names that differ in digits alone, such as `type 1` and `type 2`, are meant as they are.
    """
    found = []
    for name, count in cases.items():
        larger = {
            class_form(other): other
            for other, cases_there in cases.items()
            if cases_there > count and _letters(other) != _letters(name)
        }
        if count < few and (alike := get_close_matches(class_form(name), larger, 1, _ALIKE)):
            found.append((name, larger[alike[0]]))
    return found


def _letters(name: str) -> str:
    return re.sub(r"\d", "", class_form(name))
