"""Arithmetic of a whole leaderboard: rows by themselves, then the tables against each other."""

from __future__ import annotations

from collections.abc import Sequence

from spgc.scoring.audit_rows import Finding, audit_row
from spgc.scoring.audit_sets import audit_tables, lowest_printed
from spgc.scoring.claims import Claim
from spgc.scoring.group import OVERALL


def audit(claims: Sequence[Claim]) -> list[Finding]:
    """Everything that does not add up, row by row, then across the tables of each team."""
    findings = [finding for claim in claims for finding in audit_row(claim)]
    teams: dict[tuple[str, str], dict[str, Claim]] = {}
    for claim in claims:
        teams.setdefault((claim.group, claim.team), {}).setdefault(claim.set_name, claim)
    lowest = lowest_printed(claims)
    for sets in teams.values():
        if OVERALL in sets and len(sets) > 1:
            findings += audit_tables(sets, lowest)
    return findings
