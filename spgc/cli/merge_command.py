"""`spgc merge`: the parts of a shared prediction become one submission."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.runs.merge import merge as join


def merge(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with the shards.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Output folder.", show_default="the first folder"),
    ] = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Merge the shards written by spgc predict --shard I/N into one submission.

    Rejects shards that are missing, duplicated, modified, or of another model, option or split, and
    scans without a prediction, unless predict ran with --allow-missing. The result is byte for byte
    what one process would have written.

    [bold]Examples[/]

      spgc merge parts --out results

      spgc merge node1 node2 node3 --out results
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    done = join(folders, out or folders[0])
    if json_out:
        files = [str(path) for path in done.files]
        console.show_json(
            {
                "schema": "spgc-merge/1",
                "files": files,
                "cases": done.cases,
                "parts": done.parts,
                "left_out": list(done.left_out),
                "filled_in": list(done.filled),
            }
        )
        return
    for path in done.files:
        console.show_text(f"wrote {path}")
    console.show_text(f"{done.cases} cases from {done.parts} parts")
    if done.left_out:
        console.show_text(f"without a row: {', '.join(done.left_out)}")
    if done.filled:
        console.show_text(f"FILLED IN, not predicted by the model: {', '.join(done.filled)}")
