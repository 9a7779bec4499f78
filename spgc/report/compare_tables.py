"""Comparison tables in the terminal: flips, and the result of the test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from spgc.board.bounds import EXACT, Bound
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.paired import Comparison, Flip, Paired
from spgc.scoring.printed import hundredfold
from spgc.text.printable import printable

_VERDICT_STYLES = {"separable": "green", "not separable": "", "undetermined": "yellow"}


MOST_FLIPS = 1000
"""Rows of a table of flips: more are read by no one, and each takes a terminal milliseconds."""


def flips_table(result: Comparison, a: str, b: str) -> Table:
    """Every patient whom the two call differently, the first `MOST_FLIPS` of them."""
    title = flips_title(result)
    if len(result.flips) > MOST_FLIPS:
        title += f", the first {MOST_FLIPS} here, all with --json"
    table = plain_table(title, synthetic=_synthetic(result))
    for name in ("Case", "Set", "True class"):
        table.add_column(name, no_wrap=True)
    table.add_column(name_text(a), overflow="fold")
    table.add_column(name_text(b), overflow="fold")
    table.add_column("Correct", no_wrap=True)
    for flip in result.flips[:MOST_FLIPS]:
        table.add_row(*map(name_text, flip_cells(flip, a, b)))
    return table


def flips_title(result: Comparison) -> str:
    count = len(result.flips)
    return f"{count} patient{'' if count == 1 else 's'} with different predictions"


def flip_cells(flip: Flip, a: str, b: str) -> list[str]:
    """Case, set, truth, both answers, and which of the systems called `a` and `b` is right."""
    right = {"only a": a, "only b": b, "both wrong": "neither"}
    return [flip.case, flip.split, flip.truth, flip.a, flip.b, right[flip.kind]]


def _synthetic(result: Comparison) -> bool:
    return any(group.synthetic for group in result.groups)


def paired_table(result: Comparison, a: str, b: str) -> Table:
    """Right answers of both, discordant pairs, difference with interval, exact p."""
    title = f"{b} minus {a}, exact McNemar test"
    table = plain_table(title, synthetic=_synthetic(result))
    table.add_column("Set", no_wrap=True)
    for name in ("Scans", a, b, f"only {a}", f"only {b}"):
        table.add_column(name_text(name), justify="right", overflow="fold")
    for name in PAIRED_NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    for group in result.groups:
        table.add_row(*map(name_text, paired_cells(group)))
    return table


PAIRED_NUMBERS = ("Diff %", "95% CI", "p")
"""Columns after the counts."""


def paired_cells(group: Paired) -> list[str]:
    """Set, scans, right answers of both and of each alone, difference, interval and p."""
    low, high = group.interval
    return [
        group.name,
        str(group.patients),
        str(group.right_a),
        str(group.right_b),
        str(group.only_a),
        str(group.only_b),
        f"{hundredfold(group.difference):+.1f}",
        f"{hundredfold(low):+.1f} to {hundredfold(high):+.1f}",
        p_text(group.p),
    ]


def p_text(p: float) -> str:
    """`0.031`, and `<0.001` below that."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def settling_lines(result: Comparison, a: str, b: str) -> Iterator[Text]:
    """In words: significant, or how many more patients are needed for 80 % power."""
    for group in result.groups:
        yield name_text(f"{group.name}: {_settling(group, a, b)}")


def _settling(group: Paired, a: str, b: str) -> str:
    if group.settled:
        better = b if group.only_b > group.only_a else a
        p = p_text(group.p)
        sign = "" if p.startswith("<") else "= "
        return f"significant at the 5 % level: {better} has the higher accuracy (p {sign}{p})."
    if group.only_a == group.only_b:
        return "no difference: each alone is correct on the same number of patients."
    if group.needed is None:
        return (
            "not significant; more than 10,000 patients needed for 80 % power at this difference."
        )
    more = max(0, group.needed - group.patients)
    if more == 0:
        return "not significant, although this many patients give 80 % power for this difference."
    return (
        f"not significant; about {more:,} more patients ({group.needed:,} in total) needed for "
        "80 % power if these shares hold."
    )


def bounds_tables(bounds: Sequence[Bound]) -> Iterator[Table]:
    """One table per set: the exact p against every row, or its lowest and highest value."""
    for name in dict.fromkeys(bound.set_name for bound in bounds):
        rows = sorted_bounds(bounds, name)
        first = rows[0]
        table = plain_table(bounds_title(first))
        team, *numbers, basis, verdict = BOUNDS_COLUMNS
        table.add_column(team, overflow="fold")
        for head in numbers:
            table.add_column(head, justify="right", no_wrap=True)
        table.add_column(basis, no_wrap=True)
        table.add_column(verdict, no_wrap=True)
        for bound in rows:
            cells = map(name_text, bound_cells(bound))
            table.add_row(*cells, style=_VERDICT_STYLES[bound.verdict])
        yield table


def sorted_bounds(bounds: Sequence[Bound], set_name: str) -> list[Bound]:
    """Those of one set, the row with most right answers first."""
    inside = (bound for bound in bounds if bound.set_name == set_name)
    return sorted(inside, key=lambda bound: -bound.theirs)


def bounds_title(first: Bound) -> str:
    """Of the table of one set, by its first row."""
    share = f"{first.yours}/{first.patients}"
    return f"{first.set_name}: your accuracy {share}; Diff: yours minus theirs"


BOUNDS_COLUMNS = ("Team", "Accuracy", "Diff", "Only you", "p", "By", "Verdict")


def bound_cells(bound: Bound) -> list[str]:
    """A row of the table against the published rows, as text."""
    low, high = bound.only_yours
    only = f"{low}" if low == high else f"{low}–{high}"
    return [
        bound_team(bound),
        str(bound.theirs),
        f"{bound.difference:+d}",
        only,
        p_range_text(bound),
        bound.basis,
        bound.verdict,
    ]


def bound_team(bound: Bound) -> str:
    """The team with its marks, as on the leaderboard."""
    exact = " *" if bound.basis == EXACT else ""
    return f"{bound.team}{exact}{' ?' if bound.doubt else ''}"


def p_range_text(bound: Bound) -> str:
    """`0.031`, or `0.002–0.210` where counts alone are known."""
    low, high = p_text(bound.lowest_p), p_text(bound.highest_p)
    return low if low == high else f"{low}–{high}"


def bounds_notes(bounds: Sequence[Bound]) -> Iterator[Text]:
    """How to read the table."""
    if any(bound.basis == EXACT for bound in bounds):
        yield Text(
            "* exact: the team's predictions are published per scan; exact McNemar test.",
            "dim",
        )
    yield Text(
        "bound: the team's predictions per patient are unpublished; its correct counts per class "
        "bound the exact McNemar p. The p values are not corrected for multiple comparisons.",
        "dim",
    )
    doubtful = (bound for bound in bounds if bound.set_note and not bound.set_certain)
    for name, note in dict.fromkeys((bound.set_name, bound.set_note) for bound in doubtful):
        yield Text(printable(f"{name}: {note}."), "dim")
    if any(bound.doubt for bound in bounds):
        yield Text("? Inconsistent row: only its printed total was used.", "dim")
