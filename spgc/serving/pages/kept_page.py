"""The leaderboard's page, made once for each state of the tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

from spgc.serving.desk import Desk
from spgc.serving.page_views import BoardView, ChallengeView
from spgc.serving.pages.site_pages import leaderboard_page


class KeptPage:
    """The page of the desk's tables: hundreds of teams take a quarter of a second to write out.

    It is written again when the challenge, the tables or the day (UTC) are others.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._kept: tuple[ChallengeView, tuple[BoardView, ...], date, str] | None = None

    def text(self) -> str:
        """The page as it is now; called from several threads, the last one's is kept."""
        challenge, boards = self.desk.challenge(), self.desk.boards()
        today, kept = datetime.now(UTC).date(), self._kept
        if kept is not None and kept[1] is boards and (kept[0], kept[2]) == (challenge, today):
            return kept[3]
        text = leaderboard_page(challenge, boards)
        self._kept = (challenge, boards, today, text)
        return text
