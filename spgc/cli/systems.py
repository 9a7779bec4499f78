"""`spgc systems`: which challenge systems are installed, and what each takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from spgc.cli import console
from spgc.contract.offers import provider
from spgc.systems.registry import Listed, listing, system_named


def systems(
    name: Annotated[
        str | None,
        typer.Argument(help="Show the options of this system.", show_default=False),
    ] = None,
    json_out: console.JsonFlag = False,
) -> None:
    """List the installed systems, those of other packages among them, or one system's options.

    A system that can't be loaded is listed with the reason and stops nothing else. The exit code
    is 0 all the same: whether that matters depends on the system that you want.

    [bold]Examples[/]

      spgc systems

      spgc systems density

      spgc systems --json
    """
    console.set_mode(json_out=json_out)
    if name is None:
        _list(json_out=json_out)
    else:
        _one(name, json_out=json_out)


def _list(*, json_out: bool) -> None:
    found = listing()
    if json_out:
        console.show_json({"systems": [_as_dict(line) for line in found]})
        return
    _table(
        ("System", "Package", "Status", "What it is"),
        [
            (
                line.name,
                f"{line.package} {line.version}",
                "broken" if line.problem else "loads",
                line.problem or line.summary or "",
            )
            for line in found
        ],
    )
    console.say("spgc systems NAME lists a system's options; spgc train --system NAME trains it.")


def _one(name: str, *, json_out: bool) -> None:
    kind = system_named(name)
    options = dict(kind.options())
    if json_out:
        console.show_json(
            {
                "name": name,
                "package": provider(name),
                "summary": kind.summary,
                "learns_unlabelled": kind.learns_unlabelled,
                "options": options,
            }
        )
        return
    console.show_text(f"{name}: {kind.summary}")
    if kind.learns_unlabelled:
        console.show_text("Learns from scans without labels as well (--unlabelled SPLIT).")
    _table(("Option", "Value"), list(options.items()))
    console.say(f"spgc train --system {name} --option NAME=VALUE", command=True)


def _as_dict(line: Listed) -> dict[str, Any]:
    return {
        "name": line.name,
        "package": line.package,
        "version": line.version,
        "loads": line.problem is None,
        "summary": line.summary,
        "problem": line.problem,
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in header:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, "red" if cell == "broken" else "") for cell in row))
    console.show(table)
