"""`spgc example`: a submission in the right form, with made-up answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import ManifestsOption
from spgc.data.manifests import read_manifests
from spgc.errors import UsageError
from spgc.files.foreign_names import real_path
from spgc.files.whole import write_text
from spgc.submissions.example import example_text


def example(
    split: Annotated[
        str,
        typer.Option(
            "--split",
            help="Split to predict; overall: the 90 ranked scans.",
            autocompletion=completions.sets,
        ),
    ] = "test2",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write; must not exist.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Include the three probability columns.")
    ] = False,
    manifests: ManifestsOption = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Print an example submission: all columns and cases, every label "normal".

    Fill in your own predictions, then check the file with spgc validate.

    [bold]Examples[/]

      spgc example --split test2

      spgc example --split overall --out answers.csv

      spgc example --split test1 --probabilities --out example.csv
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    if out is not None and not force:
        _refuse_existing(out)
    text = example_text(split, read_manifests(manifests), probabilities=probabilities)
    if out is not None:
        write_text(out, text)
        more = ["--manifests", manifests] if manifests else []
        console.say(f"Wrote {out}.")
        console.say_next("validate", out, *more, lead="Fill in your predictions, then")
    elif not json_out:
        console.show_document(text)
    if json_out:
        made = {"set": split, "file": str(out) if out else None, "text": text}
        console.show_json({"schema": "spgc-example/1", **made})


def _refuse_existing(out: Path) -> None:
    """Somebody's own answers may stand there, and nothing brings them back."""
    if real_path(out).exists():
        raise UsageError(
            "file exists, nothing written",
            where=out,
            do="name a new file, or pass --force to replace it",
        )
