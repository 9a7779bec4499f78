"""Ambiguous columns: two that could both be the answers, or the cases; only the author knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from spgc.challenge.word_forms import (
    INDEX_NAMES,
    LABEL_NAMES,
    NO_LABELS,
    PREDICTION_NAMES,
    TRUTH_NAMES,
    column_word,
)
from spgc.data.case_names import spelling_key
from spgc.submissions.case_matching import Finder
from spgc.submissions.lines import Line, clean
from spgc.submissions.problems import Findings, shown
from spgc.submissions.reading_rules import Reading
from spgc.submissions.shares import number

_ENOUGH = 100
"""Rows by which a column of numbers is told from one of words."""


def refuse_other_labels(
    label: int,
    others: Sequence[int],
    words: Sequence[str],
    body: Sequence[Line],
    reading: Reading,
    findings: Findings,
) -> None:
    """Refuse a file in which one of `others` may as well be the answers as the column `label`.

    words: names of all columns, none without a header. A column called like labels is compared
    cell by cell. Any other counts where most of its cells are classes: not beside a column that is
    called a prediction, and beside one that is called Label, which may be the truth, not where it
    says itself that it is the truth, or holds numbers, which may count anything.
    """
    word = words[label] if words else ""
    if word not in LABEL_NAMES:
        refuse_two_labels(label, others, body, reading, findings, named=False)
        return
    called = [i for i in others if words[i] in LABEL_NAMES]
    refuse_two_labels(label, called, body, reading, findings, named=True)
    _refuse_other_words(label, called, body, reading, findings)
    if word not in PREDICTION_NAMES:
        rest = [i for i in others if i not in called and words[i] not in TRUTH_NAMES]
        rest = [i for i in rest if not _hold_numbers(_cells(i, body[:_ENOUGH]))]
        refuse_two_labels(label, rest, body, reading, findings, named=False)


def _hold_numbers(cells: Sequence[str]) -> bool:
    return 2 * sum(number(cell) is not None for cell in cells) > len(cells)


def _refuse_other_words(
    label: int,
    others: Sequence[int],
    body: Sequence[Line],
    reading: Reading,
    findings: Findings,
) -> None:
    """Refuse a file in which one of `others`, called like labels, holds other words or codes.

    Numbers with a fraction are scores, beside which labels may stand.
    """

    def is_other(text: str) -> bool:
        if text.lower() in NO_LABELS or reading.class_of(text) is not None:
            return False
        value = number(text)
        return value is None or value.is_integer()

    for other in others:
        cells = _cells(other, body)
        odd = [i for i, cell in enumerate(cells) if is_other(cell)]
        if 2 * len(odd) > len(body):
            row = odd[0]
            findings.refused(
                "two-label-columns",
                "two columns of labels, one of them in other words",
                line=body[row].number,
                found=f"{shown(_cells(label, body[row : row + 1])[0])} and {shown(cells[row])}",
                expected="one column of labels",
                fix="keep only your prediction; --labels says what other words mean",
            )
            return


def refuse_two_labels(
    label: int,
    others: Sequence[int],
    body: Sequence[Line],
    reading: Reading,
    findings: Findings,
    *,
    named: bool,
) -> None:
    """Refuse a file in which one of `others` holds another class than the column of labels.

    named: whether the columns are labels by their names; others are only where most cells are.
    """

    def class_in(cell: str) -> str | None:
        return reading.class_of(clean(cell))

    if found := _disagreement(label, others, body, class_in, 0 if named else 0.5):
        findings.refused(
            "two-label-columns",
            "two columns of labels that disagree",
            line=found[0],
            found=found[1],
            expected="one column of labels",
            fix="keep only your prediction",
        )


def refuse_two_cases(
    case: int, others: Sequence[int], body: Sequence[Line], finder: Finder, findings: Findings
) -> None:
    """Refuse a file in which one of `others` holds other known cases than the column of cases."""

    def case_in(cell: str) -> str | None:
        return finder.find(clean(cell)) if finder.sure(clean(cell)) else None

    if found := _disagreement(case, others, body, case_in, 0.5):
        findings.refused(
            "two-case-columns",
            "two columns of case IDs that disagree",
            line=found[0],
            found=found[1],
            expected="one column of case IDs",
            fix="keep only the case that is covered",
        )


def refuse_one_name(
    chosen: int,
    twins: Sequence[int],
    body: Sequence[Line],
    finder: Finder,
    findings: Findings,
) -> None:
    """Refuse a file in which a column of the same name as the one of cases holds anything else."""

    def meaning(cell: str) -> str | None:
        return finder.find(clean(cell)) or clean(cell) or None

    if found := _disagreement(chosen, twins, body, meaning, 0):
        findings.refused(
            "two-case-columns",
            "two columns of one name that disagree",
            line=found[0],
            found=found[1],
            expected="one column of case IDs",
            fix="keep only the case that is covered",
        )


def refuse_rival(
    case: int,
    others: Sequence[int],
    called: Collection[int],
    names: Sequence[str],
    body: Sequence[Line],
    findings: Findings,
) -> None:
    """Refuse a file of cases that nobody knows where one of `others` could as well be their IDs.

    called: the columns that are called like case IDs; names: those of all columns. A column that is
    not called so is a rival where each row has a value of its own; beside one that is, only where
    both share a value, so that a submission could mean either, and it doesn't just count the rows,
    or where it is an index of words, which is how pandas writes case IDs.
    """
    ids = _cells(case, body)
    for other in others:
        cells = _cells(other, body)
        if not any(cells) or cells == ids:
            continue
        rival = other in called
        if not rival and _one_for_each(cells, body):
            index = column_word(names[other]) in INDEX_NAMES and not _hold_numbers(cells)
            shared = _share(cells, ids) and not _count_rows(cells)
            rival = case not in called or shared or index
        if rival:
            row = next(i for i, (one, two) in enumerate(zip(ids, cells, strict=True)) if one != two)
            findings.refused(
                "two-case-columns",
                f"{shown(names[case])} and {shown(names[other])} could both be the case IDs",
                line=body[row].number,
                found=f"{shown(ids[row])} and {shown(cells[row])}",
                expected="one column of case IDs",
                fix="keep one of them, or call only the right one Study",
            )
            return


def _cells(place: int, body: Sequence[Line]) -> list[str]:
    return [clean(line.cells[place]) if place < len(line.cells) else "" for line in body]


def _one_for_each(cells: Sequence[str], body: Sequence[Line]) -> bool:
    """Whether no two rows share a cell, but for rows that are the same altogether."""
    return all(cells) and len(set(cells)) == len({tuple(line.cells) for line in body})


def _share(cells: Iterable[str], ids: Iterable[str]) -> bool:
    return not {spelling_key(cell) for cell in cells}.isdisjoint(map(spelling_key, ids))


def _count_rows(cells: Sequence[str]) -> bool:
    """Whether the cells are 0, 1, 2 ... or 1, 2, 3 ... from the first row on."""
    return any(
        list(cells) == [str(number) for number in range(start, start + len(cells))]
        for start in (0, 1)
    )


def _disagreement(
    chosen: int,
    others: Sequence[int],
    body: Sequence[Line],
    meaning: Callable[[str], str | None],
    least: float,
) -> tuple[int, str] | None:
    """The first line where one of `others` means something else than `chosen`, and both.

    least: the share of rows, of which more have to mean something in the other column.
    """
    for other in others:
        pairs = [
            (line.number, meaning(line.cells[chosen]), two)
            for line in body
            if max(other, chosen) < len(line.cells) and (two := meaning(line.cells[other]))
        ]
        unlike = next((pair for pair in pairs if pair[1] and pair[1] != pair[2]), None)
        if unlike and len(pairs) > least * len(body):
            return unlike[0], f"{unlike[1]} and {unlike[2]}"
    return None
