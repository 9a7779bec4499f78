"""Consistency of one printed row: its rates fit whole patients and sum to its total.

The idea is that of the GRIM test (Brown and Heathers, Soc. Psychol. Personal. Sci. 2017, 8, 363):
a mean of whole numbers can't take any value. Here the classes have to sum to the total as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from spgc.board.claims import TOTAL, Cell, Claim

Kind = Literal["no-count", "sum", "tables", "together", "implied"]


@dataclass(frozen=True)
class Repair:
    """One cell with another number of patients that would make the figures agree."""

    set_name: str
    cell: str
    patients: int
    size: int
    breaks_row: bool = False
    """The row adds up as printed and would no longer."""

    def __str__(self) -> str:
        return f"{self.cell} {self.patients}/{self.size}"


@dataclass(frozen=True)
class AuditFinding:
    """What is wrong with a row. `contradiction` is False for what merely follows.

    settled: what was printed is still wrong, but published answers say what is right.
    """

    kind: Kind
    team: str
    set_name: str
    what: str
    repairs: tuple[Repair, ...] = ()
    contradiction: bool = True
    settled: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The finding and its repairs; the test set of each under `set`."""
        return {
            **_named_set(asdict(self)),
            "repairs": [*map(_named_set, map(asdict, self.repairs))],
        }


def _named_set(facts: dict[str, Any]) -> dict[str, Any]:
    return {"set" if name == "set_name" else name: value for name, value in facts.items()}


def audit_row(claim: Claim) -> list[AuditFinding]:
    """Cells that fit no number of patients, and classes that can't sum to the total."""
    cells = [cell for cell in (*claim.classes, claim.total) if cell is not None]
    impossible = [cell for cell in cells if not cell.fitting()]
    if impossible:
        return [_no_count(claim, cell) for cell in impossible]
    if claim.total is None or adds_up(claim):
        return []
    repairs = tuple(row_repairs(claim))
    low, high = _sum_range(claim)
    fitting = claim.total.fitting()
    sums, totals = span(low, high), span(fitting[0], fitting[-1])
    what = f"classes sum to {sums} of {claim.total.size}, the total says {totals}"
    return [AuditFinding("sum", claim.team, claim.set_name, what, repairs)]


def span(low: int, high: int) -> str:
    """`79`, or `78 to 80`."""
    return f"{low}" if low == high else f"{low} to {high}"


def _no_count(claim: Claim, cell: Cell) -> AuditFinding:
    what = f"{cell.name} {cell.printed} fits no whole number of {cell.size} patients"
    return AuditFinding("no-count", claim.team, claim.set_name, what)


def _ranges(claim: Claim) -> list[tuple[int, int]]:
    """Fewest and most right answers per class; 0 to all where nothing is printed."""
    made = []
    for cell, size in zip(claim.classes, claim.sizes, strict=True):
        fitting = cell.fitting() if cell is not None else (0, size)
        made.append((fitting[0], fitting[-1]))
    return made


def _sum_range(claim: Claim) -> tuple[int, int]:
    ranges = _ranges(claim)
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def adds_up(claim: Claim) -> bool:
    """Some fitting numbers of the classes sum to a fitting total; True without a total."""
    if claim.total is None:
        return True
    # What fits a cell is an unbroken run of whole numbers, so the sums are one too.
    low, high = _sum_range(claim)
    return any(low <= total <= high for total in claim.total.fitting())


def row_repairs(claim: Claim) -> Iterable[Repair]:
    """Each cell in turn: the numbers that would make the row add up, all others as printed."""
    if claim.total is None:
        return
    totals = claim.total.fitting()
    ranges = _ranges(claim)
    whole_low, whole_high = _sum_range(claim)
    for cell, (low, high) in zip(claim.classes, ranges, strict=True):
        if cell is None:
            continue
        fewest, most = totals[0] - (whole_high - high), totals[-1] - (whole_low - low)
        for patients in range(max(0, fewest), min(cell.size, most) + 1):
            yield Repair(claim.set_name, cell.name, patients, cell.size)
    for patients in range(whole_low, min(whole_high, claim.total.size) + 1):
        yield Repair(claim.set_name, TOTAL, patients, claim.total.size)
