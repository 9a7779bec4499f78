"""Files of a comparison of systems: rivals.md, rivals.csv, and rivals.json for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from spgc.board.board_rows import BoardRow
from spgc.files.csv_text import csv_text, no_formula
from spgc.files.whole import write_text
from spgc.paper.rivals.rival_tables import (
    COST_COLUMNS,
    PAIR_COLUMNS,
    SET_COLUMNS,
    cost_rows,
    pair_rows,
    rivalry_notes,
    set_rows,
    set_title_of,
)
from spgc.paper.rivals.rivalry import Rivalry
from spgc.paper.rivals.teams import TEAMS
from spgc.report.board_formats import pipe_table
from spgc.text.markdown import item, plain
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC

NAME = "rivals"
FILES = (f"{NAME}.md", f"{NAME}.csv", f"{NAME}.json")
"""In the order of writing."""

CSV_HEAD = (
    "set",
    "system",
    "team",
    "synthetic",
    "right",
    "scans",
    "accuracy",
    "exact_low",
    "exact_high",
    *(f"{part}_{name}" for name in ("covid19", "cap", "normal") for part in ("right", "scans")),
    "published_right",
    "published_scans",
    "published_source",
    "refused",
)


def write_rivalry(found: Rivalry) -> list[Path]:
    """Write the three files, the record last; return their paths."""
    paths = [found.folder / name for name in FILES]
    write_text(paths[0], rivalry_markdown(found))
    write_text(paths[1], csv_text([CSV_HEAD, *csv_rows(found)]))
    write_text(paths[2], json.dumps(found.record(), indent=2) + "\n")
    return paths


def rivalry_markdown(found: Rivalry) -> str:
    """All tables with their notes."""
    mark = f"{SYNTHETIC} · " if found.synthetic else ""
    main = found.main
    parts = [f"# {mark}Systems on the same patients"]
    for one in sorted(found.sets, key=lambda one: one is not main):
        sign = f"{SYNTHETIC} · " if one.synthetic else ""
        parts += [f"## {sign}{plain(set_title_of(one))}", _table(set_rows(one), SET_COLUMNS)]
    if main is not None and main.honest is not None:
        parts += [
            f"## {mark}Pairs on {plain(main.name)}",
            _table(pair_rows(main.honest), PAIR_COLUMNS),
        ]
    parts += [
        f"## {mark}Cost: time, memory, model size",
        _table(cost_rows(found.results), COST_COLUMNS),
    ]
    parts.append("\n".join(item(note) for note in rivalry_notes(found)))
    parts.append(f"Options, hashes, intervals and versions: {NAME}.json. {PURPOSE}")
    return "\n\n".join(parts) + "\n"


def _table(rows: Iterator[list[str]], names: Sequence[str]) -> str:
    left = {"System", "Engine", "A", "B", "Difference"}
    align = ["left" if name in left else "right" for name in names]
    return pipe_table([[plain(cell) for cell in row] for row in rows], names, align)


def csv_rows(found: Rivalry) -> Iterator[list[object]]:
    """A line for each set and system, numbers unrounded, empty where there is none."""
    for one in found.sets:
        for placed in one.placed:
            row = placed.row
            low, high = row.accuracy.exact or ("", "")
            counts = [n for pair in zip(row.hits, row.cases, strict=True) for n in pair]
            yield [
                no_formula(one.name),
                no_formula(row.team),
                TEAMS.get(row.team, ""),
                one.synthetic,
                row.accuracy.hits,
                row.accuracy.total,
                row.accuracy.value,
                low,
                high,
                *("" if n is None else n for n in counts),
                *_published(one.published.get(row.team)),
                "",
            ]
        for name, reason in one.refused.items():
            blank = [""] * 11
            published = _published(one.published.get(name))
            lead = [no_formula(one.name), no_formula(name), TEAMS.get(name, ""), one.synthetic]
            yield [*lead, *blank, *published, no_formula(reason)]


def _published(row: BoardRow | None) -> list[object]:
    if row is None:
        return ["", "", ""]
    return [row.accuracy.hits, row.accuracy.total, no_formula(row.source)]
