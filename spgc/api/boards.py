"""`spgc.leaderboard`: the published rows with the user's among them, or a board of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import challenge_of_truth, labels_of, named_files
from spgc.api.shown import Plot, Shown, can_draw
from spgc.board.own_board import OwnBoard, Refused, own_board, submission_files
from spgc.board.published_board import published_board
from spgc.board.ranking import Placed
from spgc.board.views import View, make_views, set_named, views_document, with_honesty, your_rows
from spgc.errors import UsageError
from spgc.submissions.reading_rules import reading_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge
    from spgc.files.standard_input import GivenFile


@dataclass(frozen=True, repr=False)
class LeaderboardResult(Shown):
    """Tables of the leaderboard, one for each set; refused: answers that have no row, and why.

    challenge: whose classes and sets they are; own: a board without published rows.
    """

    views: tuple[View, ...]
    refused: tuple[Refused, ...] = ()
    challenge: Challenge = field(kw_only=True)
    own: bool = False

    def _line(self) -> str:
        sets = ", ".join(f"{view.set_name} {len(view.rows)} rows" for view in self.views)
        lost = f"; {len(self.refused)} refused" if self.refused else ""
        return f"Leaderboard: {sets or 'no rows'}{lost}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.result_parts import board_parts, refused_parts

        return [*board_parts(self.views), *refused_parts(self.refused)]

    def _html(self) -> str:
        from spgc.report.page.blocks import board_block

        return board_block(self.views, self.refused)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [
            _row(view.set_name, placed, ranked=placed in view.ranked)
            for view in self.views
            for placed in (*view.ranked, *view.later)
        ]

    def as_dict(self) -> dict[str, Any]:
        if self.own:
            return OwnBoard(self.views, self.refused).as_dict()
        return views_document(self.views)

    def to_csv(self) -> str:
        """One line per row, as `--format csv` prints it."""
        from spgc.report.board_formats import to_csv

        return to_csv(self.views, self.challenge)

    def to_html(self) -> str:
        """The leaderboard as one self-contained page that sorts and filters."""
        from spgc.report.page.pages import board_page

        return board_page(self.views, self.challenge)

    def to_markdown(self) -> str:
        """The tables as Markdown."""
        from spgc.report.board_formats import to_markdown

        return to_markdown(self.views)

    def to_latex(self) -> str:
        """The tables as LaTeX; the packages that they need stand above them."""
        from spgc.report.board_formats import to_latex

        return to_latex(self.views)

    def plot(self) -> Plot:
        """Accuracies with exact intervals. Raises MissingExtraError without matplotlib."""
        can_draw()
        from spgc.report.interval_figures import board_figure

        return Plot(board_figure(self.views))


def _row(set_name: str, placed: Placed, *, ranked: bool) -> dict[str, Any]:
    row, rate = placed.row, placed.row.accuracy
    low, high = rate.exact or (None, None)
    best, worst = placed.interval or (None, None)
    rights = {f"right_{name}": n for name, n in zip(row.challenge.names, row.hits, strict=True)}
    return {
        "set": set_name,
        "rank": placed.best if ranked and placed.best == placed.worst else None,
        "rank_best": placed.best if ranked else None,
        "rank_worst": placed.worst if ranked else None,
        "rank_low": best if ranked else None,
        "rank_high": worst if ranked else None,
        "team": row.team,
        "yours": row.yours,
        "accuracy": rate.value,
        "accuracy_low": low,
        "accuracy_high": high,
        "right": rate.hits,
        "cases": rate.total,
        **rights,
        "doubt": row.doubt,
    }


def leaderboard(
    answers: str | Path | Sequence[str | Path] | Mapping[str, GivenAnswers] | None = None,
    truth: GivenLabels = None,
    *,
    split: str | None = None,
    sort: str = "accuracy",
    honest: bool = False,
    name: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> LeaderboardResult:
    """Rank systems, as `spgc leaderboard` does: among the published rows, or on labels of your own.

    answers: a file, several, or a name for each system with its file, mapping or DataFrame;
    without it the published rows alone. truth: labels of your own, as `spgc.score` takes them: then
    the systems are ranked among themselves, and what can't be scored is `refused` while the others
    go on. split: the set to show, or "all". sort: accuracy, a class in lower case or team; ranks do
    not change. honest: add the rank uncertainty; a board on your own labels always has it. name: of
    the row where all files are one system's. labels, argmax, challenge: as `spgc.score` takes them;
    in a challenge without published rows systems are ranked among themselves.

    >>> import spgc
    >>> truth = {"P1": "cap", "P2": "cap", "P3": "normal"}
    >>> systems = {"net": truth, "baseline": {"P1": "cap", "P2": "normal", "P3": "normal"}}
    >>> board = spgc.leaderboard(systems, truth)
    >>> [(placed.label, placed.row.team) for placed in board.views[0].ranked]
    [('1', 'net'), ('2', 'baseline')]

    Raises SubmissionError when answers can't have a row among the published ones, UsageError for
    an unknown set or order.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, challenge=known)
    named = named_files(answers, known)
    manifest = labels_of(truth, reading)
    board = () if manifest.own_truth else published_board(known)
    if not board:
        named = named if isinstance(answers, Mapping) else _below(named, truth)
        if not named:
            expected = "answers, where there are no published rows"
            raise UsageError("no system to rank", expected=expected)
        names = list(named) if isinstance(answers, Mapping) else None
        made = own_board(list(named.values()), manifest, reading, split, sort, names=names)
        return LeaderboardResult(made.views, made.refused, challenge=known, own=True)
    if isinstance(answers, Mapping):
        rows = [r for n, one in named.items() for r in your_rows([one], manifest, n, reading)]
    else:
        rows = your_rows(list(named.values()), manifest, name, reading)
    views = make_views(board, set_named(split, rows, known), rows, sort)
    views = with_honesty(views, board) if honest else views
    return LeaderboardResult(tuple(views), challenge=known)


def _below(named: Mapping[str, GivenFile], truth: object) -> dict[str, GivenFile]:
    """The files, and the .csv files of the folders among them, but not the truth itself."""
    where = Path(truth) if isinstance(truth, str | Path) else None
    paths = [one for one in named.values() if isinstance(one, Path)]
    return {str(path): path for path in submission_files(paths, where)}
