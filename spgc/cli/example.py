"""`spgc example`: a submission in the right form, with made-up answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from spgc.cli import console
from spgc.cli.validate import ManifestsOption


def example(
    split: Annotated[str, typer.Option("--split", help="The split to answer.")] = "test2",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", "-o", help="Write to this file.", show_default=False),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="With the three probability columns.")
    ] = False,
    manifests: ManifestsOption = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Print an example submission: right form, right cases, every answer "normal".

    Put your own answers in, then let spgc validate look at it.

    [bold]Examples[/]

      spgc example --split test2

      spgc example --split test1 --probabilities --out example.csv
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    from spgc.data.manifests import read_manifests
    from spgc.files import write_text
    from spgc.scoring.example import example_text

    text = example_text(split, read_manifests(manifests), probabilities=probabilities)
    if out is not None:
        write_text(out, text)
        console.say(f"Wrote {out}. Put in your answers, then: spgc validate {out}")
    elif not json_out:
        sys.stdout.write(text)
    if json_out:
        console.show_json({"split": split, "file": str(out) if out else None, "text": text})
