"""What a challenge's check found, and which submission of each team counts, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spgc.challenge.definition import Challenge
from spgc.organising.check_challenge import ChallengeCheck, ChallengeFinding
from spgc.organising.ranking_of_teams import CountedFile, TeamBoards
from spgc.report.result_parts import board_parts, refused_parts
from spgc.report.score_tables import name_text, plain_table

_STYLES = {"wrong": "bold red", "doubtful": "yellow", "fact": "dim"}


def challenge_line(made: Challenge, folder: Path) -> Text:
    """Where a new challenge is, with its classes and sets."""
    sets = ", ".join(f"{one.name} {one.size}" for one in made.sets.values())
    return name_text(f"Wrote {folder}: {len(made.classes)} classes; cases: {sets}.")


def challenge_document(made: Challenge, folder: Path) -> dict[str, Any]:
    """The same as plain values."""
    sizes = {one.name: one.size for one in made.sets.values()}
    facts = {"folder": str(folder), "title": made.title, "classes": list(made.names)}
    return {"schema": "spgc-challenge-init/1", **facts, "sets": sizes}


def check_lines(made: ChallengeCheck) -> Iterator[Text]:
    """The verdict, then a line per finding, what is wrong first."""
    verdict = "can open" if made.good else "is not ready"
    yield name_text(f"{made.challenge.title}: {verdict}", "bold")
    yield from finding_lines(made.findings)


def finding_lines(findings: Sequence[ChallengeFinding]) -> Iterator[Text]:
    """One line per finding, what is wrong first."""
    for weight, style in _STYLES.items():
        for one in findings:
            if one.weight == weight:
                yield Text.assemble((f"{weight}: ", style), name_text(one.what))


def boards_parts(boards: TeamBoards) -> Iterator[RenderableType]:
    """The board of the public sets, where it is another one, the final board, and what counted."""
    if boards.public is not None:
        yield Text("Public part", "bold")
        yield from board_parts(boards.public.views)
        yield Text("All ranked sets", "bold")
    yield from board_parts(boards.final.views)
    yield counted_table(boards.counted)
    yield from refused_parts(boards.refused)


def counted_table(counted: Sequence[CountedFile]) -> Table:
    """Which file of each team counts, of how many that could be scored."""
    table = plain_table("Submissions that count")
    table.add_column("Team", overflow="fold")
    table.add_column("File", overflow="fold")
    table.add_column("Scored", justify="right", no_wrap=True)
    for one in counted:
        table.add_row(name_text(one.team), name_text(one.path.name), str(one.scored))
    return table
