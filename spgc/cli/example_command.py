"""`spgc example`: a submission in the right form, with made-up answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.set_words import EVERY_SPLIT
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import completions, console
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.shared_options import ChallengeOption, ManifestsOption, TruthOption
from spgc.errors import UsageError
from spgc.files.foreign_names import real_path
from spgc.files.whole import write_text
from spgc.submissions.example import example_text
from spgc.submissions.reading_rules import reading_on


def example(
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="Set to predict, or a pool of several, such as overall.",
            show_default="the challenge's example, with --truth all cases",
            autocompletion=completions.sets,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write; must not exist.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    probabilities: Annotated[
        bool,
        typer.Option("--probabilities", help="Include the probability columns, one per class."),
    ] = False,
    manifests: ManifestsOption = None,
    challenge: ChallengeOption = None,
    truth: TruthOption = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Print an example submission: all columns and cases, one class for all of them.

    Fill in your own predictions, then check the file with spgc validate.

    [bold]Examples[/]

      spgc example --split test2

      spgc example --split overall --out answers.csv

      spgc example --split test1 --probabilities --out example.csv

      spgc example --truth labels.csv --out template.csv

      spgc example --challenge flowers --out template.csv
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    if out is not None and not force:
        _refuse_existing(out)
    _, own = given_files([], truth)
    known = challenge_given(challenge)
    split = split or (known.example[0] if own is None else EVERY_SPLIT)
    manifest = labels_of(own, manifests, reading_on(known))
    text = example_text(split, manifest, probabilities=probabilities)
    if out is not None:
        write_text(out, text)
        more = manifest.words
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
