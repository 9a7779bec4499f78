"""The pages as text: what each template is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spgc.files.csv_text import csv_text, no_formula
from spgc.report.page.render import render
from spgc.serving.page_views import BoardView, ChallengeView, ReceiptView, TeamView
from spgc.serving.pages import page_words
from spgc.serving.pages.page_assets import SITE, assets
from spgc.serving.request_body import MAX_SUBMISSION
from spgc.version import __version__


def leaderboard_page(challenge: ChallengeView, boards: Sequence[BoardView]) -> str:
    """All tables that may be shown now."""
    return _page("site_board.html.j2", challenge, "/", boards=boards)


def take_part_page(challenge: ChallengeView, server: str) -> str:
    """Form of a submission and how to send one; server: the address that the browser used."""
    return _page("site_challenge.html.j2", challenge, "/challenge", server=server)


def sign_in_page(challenge: ChallengeView, problem: str | None = None) -> str:
    """The form that takes a token."""
    return _page("site_sign_in.html.j2", challenge, "/team", problem=problem)


def team_page(
    team: TeamView,
    receipt: ReceiptView | None = None,
    *,
    chosen: bool = False,
    problems: Sequence[str] = (),
    text: str = "",
) -> str:
    """A team's own page.

    receipt, chosen: what the last form brought about; problems: why it was refused; text: what
    stood in it.
    """
    return _page(
        "site_team.html.j2",
        team.challenge,
        "/team",
        team=team,
        receipt=receipt,
        chosen=chosen,
        problems=problems,
        text=text,
    )


def problem_page(heading: str, lines: Sequence[str]) -> str:
    """Why an address or a form can't be answered; it needs nothing that might be broken."""
    return _page("site_error.html.j2", None, "", heading=heading, lines=lines)


def board_csv(boards: Sequence[BoardView]) -> str:
    """All tables as one, for spreadsheets; names of teams are never taken for formulas."""
    rows: list[list[object]] = [
        ["table", "rank", "team", "baseline", "correct", "cases", "value", "low", "high", "alike"]
    ]
    for board in boards:
        for row in board.rows:
            low, high = row.interval or ("", "")
            scored = [row.hits, row.cases, row.value] if row.hits is not None else ["", "", ""]
            name = [board.part, row.rank or "", no_formula(row.team), row.baseline]
            rows.append([*name, *scored, low, high, row.groups or ""])
    return csv_text(rows)


def _page(template: str, challenge: ChallengeView | None, here: str, **content: Any) -> str:
    return render(
        template,
        SITE,
        challenge=challenge,
        name=challenge.title if challenge else "Leaderboard",
        here=here,
        assets=assets(),
        say=page_words,
        most_bytes=MAX_SUBMISSION,
        version=__version__,
        **content,
    )
