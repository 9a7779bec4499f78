"""Tables of agreement in the terminal: scans that all fail, lone systems, Cohen's kappa."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from spgc.board.agreement import Agreement, AnsweredScan, Kappa
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import ABSENT
from spgc.text.printable import printable

_BAR = 8
_WITH_BAR, _WITH_COUNTS = 5, 8
"""Most systems for which 80 columns hold the bar, and the counts of scans that few have right."""
_WEAK = 0.5
"""Mean share of right systems below which a class of a set stands out."""


def agreement_parts(made: Agreement) -> Iterator[Table | Text]:
    """Everything, the systems' numbers first."""
    yield Text(_summary(made))
    yield Text.assemble(("Systems: ", "bold"), printable(_legend(made)))
    yield parts_table(made)
    if made.missed_by_all:
        yield _missed_table(made)
    if made.only_one_right:
        yield _alone_table(made)
    yield kappa_table(made)
    if made.foreign:
        yield Text(f"{made.foreign}: not the challenge's patients.", "dim")


def _legend(made: Agreement) -> str:
    return ", ".join(f"{i} {system_text(made, i - 1)}" for i in range(1, len(made.systems) + 1))


def system_text(made: Agreement, position: int) -> str:
    """A system's name, the user's with an arrow."""
    return f"{'▶ ' if position in made.yours else ''}{made.systems[position]}"


def parts_table(made: Agreement) -> Table:
    """By set and true class: right answers of each system, and of all on average as a bar."""
    table = plain_table(
        f"Correct predictions by set and true class, systems 1 to {len(made.systems)}"
    )
    table.add_column("Set", no_wrap=True)
    table.add_column("Class", no_wrap=True)
    table.add_column("Scans", justify="right", no_wrap=True)
    for i in range(1, len(made.systems) + 1):
        table.add_column(str(i), justify="right", no_wrap=True)
    count = len(made.systems)
    for name in ("None", "One", "All") if count <= _WITH_COUNTS else ():
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Mean", no_wrap=True)
    for split, truth, scans in made.parts():
        rights = [sum(i in scan.right for scan in scans) for i in range(len(made.systems))]
        share = sum(rights) / (len(scans) * len(made.systems))
        counts = Counter(len(scan.right) for scan in scans)
        few = [counts[0], counts[1], counts[count]] if count <= _WITH_COUNTS else []
        bar = "█" * round(_BAR * share) if count <= _WITH_BAR else ""
        table.add_row(
            name_text(split),
            truth,
            str(len(scans)),
            *map(str, [*rights, *few]),
            f"{100 * share:3.0f} % {bar}".rstrip(),
            style="yellow" if share < _WEAK else "",
        )
    return table


def _missed_table(made: Agreement) -> Table:
    table = plain_table(f"Missed by all: {_scans(len(made.missed_by_all))}")
    for name in ("Case", "Set", "True", "Predicted"):
        table.add_column(name, no_wrap=True)
    for scan in made.missed_by_all:
        calls = Counter(scan.answers).most_common()
        called = ", ".join(f"{name} by {count}" for name, count in calls)
        table.add_row(name_text(scan.case), name_text(scan.split), scan.truth, called)
    return table


def _alone_table(made: Agreement) -> Table:
    table = plain_table(f"Correct in one system only: {_scans(len(made.only_one_right))}")
    for name in ("Case", "Set", "True"):
        table.add_column(name, no_wrap=True)
    table.add_column("Correct", overflow="fold")
    for scan in made.only_one_right:
        who = name_text(system_text(made, scan.right[0]))
        table.add_row(name_text(scan.case), name_text(scan.split), scan.truth, who)
    return table


def _scans(count: int) -> str:
    return f"{count} scan{'' if count == 1 else 's'}"


def kappa_table(made: Agreement) -> Table:
    """Cohen's kappa of every two systems; 1 is full agreement, 0 what chance gives."""
    table = plain_table("Cohen's kappa")
    table.add_column("System", overflow="fold")
    for i in range(1, len(made.systems) + 1):
        table.add_column(str(i), justify="right", no_wrap=True)
    known = {frozenset((k.a, k.b)): k for k in made.kappas}
    for i in range(len(made.systems)):
        cells = [_kappa_text(known.get(frozenset((i, j)))) for j in range(len(made.systems))]
        table.add_row(name_text(f"{i + 1} {system_text(made, i)}"), *cells)
    return table


def _kappa_text(kappa: Kappa | None) -> str:
    return "" if kappa is None else ABSENT if kappa.value is None else f"{kappa.value:.2f}"


def _summary(made: Agreement) -> str:
    weakest = min(made.parts(), key=lambda part: _mean(part[2]))
    split, truth, scans = weakest
    share = _mean(scans) / len(made.systems)
    return (
        f"Of {len(made.scans)} scans {sum(len(s.right) == len(made.systems) for s in made.scans)} "
        f"are correct in all {len(made.systems)} systems, {len(made.missed_by_all)} in none, "
        f"{len(made.only_one_right)} in one. Weakest: {truth} of {split}, {100 * share:.0f} % "
        "correct on average."
    )


def _mean(scans: list[AnsweredScan]) -> float:
    return sum(len(scan.right) for scan in scans) / len(scans)
