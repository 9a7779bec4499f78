"""`spgc serve export`: rows in the form of `leaderboard/`, one JSON document each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.board.board_rows import CHALLENGE, LATER, board_sets
from spgc.serving.damage import damage_told
from spgc.serving.page_views import BoardRowView, BoardView
from spgc.serving.part_counts import final_parts, part_results
from spgc.serving.served_challenge import Served
from spgc.serving.served_desk import ServedDesk


@dataclass(frozen=True)
class ExportedRow:
    """One row: the table and the team, and its document.

    part: of the server, or the challenge's own set or pool that it is.
    """

    part: str
    team: str
    document: dict[str, Any]

    @property
    def group(self) -> str:
        """Folder of published results that it belongs in."""
        return str(self.document["group"])


def exported_rows(path: Path) -> list[ExportedRow]:
    """The rows of all tables that may be shown now; teams without a score have none.

    Raises DataError for a file that is none of a served challenge.
    """
    with closing(ServedDesk(path)) as desk, damage_told(path):
        return [row for board in desk.boards() for row in _rows(board, desk.served)]


def _rows(board: BoardView, served: Served) -> Iterator[ExportedRow]:
    for row in board.rows:
        if row.hits is not None:
            document = _document(row, board, served)
            yield ExportedRow(str(document["set"]), row.team, document)


def _document(row: BoardRowView, board: BoardView, served: Served) -> dict[str, Any]:
    names = served.challenge.names
    sizes = part_results(served.sizes, board.part, served)
    hits = {name: row.sensitivity[name][0] if name in row.sensitivity else None for name in names}
    known = [one for one in hits.values() if one is not None]
    rates = {name: h / n if n and h is not None else None for (name, h), n in _pairs(hits, sizes)}
    return {
        "team": row.team,
        "group": LATER if row.baseline else CHALLENGE,
        "set": _set_name(board, served),
        "splits": _sets(board, served),
        "set_certain": True,
        "source": {
            "citation": board.challenge.title,
            "doi": None,
            "place": f"spgc serve, {board.title}",
        },
        "position_printed": int(row.rank.rstrip("=")) if row.rank else None,
        "cases": dict(zip(names, sizes, strict=True)),
        "reported": {"accuracy": row.hits / row.cases if row.hits is not None else None}
        | ({"sensitivity": rates} if known else {})
        | {"hits": hits, "total_hits": row.hits},
        "follows": {
            "hits": hits,
            "total_hits": row.hits,
            "sum_of_hits": sum(known) if known else None,
        },
        "doubt": None,
        "note": "baseline" if row.baseline else None,
    }


def _pairs(
    hits: dict[str, int | None], sizes: tuple[int, ...]
) -> Iterator[tuple[tuple[str, int | None], int]]:
    yield from zip(hits.items(), sizes, strict=True)


def _set_name(board: BoardView, served: Served) -> str:
    """The challenge's own set or pool that the table is of; the part, where cases were drawn."""
    inside = set(_sets(board, served))
    if not served.drawn:
        for name, sets in board_sets(served.challenge).items():
            if set(sets) == inside:
                return name
    return board.part


def _sets(board: BoardView, served: Served) -> list[str]:
    """The challenge's sets that have a case in the table."""
    parts = final_parts(served) if board.part == "final" else (board.part,)
    return list(dict.fromkeys(name for part in parts for name in served.sizes[part]))
