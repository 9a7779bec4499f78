"""`spgc demo`: the main job on phantoms, from nothing to the leaderboard."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.app import app
from spgc.contract.limits import MAX_SEED
from spgc.jobs.machine import has_bf16
from spgc.text.command_lines import command_line
from spgc.text.synthetic import SYNTHETIC_DATA

OWN_DATA = """\
With your own copy of the dataset, the same way:
  spgc data check ROOT                  what is there, missing or doubtful
  spgc preprocess --data ROOT --jobs -1
  spgc train --data ROOT                ImageNet weights, the paper's schedule; a GPU helps
  spgc predict --data ROOT --split test1 --split test2 --split test3
  spgc validate submission.csv
  spgc score submission.csv
  spgc leaderboard --add submission.csv
With answers of a model of your own, only the last three are needed."""


def demo(
    work: Annotated[
        Path, typer.Option("--work", help="Folder for all files that it writes.")
    ] = Path("demo"),
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=MAX_SEED, help="Random seed: the same seed gives the same submission."
        ),
    ] = 0,
    quiet: console.QuietFlag = False,
) -> None:
    """Run the main job on a synthetic cohort: draw, preprocess, train, predict, score, rank.

    Takes some minutes on two cores without a GPU. Every figure it shows is synthetic and says
    nothing about patients. Can be stopped at any time: the same command resumes.

    [bold]Examples[/]

      spgc demo

      spgc demo --work ~/spgc-demo --seed 1
    """
    console.set_mode(quiet=quiet)
    console.show_text(SYNTHETIC_DATA)
    start = time.monotonic()
    for words in _steps(work, seed):
        _run([str(word) for word in words], quiet=quiet)
    console.show_text("")
    console.show_text(f"Done in {time.monotonic() - start:.0f} s. Everything is in {work}.")
    console.show_text("")
    for line in OWN_DATA.splitlines():
        console.show_text(line, command=True)


def _steps(work: Path, seed: int) -> list[list[object]]:
    """The words of each command, as a user would type them after `spgc`."""
    phantoms, submission = work / "phantoms", work / "submission.csv"
    scans = ["--data", phantoms, "--store", work / "store"]
    model, manifests = ["--model", work / "model"], ["--manifests", phantoms / "manifests"]
    training = ["--preset", "demo", "--seed", seed, "--no-convert", *scans, *model]
    if has_bf16():
        training += ["--precision", "bf16"]
    return [
        ["phantom", phantoms, "--size", "demo", "--seed", seed],
        ["data", "check", phantoms],
        ["preprocess", *scans, "--jobs", -1],
        ["train", *training],
        ["predict", "--split", "test2", *scans, *model, "--out", work],
        ["validate", submission, "--split", "test2", *manifests],
        ["score", submission, *manifests],
        ["leaderboard", "--split", "test2", "--add", submission, *manifests],
    ]


def _run(words: list[str], *, quiet: bool) -> None:
    """Run one command as a user would, showing it first."""
    console.show_text("")
    console.show_text(f"$ {command_line('spgc', *words)}", command=True)
    code = app([*words, *(["--quiet"] if quiet else [])], standalone_mode=False)
    if code:
        raise typer.Exit(code)
