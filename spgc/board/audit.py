"""Consistency of a printed leaderboard: rows by themselves, then tables against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spgc.board.audit_rows import AuditFinding, audit_row
from spgc.board.audit_sets import audit_tables, lowest_printed
from spgc.board.board_rows import BoardRow
from spgc.board.claims import Claim
from spgc.challenge.definition import Challenge


def audit(claims: Sequence[Claim], challenge: Challenge) -> list[AuditFinding]:
    """Everything that does not add up, row by row, then across the tables of each team."""
    overall = challenge.overall
    findings = [finding for claim in claims for finding in audit_row(claim)]
    teams: dict[tuple[str, str], dict[str, Claim]] = {}
    for claim in claims:
        teams.setdefault((claim.group, claim.team), {}).setdefault(claim.set_name, claim)
    lowest = lowest_printed(claims)
    for sets in teams.values():
        if overall is not None and overall.name in sets and len(sets) > 1:
            findings += audit_tables(sets, overall, lowest)
    return findings


def settled_by(findings: Iterable[AuditFinding], rows: Iterable[BoardRow]) -> list[AuditFinding]:
    """The findings, with what is right where `rows` were scored from published answers.

    What merely follows for such a row is left out: it is known.
    """
    scored = {(row.team, row.set_name): row for row in rows if row.answers}
    return [
        _settled(finding, scored)
        for finding in findings
        if finding.contradiction or (finding.team, finding.set_name) not in scored
    ]


def _settled(finding: AuditFinding, scored: Mapping[tuple[str, str], BoardRow]) -> AuditFinding:
    rows = [scored.get((finding.team, name)) for name in finding.set_name.split("+")]
    if not finding.contradiction or None in rows:
        return finding
    told = "; ".join(f"{row.set_name} {_hits(row)}" for row in rows if row)
    what = f"{finding.what}. Resolved by published predictions: {told}"
    return replace(finding, what=what, repairs=(), settled=True)


def _hits(row: BoardRow) -> str:
    pairs = zip(row.hits, row.cases, strict=True)
    return ", ".join("–" if hits is None else f"{hits}/{size}" for hits, size in pairs)
