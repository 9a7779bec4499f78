"""Consistency across tables: a team's rows on single sets against its row on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from spgc.board.audit_rows import AuditFinding, Repair, adds_up, row_repairs, span
from spgc.board.claims import Cell, Claim
from spgc.challenge.definition import Pool


def lowest_printed(claims: Iterable[Claim]) -> dict[tuple[str, str], int]:
    """Lowest total of each table's unbroken top list, by group and set."""
    tables: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        tables.setdefault((claim.group, claim.set_name), []).append(claim)
    lowest = {}
    for key, rows in tables.items():
        totals = [
            row.total.fitting()[0]
            for row in rows
            if row.total and row.total.fitting() and (row.position or 0) <= len(rows)
        ]
        if totals:
            lowest[key] = min(totals)
    return lowest


def audit_tables(
    sets: Mapping[str, Claim],
    pool: Pool,
    lowest: Mapping[tuple[str, str], int] | None = None,
) -> list[AuditFinding]:
    """A team's overall row against its rows on single sets.

    Classes that the sets together pin down have to agree; where one set alone is not printed, the
    row that follows for it is reported.
    """
    overall = sets.get(pool.name)
    parts = {name: sets[name] for name in pool.sets if name in sets}
    if overall is None or not parts or not _readable([overall, *parts.values()]):
        return []
    findings = []
    for i, cell in enumerate(overall.classes):
        if cell is not None:
            findings += _class_against_tables(i, cell, overall, parts)
    if findings:
        return findings + _together(findings, parts)
    if len(parts) == len(pool.sets) - 1:
        return _implied_row(overall, parts, lowest or {}, pool)
    return []


def _readable(claims: Iterable[Claim]) -> bool:
    cells = [cell for claim in claims for cell in (*claim.classes, claim.total) if cell is not None]
    return all(cell.fitting() for cell in cells)


def _class_against_tables(
    position: int, whole: Cell, overall: Claim, parts: Mapping[str, Claim]
) -> list[AuditFinding]:
    known = {
        name: cell for name, claim in parts.items() if (cell := claim.classes[position]) is not None
    }
    rest = whole.size - sum(cell.size for cell in known.values())
    low = sum(cell.fitting()[0] for cell in known.values())
    high = sum(cell.fitting()[-1] for cell in known.values()) + rest
    wanted = whole.fitting()
    if not known or (low <= wanted[-1] and wanted[0] <= high):
        return []
    what = (
        f"{whole.name}: {' and '.join(known)} give {span(low, high)} of {whole.size}, "
        f"{overall.set_name} says {span(wanted[0], wanted[-1])}"
    )
    repairs = _table_repairs(whole, overall, {name: parts[name] for name in known}, position)
    return [AuditFinding("tables", overall.team, "+".join(known), what, tuple(repairs))]


def _table_repairs(
    whole: Cell, overall: Claim, known: Mapping[str, Claim], position: int
) -> Iterable[Repair]:
    """Single cells that reconcile the tables, given that all others stand."""
    cells = {name: cell for name, claim in known.items() if (cell := claim.classes[position])}
    rest = whole.size - sum(cell.size for cell in cells.values())
    total = sum(cell.fitting()[0] for cell in cells.values())
    for name, cell in cells.items():
        others = total - cell.fitting()[0]
        for patients in range(cell.size + 1):
            if patients + others <= whole.fitting()[0] <= patients + others + rest:
                yield Repair(name, cell.name, patients, cell.size, adds_up(known[name]))
    for patients in range(total, min(whole.size, total + rest) + 1):
        yield Repair(overall.set_name, whole.name, patients, whole.size, adds_up(overall))


def _together(findings: Sequence[AuditFinding], parts: Mapping[str, Claim]) -> list[AuditFinding]:
    """Where a row adds up badly and a table repair touches it: what the repair leaves to do."""
    made = []
    for finding in findings:
        for repair in finding.repairs:
            claim = parts.get(repair.set_name)
            if claim is None or adds_up(claim):
                continue
            mended = _with(claim, repair)
            rest = [r for r in row_repairs(mended) if r.cell != repair.cell]
            what = f"with {repair} the row adds up"
            if not adds_up(mended):
                what = f"with {repair}, as the tables demand, one more cell has to change"
            left = () if adds_up(mended) else tuple(rest)
            made.append(
                AuditFinding(
                    "together", claim.team, claim.set_name, what, left, contradiction=False
                )
            )
    return made


def _with(claim: Claim, repair: Repair) -> Claim:
    cells = tuple(
        Cell(cell.name, Fraction(repair.patients), None, cell.size)
        if cell is not None and cell.name == repair.cell
        else cell
        for cell in claim.classes
    )
    return replace(claim, classes=cells)


def _implied_row(
    overall: Claim,
    parts: Mapping[str, Claim],
    lowest: Mapping[tuple[str, str], int],
    pool: Pool,
) -> list[AuditFinding]:
    """What is left for the one set that isn't printed."""
    (missing,) = [name for name in pool.sets if name not in parts]
    left = []
    for i, cell in enumerate(overall.classes):
        if cell is None:
            return []
        others = [other for claim in parts.values() if (other := claim.classes[i]) is not None]
        hits = cell.fitting()[0] - sum(other.fitting()[0] for other in others)
        left.append((cell.name, hits, cell.size - sum(other.size for other in others)))
    total, scans = sum(hits for _, hits, _ in left), sum(size for _, _, size in left)
    text = ", ".join(f"{name} {hits}/{size}" for name, hits, size in left if size)
    what = f"the unprinted row would be {text}, {total}/{scans} in all"
    what += _by_totals(overall, parts, total)
    floor = lowest.get((overall.group, missing))
    if floor is not None and total >= floor:
        where = "level with" if total == floor else "above"
        what += f"; that is {where} the lowest row printed ({floor}/{scans}), yet it is not there"
    return [AuditFinding("implied", overall.team, missing, what, contradiction=False)]


def _by_totals(overall: Claim, parts: Mapping[str, Claim], by_cells: int) -> str:
    """What the printed totals leave for the set, where that differs from what the cells leave."""
    totals = [claim.total for claim in parts.values()]
    if overall.total is None or any(total is None for total in totals):
        return ""
    left = overall.total.fitting()[0] - sum(t.fitting()[0] for t in totals if t is not None)
    return "" if left == by_cells else f" (by the totals {left})"
