"""The disclosure budget in the terminal: what scores give away, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spgc.disclosure.advice import advice, how_counted
from spgc.disclosure.budget import Budget
from spgc.disclosure.leaks import CorrectRange, Leak
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import ABSENT
from spgc.text.printable import printable

_ATTACKS = {"vote": "Vote", "solver": "Solver", "climb": "Climb"}
"""Simulated attacks as the table of one kind of feedback names them."""


def budget_parts(budget: Budget) -> Iterator[RenderableType]:
    """The table, what its columns are, how it was counted, and advice."""
    yield _table(budget_title(budget), budget_columns(budget), budget_rows(budget))
    for line in budget_notes(budget):
        yield Text(printable(line), "dim")
    for line in advice(budget):
        yield Text(printable(line))


def budget_title(budget: Budget) -> str:
    """Of the table; with one kind of feedback it is named."""
    head = f"What scores give away of {budget.hidden.cases:,} labels"
    kinds = budget.feedbacks
    if len(kinds) == 1:
        return f"{head}: {kinds[0].value}"
    return head


def budget_columns(budget: Budget) -> list[str]:
    """Kinds of feedback, or the attacks where there is one kind."""
    if len(budget.feedbacks) > 1:
        return ["Submissions", *(one.value for one in budget.feedbacks)]
    return ["Submissions", "Certain", *map(_title, _attacks(budget)), "Beyond chance"]


def _title(attack: str) -> str:
    return _ATTACKS.get(attack, attack)


def budget_rows(budget: Budget) -> list[list[str]]:
    """One row for each number of submissions."""
    by_kind = [budget.of(feedback) for feedback in budget.feedbacks]
    rows = zip(*by_kind, strict=True)
    if len(by_kind) > 1:
        return [[f"{row[0].submissions:,}", *map(_cell, row)] for row in rows]
    return [_detail(row[0], _attacks(budget)) for row in rows]


def _cell(leak: Leak) -> str:
    return f"{_range(leak.correct)} ({leak.certain:,})"


def _range(found: CorrectRange) -> str:
    low, high = f"{found.low:,.0f}", f"{found.high:,.0f}"
    return low if low == high else f"{low}–{high}"


def _attacks(budget: Budget) -> list[str]:
    """Those that are simulated, of a budget with one kind of feedback."""
    return [name for name in budget.leaks[0].attacks if name in _ATTACKS]


def _detail(leak: Leak, attacks: Sequence[str]) -> list[str]:
    cells = [f"{leak.attacks[one].mean:.1f} ({_range(leak.attacks[one])})" for one in attacks]
    return [f"{leak.submissions:,}", f"{leak.certain:,}", *cells, f"{100 * leak.gained:.0f} %"]


def budget_notes(budget: Budget) -> Iterator[str]:
    """What is shown back, what the cells are, and how the numbers were made."""
    yield "Shown: " + "; ".join(f"{one.value}: {one.said}" for one in budget.feedbacks) + "."
    if len(budget.feedbacks) > 1:
        yield "Cells: labels that an attacker has (known for certain)."
    yield from how_counted(budget)


LADDER_TITLE = "What the ladder shows"
LADDER_COLUMNS = ("Submission", "Shown")


def ladder_parts(names: Sequence[str], scores: Sequence[int | None]) -> Iterator[RenderableType]:
    """What the ladder shows for each submission."""
    yield _table(LADDER_TITLE, LADDER_COLUMNS, ladder_rows(names, scores))


def ladder_rows(names: Sequence[str], scores: Sequence[int | None]) -> list[list[str]]:
    """A dash where a score is held back."""
    return [
        [name, ABSENT if score is None else f"{score:,}"]
        for name, score in zip(names, scores, strict=True)
    ]


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = plain_table(title)
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for first, *rest in rows:
        table.add_row(name_text(first), *rest)
    return table
