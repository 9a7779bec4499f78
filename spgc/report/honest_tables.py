"""Tables of a ranking's uncertainty in the terminal, with a reading guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from spgc.board.honest import Honest, RowStanding
from spgc.board.pairs import MOST_GROUPS
from spgc.board.resampling import DRAWS
from spgc.report.board_tables import rank_text, set_title, team_text
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC

HONEST_TITLE = "Rank uncertainty. "
HONEST_COLUMNS = ("Team", "Accuracy", "Rank 95%", "Best %", "May be best", "Alike", "Apart", "Open")
HONEST_ALIGN = ("left", "right", "right", "right", "left", "left", "right", "right")


def honest_title(honest: Honest) -> str:
    challenge = honest.standings[0].row.challenge
    return HONEST_TITLE + set_title(honest.set_name, challenge, own=honest.own)


def honest_cells(one: RowStanding) -> list[str]:
    """A row's cells in the order of `HONEST_COLUMNS`."""
    return [
        team_text(one.row),
        hits(one.row.accuracy),
        rank_text(one.ranks),
        f"{100 * one.top:.0f}",
        one.may_be_best,
        one.groups or ABSENT,
        str(one.apart),
        str(one.undetermined),
    ]


def honest_table(honest: Honest) -> Table:
    """All rows of a set, challenge and later, with what can be said of each."""
    own = [one.row for one in honest.standings if one.row.own]
    synthetic = any(row.foreign == SYNTHETIC for row in own)
    table = plain_table(honest_title(honest), synthetic=synthetic)
    for name, align in zip(HONEST_COLUMNS, HONEST_ALIGN, strict=True):
        right = align == "right"
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "Team")
    for one in honest.standings:
        first, *rest = honest_cells(one)
        table.add_row(name_text(first), *rest, style="bold green" if one.row.yours else "")
    return table


HOW_TITLE = "How to read the rank uncertainty"

HOW_TO_READ = (
    "Rank 95% and Best %: rank among all rows of the table and share of first places, in "
    f"{DRAWS:,} draws of other patients of the same kind. Rows marked * (and yours) get the same "
    "patients in each draw; all others are independent, from their own shares, because their "
    "predictions per patient are unpublished. A row without a miss gets none in a draw either.",
    "May be best: no, if an exact one-sided McNemar test finds a rival better at 5 % divided by "
    "the number of rivals; undetermined, if that depends on unpublished predictions. The best "
    "system is "
    "ruled out on at most 1 of 20 such boards.",
    "Alike: among rows with public predictions, those with a common letter do not differ "
    "significantly (exact McNemar test, Holm's correction).",
    "Apart and Open: number of rows that differ significantly, and of undetermined rows (their "
    "predictions are unpublished), by the same test with Holm's correction; pairs with public "
    "predictions are corrected among themselves, and so are the bounds of the others.",
    "Corrected: accuracy minus the average amount by which the best of a draw exceeds its own "
    "true share.",
)


OWN_HOW_TO_READ = (
    "Rank 95% and Best %: rank and share of first places in draws of other patients of the same "
    f"kind, the same for all rows: {DRAWS:,}, fewer for more than 500 patients. A row without a "
    "miss gets none in a draw either.",
    HOW_TO_READ[1].replace("; undetermined, if that depends on unpublished predictions.", "."),
    "Alike: rows with a common letter do not differ significantly (exact McNemar test, Holm's "
    "correction). Apart: number of rows that differ significantly.",
    HOW_TO_READ[4],
)
"""The same for a board on labels of the user's own, where every answer is known."""


def how_to_read(*, own: bool) -> Sequence[str]:
    """The reading guide; own: of a board on labels of the user's own."""
    return OWN_HOW_TO_READ if own else HOW_TO_READ


def honest_findings(honest: Honest) -> Iterator[str]:
    """What the table says, in words."""
    best = [one for one in honest.standings if one.may_be_best != "no"]
    sure = [one for one in best if one.may_be_best == "yes"]
    unsure = f", and {len(best) - len(sure)} undetermined" if len(best) > len(sure) else ""
    yield (
        f"{len(sure)} of {len(honest.standings)} may be the best (95 %){unsure}: {_names(sure)}."
    )
    won = honest.winner
    if won is not None:
        names = " and ".join(map(printable, won.teams))
        teams = honest.standings[0].row.challenge.ranking.teams or 0
        printed = " that are printed" if won.rivals + 1 < teams and not honest.own else ""
        field = f"{won.rivals + 1} {'systems' if honest.own else 'teams'}{printed}"
        yield (
            f"{names} had the highest accuracy of {field}: {won.right}/{won.patients} "
            f"= {percent(won.right / won.patients)} %. Corrected for picking the best (winner's "
            "curse): "
            f"{percent(won.corrected)} % ({percent_range(won.interval)}, bootstrap)."
        )
    if not honest.grouped:
        yield (
            f"Alike is left out: there are more than {MOST_GROUPS} groups of systems that do not "
            "differ significantly."
        )


def _names(standings: Sequence[RowStanding]) -> str:
    return ", ".join(printable(one.row.team) for one in standings)
