"""Score the published answers again and compare the figures of the leaderboard with frozen ones.

Counts, intervals, exact p and ranks that follow from real answers of real systems are frozen in one
JSON file. A change to the scorer, the tests or the answers that moves one of them is seen at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.board.board_rows import BoardRow, board_sets
from spgc.board.published_board import published_board
from spgc.board.ranking import Placed
from spgc.board.views import View, make_views, with_honesty
from spgc.challenge.definition import Challenge
from spgc.errors import DataError
from spgc.files.json_documents import read_json
from spgc.files.whole import write_text
from spgc.gate.baseline import baselines_dir

SCHEMA = "spgc-published/1"
FILE = "published-answers.json"

MOST_NAMED = 8
"""Changed figures that are named; the rest is counted."""

_DIGITS = 9
"""Decimals kept: processors differ in the last digits of a logarithm."""


def published_path() -> Path:
    """The frozen figures that come with spgc."""
    return baselines_dir() / FILE


def figures(challenge: Challenge) -> dict[str, Any]:
    """Every figure that follows from the published answers, by set and then by team or pair."""
    board = published_board(challenge)
    views = with_honesty(make_views(board, list(board_sets(challenge))), board)
    sets = {view.set_name: _set(view) for view in views if any(row.scored for row in view.rows)}
    return {"schema": SCHEMA, "sets": sets}


def _set(view: View) -> dict[str, Any]:
    placed = [(p, p in view.ranked) for p in (*view.ranked, *view.later) if p.row.scored]
    made: dict[str, Any] = {"rows": {p.row.team: _row(p, ranked=ranked) for p, ranked in placed}}
    if view.honest is None:
        return made
    honest = view.honest.as_dict()
    made["standings"] = {one.pop("team"): _rounded(one) for one in honest["standings"]}
    made["winner"] = _rounded(honest["winner"])
    made["pairs"] = {
        f"{one.pop('a')} / {one.pop('b')}": _rounded(one)
        for one in honest["pairs"]
        if one["basis"] == "exact"
    }
    return made


def _row(placed: Placed, *, ranked: bool) -> dict[str, Any]:
    row: BoardRow = placed.row
    return {
        "right": row.total_hits,
        "by_class": list(row.hits),
        "scans": list(row.cases),
        "exact": _rounded(list(row.accuracy.exact or ())),
        "wilson": _rounded(list(row.accuracy.wilson or ())),
        "rank": placed.label if ranked else None,
        "rank_interval": list(placed.interval) if placed.interval else None,
        "wrong": sorted(scan.case for scan in row.scored if not scan.right),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


def write_published(challenge: Challenge, path: Path | None = None) -> list[str]:
    """Freeze today's figures, all or nothing; what changed against the file that was there."""
    path = published_path() if path is None else path
    now = figures(challenge)
    changed = list(changes(_read(path), now)) if path.is_file() else []
    write_text(path, json.dumps(now, indent=1, ensure_ascii=False) + "\n")
    return changed


def check_published(challenge: Challenge, path: Path | None = None) -> tuple[str, ...]:
    """One line for each figure that is not the frozen one, at most `MOST_NAMED` and a count.

    Raises DataError when the file is missing or is not what it should be.
    """
    before = _read(published_path() if path is None else path)
    found = list(changes(before, figures(challenge)))
    more = len(found) - MOST_NAMED
    rest = (f"{more} more figures of the published predictions changed",) if more > 0 else ()
    return (*found[:MOST_NAMED], *rest)


def _read(path: Path) -> Any:
    try:
        document = read_json(path)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "can't read the stored figures of the published predictions",
            where=path,
            found=str(error)[:200],
            expected=SCHEMA,
            do="spgc regress --update makes them again",
        ) from error
    return document


def changes(before: Any, now: Any) -> Iterator[str]:
    """Figures that differ between two documents, each with its place in them."""
    was, new = dict(_leaves(before)), dict(_leaves(now))
    for place in dict.fromkeys((*was, *new)):
        old, today = was.get(place, "absent"), new.get(place, "absent")
        if not _same(old, today):
            yield f"published predictions, {', '.join(place)}: was {old}, now {today}"


def _leaves(document: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(document, Mapping):
        for key, part in document.items():
            yield from _leaves(part, (*place, str(key)) if key != "sets" else place)
    else:
        yield place, document


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Sequence) and isinstance(new, Sequence) and not isinstance(old, str):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, float) or isinstance(new, float):
        numbers = isinstance(old, int | float) and isinstance(new, int | float)
        return numbers and math.isclose(old, new, rel_tol=1e-6, abs_tol=1e-8)
    return bool(old == new)
