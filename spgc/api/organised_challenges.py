"""A challenge of one's own: `make_challenge`, `check_challenge`, `challenge_page`, `rank_teams`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.boards import LeaderboardResult
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.challenge.challenge_file import read_challenge
from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.contract.limits import MAX_SEED
from spgc.errors import UsageError
from spgc.organising.check_challenge import ChallengeCheck
from spgc.organising.check_challenge import check as find_faults
from spgc.organising.new_challenge import MOST_PUBLIC, NewChallenge
from spgc.organising.new_challenge import init as make
from spgc.organising.participants_page import participants_page
from spgc.organising.ranking_of_teams import TeamBoards
from spgc.organising.ranking_of_teams import rank_teams as rank_files
from spgc.scoring.arguments import whole_number

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class ChallengeResult(Shown):
    """A challenge that was made in `folder`; `challenge` is what other calls take."""

    folder: Path
    challenge: Challenge

    def _line(self) -> str:
        sets = ", ".join(f"{one.name} {one.size}" for one in self.challenge.sets.values())
        return f"Challenge {self.challenge.title} in {self.folder}: {sets}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.challenge_tables import challenge_line

        return [challenge_line(self.challenge, self.folder)]

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per set."""
        return [{"set": one.name, "cases": one.size} for one in self.challenge.sets.values()]

    def as_dict(self) -> dict[str, Any]:
        from spgc.report.challenge_tables import challenge_document

        return challenge_document(self.challenge, self.folder)


def make_challenge(
    folder: str | Path,
    labels: str | Path,
    *,
    title: str = "My challenge",
    public_share: float = 0.0,
    seed: int = 0,
) -> ChallengeResult:
    """Make a challenge from a label file, as `spgc challenge init` does.

    folder: new or empty; public/ in it is for participants, private/ stays with you. labels: a CSV
    with Study,Label for each case, and a column split if there are several sets. public_share: of
    each class, 0 to 0.9, whose results are shown during the challenge; 0 for one set. seed: of that
    division.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (place / "labels.csv").write_text("Study,Label\\na,rose\\nb,tulip\\nc,rose\\n")
    >>> made = spgc.make_challenge(place / "flowers", place / "labels.csv", title="Flowers")
    >>> made.challenge.names
    ('rose', 'tulip')
    >>> spgc.score({"a": "rose", "b": "rose", "c": "rose"}, challenge=place / "flowers")
    <Score test 2/3>

    Raises UsageError for a folder that holds something, DataError for labels that can't be read.
    """
    if not (isinstance(public_share, int | float) and 0 <= public_share <= MOST_PUBLIC):
        raise UsageError(
            "public_share is no share that can be shown",
            found=repr(public_share),
            expected=f"0 to {MOST_PUBLIC}",
        )
    seed = whole_number("seed", seed, 0, MAX_SEED)
    place = Path(folder)
    made = make(place, NewChallenge(Path(labels), title, float(public_share), seed))
    return ChallengeResult(place, made)


class ChallengeCheckResult(Shown, ChallengeCheck):
    """What a check of a challenge found: `good` when it can open, and all `findings`."""

    def __bool__(self) -> bool:
        return self.good

    def _line(self) -> str:
        word = "can open" if self.good else "is not ready"
        return f"Challenge {self.challenge.title} {word}: {len(self.findings)} findings"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.challenge_tables import check_lines

        return check_lines(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per finding."""
        return [one.as_dict() for one in self.findings]


def check_challenge(folder: str | Path) -> ChallengeCheckResult:
    """Check a challenge before it opens, as `spgc challenge check` does.

    folder: of the challenge. Looks for missing labels, files for participants that hold labels,
    case IDs that name the class, and how many labels the submissions that it allows give away.
    `if spgc.check_challenge(...):` asks whether nothing has to be corrected.

    >>> import spgc
    >>> spgc.check_challenge("no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: ...

    Raises DataError for a folder without a challenge.
    """
    return shown(ChallengeCheckResult, find_faults(Path(folder)))


def challenge_page(challenge: Challenge | str | Path) -> str:
    """The page for participants as Markdown, as `spgc challenge page` prints it.

    challenge: its folder or file. What to send, classes, sets, ranking, limits and dates.

    >>> import spgc
    >>> spgc.challenge_page("no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: ...

    Raises DataError for a folder without a challenge.
    """
    known = challenge if isinstance(challenge, Challenge) else read_challenge(Path(challenge))
    return participants_page(known)


@dataclass(frozen=True, repr=False)
class TeamsResult(Shown, TeamBoards):
    """Teams ranked: `final`, `public` where some sets are not, `counted` files, `refused` ones."""

    files: tuple[Path, ...] = ()

    def _line(self) -> str:
        lost = f"; {len(self.refused)} files refused" if self.refused else ""
        return f"Ranking of {len(self.counted)} teams in {self.challenge.title}{lost}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.challenge_tables import boards_parts

        return boards_parts(self)

    def _html(self) -> str:
        from spgc.report.page.blocks import board_block

        return board_block(self.final.views, self.refused)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per team and set, of the final board."""
        return LeaderboardResult(self.final.views, challenge=self.challenge)._rows()


def rank_teams(
    submissions: str | Path,
    challenge: Challenge | str | Path,
    *,
    out: str | Path | None = None,
) -> TeamsResult:
    """Rank a folder of submissions of a challenge, as `spgc challenge score` does.

    submissions: a folder of TEAM.csv and TEAM--2.csv, or of one folder per team. challenge: as
    `spgc.score` takes it. out: a folder for the boards as HTML and CSV. Of each team its last or
    its best submission counts, as the challenge says; a file that can't be scored is in `refused`
    and doesn't stop the others.

    >>> import spgc
    >>> spgc.rank_teams("submissions", "no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: ...

    Raises DataError for a folder without submissions, or a challenge that lacks its truth.
    """
    boards = rank_files(challenge_given(challenge), Path(submissions))
    if out is None:
        return shown(TeamsResult, boards)
    from spgc.report.page.written_boards import write_boards

    return shown(TeamsResult, boards, files=write_boards(boards, Path(out)))
