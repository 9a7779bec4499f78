"""Paper, code and architecture of the teams on the leaderboard, as far as they are published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from spgc.board.published_folder import published_folder
from spgc.challenge.definition import Challenge
from spgc.errors import LeaderboardError
from spgc.files.json_documents import parse_json, read_limited

TEAMS = "teams.json"

MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class TeamFacts:
    """One team: what its system is, and where it is described; None where nothing was found.

    link: address of the paper; code: address of a repository; basis: what the architecture is
    known from.
    """

    team: str
    architecture: str
    paper: str
    venue: str
    year: int
    link: str | None
    code: str | None
    basis: str


def team_facts(challenge: Challenge) -> Mapping[str, TeamFacts]:
    """Every team of a challenge that is described, by its name on the leaderboard.

    Raises LeaderboardError for a file of another form.
    """
    folder = published_folder(challenge)
    place = None if folder is None else folder / TEAMS
    return read_team_facts(place) if place is not None and place.is_file() else {}


def read_team_facts(path: Path) -> Mapping[str, TeamFacts]:
    """Facts of each team in `path`. Raises LeaderboardError for a file of another form.

    Links are of https alone: they stand in pages that people open.
    """
    names = {one.name for one in fields(TeamFacts)}
    try:
        listed = parse_json(read_limited(path, MAX_BYTES))["teams"]
        found = [TeamFacts(**one) for one in listed if set(one) == names]
        links = [link for one in found for link in (one.link, one.code) if link is not None]
        if len(found) != len(listed) or not all(link.startswith("https://") for link in links):
            raise ValueError("a team with other fields")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LeaderboardError(
            "facts of the teams can't be read",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected=f"teams with {', '.join(sorted(names))}",
        ) from error
    return {one.team: one for one in found}
