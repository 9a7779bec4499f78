"""`spgc merge`: the parts of a shared prediction become one submission."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.report.merged_lines import merged_lines
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
        console.show_json(done.as_dict())
    else:
        console.show_all(merged_lines(done))
