"""The leaderboard in the terminal: fits 80 columns, folds below, complete when piped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from spgc.board.board_rows import LATER, BoardRow
from spgc.board.ranking import Placed
from spgc.board.views import View
from spgc.challenge.definition import Challenge
from spgc.data.manifests import OWN_SPLIT
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import hits, percent, percent_range
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_BOARD, marked_row

LATER_TITLE = "Later results, not ranked. "


def set_title(set_name: str, challenge: Challenge, *, own: bool = False) -> str:
    """What a set is, and which table of the paper prints it; own: on labels of the user's own."""
    if own and challenge.shipped:
        return (
            "Your own labels"
            if set_name == OWN_SPLIT
            else f"{printable(set_name)} (your own labels)"
        )
    if set_name in challenge.pools:
        return challenge.pools[set_name].heading
    split = challenge.sets.get(set_name)
    if split is None or split.title == set_name:
        return printable(set_name)
    where = "" if split.paper_table == "–" else f"; paper: {split.paper_table}"
    return f"{split.title.capitalize()} ({set_name}{where})"


def board_heading(challenge: Challenge, *, own: bool) -> str:
    """What a page of a board is called; own: without published rows."""
    if own and challenge.shipped:
        return "Leaderboard on your own labels"
    if own or challenge.short is None:
        return f"Leaderboard: {challenge.title}"
    return f"{challenge.short} leaderboard"


def measured_on(challenge: Challenge) -> str:
    """What published rows are measured on, up to their intervals."""
    whose = challenge.title if challenge.short is None else f"the {challenge.title}"
    return f"Accuracy on the test sets of {whose}"


TEAM_WIDTH = 8
"""Columns that a team's name gets at least; a longer one is folded."""


@dataclass(frozen=True)
class BoardTable:
    """Rows of one set: in columns where these fit, else three lines for each row.

    ranks: false for results that stand outside the ranking.
    """

    set_name: str
    placed: Sequence[Placed]
    ranks: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = self._wide()
        natural = Measurement.get(console, options.update(max_width=1000), wide).maximum
        longest = max(cell_len(team_text(entry.row)) for entry in self.placed)
        spare = max(longest - TEAM_WIDTH, 0)
        yield wide if natural - spare <= options.max_width else self._narrow()

    @property
    def _intervals(self) -> bool:
        return self.ranks and has_intervals(self.placed)

    @property
    def _synthetic(self) -> bool:
        """Whether all of it is: among published rows the marked row alone is."""
        return any(p.row.own and p.row.foreign == SYNTHETIC for p in self.placed)

    @property
    def _challenge(self) -> Challenge:
        return self.placed[0].row.challenge

    def _empty(self) -> Table:
        size = max(sum(p.row.cases) for p in self.placed)
        outside = "" if self.ranks else LATER_TITLE
        own = any(p.row.own for p in self.placed)
        title = set_title(self.set_name, self._challenge, own=own)
        what = "scans" if self._challenge.shipped else "cases"
        table = plain_table(f"{outside}{title}, {size} {what}", synthetic=self._synthetic)
        if self.ranks:
            table.add_column("#", justify="right", no_wrap=True)
        return table

    def _wide(self) -> Table:
        table = self._empty()
        if self._intervals:
            table.add_column("# 95%", justify="right", no_wrap=True)
        table.add_column("Team", overflow="fold")
        for name in ("Accuracy", "%", "95% CI", *self._challenge.names):
            table.add_column(name, justify="right", no_wrap=True)
        for entry in self.placed:
            leading: list[RenderableType] = [entry.mark] if self.ranks else []
            if self._intervals:
                leading.append(rank_range(entry))
            table.add_row(*leading, *row_cells(entry.row), style=_style(entry))
        return table

    def _narrow(self) -> Table:
        """Below the team: the intervals of rank and rate, then right answers per class."""
        table = self._empty()
        intervals = "# 95%; 95% CI" if self._intervals else "95% CI"
        table.add_column(f"Team\n{intervals}\n{', '.join(self._challenge.names)}", overflow="fold")
        for name in ("Accuracy", "%"):
            table.add_column(name, justify="right", no_wrap=True)
        for entry in self.placed:
            team, right, rate, interval, *classes = row_cells(entry.row)
            both = f"{rank_range(entry)}; {interval}" if self._intervals else f"{interval}"
            below = Text(f"{both}\n{', '.join(map(str, classes))}")
            leading: list[RenderableType] = [entry.mark] if self.ranks else []
            table.add_row(*leading, Group(team, below), right, rate, style=_style(entry))
        return table


def _style(entry: Placed) -> str:
    return "bold green" if entry.row.yours else ""


def has_intervals(placed: Sequence[Placed]) -> bool:
    """Whether a table of these rows has the column of rank intervals."""
    return bool(placed) and all(entry.interval for entry in placed)


def rank_range(entry: Placed) -> str:
    """`2–10`, or nothing where rank intervals don't apply."""
    return rank_text(entry.interval) if entry.interval else ""


def rank_text(interval: tuple[int, int]) -> str:
    """`2–10`, or `1` for a range of one."""
    low, high = interval
    return f"{low}–{high}" if low != high else f"{low}"


def row_cells(row: BoardRow) -> list[RenderableType]:
    """Team, right answers, rate, exact interval, right answers per class."""
    classes = [_class_cell(row, i) for i in range(len(row.cases))]
    return [
        name_text(team_text(row)),
        hits(row.accuracy),
        percent(row.accuracy.value),
        percent_range(row.accuracy.exact),
        *classes,
    ]


def team_text(row: BoardRow) -> str:
    """The team's name with its marks: `?` doubt, `*` published answers, an arrow the user's own."""
    team = printable(row.team)
    if row.yours:
        return f"▶ {team}{' ' + row.foreign if row.foreign else ''}"
    return f"{team}{' *' if row.answers else ''}{' ?' if row.doubt else ''}"


def _pairing(view: View) -> str:
    """Which rows were given the same patients for the rank intervals, and which were not."""
    apart = (
        "from each row's own shares; teams are taken as independent, because their predictions per "
    )
    if sum(bool(placed.row.scored) for placed in view.ranked) > 1:
        return (
            "Rows with predictions per patient (marked * and ▶) get the same patients; all others "
            "are "
            "independent, from their own shares, because their predictions per patient are "
            "unpublished."
        )
    return f"They are drawn {apart}patient are unpublished but for rows marked *."


def _class_cell(row: BoardRow, position: int) -> str:
    return hits(row.sensitivity(position))


def _own_notes(rows: Sequence[BoardRow]) -> Iterator[str]:
    """What a reader has to know of a board on labels of the user's own."""
    for row in rows:
        if row.note:
            yield printable(f"{row.team}: {row.note}.")
    if any(row.foreign == SYNTHETIC for row in rows):
        yield SYNTHETIC_BOARD
    challenge = rows[0].challenge
    if challenge.shipped:
        yield "Scored on your own labels and ranked against each other; = marks a tie."
        return
    rule, first = challenge.ranking.rule, challenge.ranking.tie_break
    listed = f", whose rows are listed by {first} sensitivity" if first else ""
    yield f"{challenge.title}: ranked by {rule}; = marks a tie{listed}."


def board_notes(view: View) -> Iterator[str]:
    """What a reader has to know to trust the table: doubts, inferences, what is unpublished."""
    set_name, rows = view.set_name, view.rows
    if view.own:
        yield from _own_notes(rows)
        return
    for row in rows:
        if row.doubt:
            yield printable(f"? {row.team}: {row.doubt}.")
    for row in rows:
        if row.note:
            yield printable(f"{row.team}: {row.note}.")
    if any(row.answers for row in rows):
        yield "* scored here per scan, from published predictions (leaderboard/answers)."
    split = view.challenge.sets.get(set_name)
    if split is not None and split.note != "–":
        yield f"{set_name}: {split.note}."
    if has_intervals(view.ranked):
        yield (
            "The column # 95% is the 95 % interval of the rank over resampled patients. "
            f"{_pairing(view)}"
        )
    some_left_out = view.challenge.ranking.teams is not None
    later = all(row.group == LATER for row in rows)
    if split is not None and split.ranked and some_left_out and not later:
        yield "The paper prints only the top teams of each set; a rank below them is a range."
    if any(row.yours for row in rows):
        yield (
            "▶ is your row: its rank in brackets is the one it would have had; the teams keep "
            "theirs."
        )
    for mark in dict.fromkeys(row.foreign for row in rows if row.foreign):
        on = "phantoms" if mark == SYNTHETIC else "scans of your own"
        yield marked_row(mark, on)
