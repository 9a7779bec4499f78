"""`spgc report`: a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.given_files import given_files, labels_of, paths_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    ForceOption,
    LabelsOption,
    ManifestsOption,
    TruthOption,
)
from spgc.files.whole import write_text
from spgc.report.page.pages import report_page
from spgc.report.page.run_files import find_run
from spgc.report.page.told_run import RunFolders, page_place, tell_run
from spgc.report.terminal_story import story_lines
from spgc.submissions.reading_rules import reading_of


def _folder(name: str, words: str) -> object:
    return typer.Option(name, help=words, show_default=False)


def report(
    run: Annotated[
        Path,
        typer.Argument(
            help="Run folder written by spgc predict --out, or a submission; - for standard input.",
            show_default=False,
        ),
    ],
    data: Annotated[
        Path | None,
        _folder("--data", "Data folder, for slice labels and manifests."),
    ] = None,
    store: Annotated[
        Path | None,
        _folder("--store", "Slice store, for contact sheets of the wrong cases."),
    ] = None,
    model: Annotated[
        Path | None,
        _folder("--model", "Model folder, for the model card."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="HTML file to write.", show_default="RUN/report.html"),
    ] = None,
    force: ForceOption = False,
    title: Annotated[
        str | None,
        typer.Option(help="Title of the page.", show_default="the folder's"),
    ] = None,
    manifests: ManifestsOption = None,
    truth: TruthOption = None,
    challenge: ChallengeOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Print the report in the terminal instead.")
    ] = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Write a run as one self-contained HTML file: scores, leaderboard, wrong cases, timings.

    Self-contained, so it can be mailed or archived. Missing parts are omitted, and the page says
    how to add them.

    [bold]Examples[/]

      spgc report results

      spgc report results --data ~/COVID-CT-MD --store ~/spgc-store --model ~/cnr-iemn

      spgc report submission.csv --terminal

      spgc report submission.csv --truth labels.csv

      spgc report submission.csv --challenge flowers
    """
    console.set_mode(quiet=quiet)
    folders = RunFolders(data, store, model)
    if truth is None:
        manifests = manifests or folders.manifests
    (given,), own = given_files([run], truth)
    files = find_run(given)
    if not terminal:
        place = page_place(given, files, out, force=force, inputs=paths_of([truth]))
    reading = reading_of(labels, argmax=argmax, challenge=challenge_given(challenge))
    manifest = labels_of(own, manifests, reading)
    story = tell_run(given, files, manifest, reading, folders, title)
    if terminal:
        for part in story_lines(story):
            console.show(part)
        return
    write_text(place, report_page(story))
    console.show_text(f"wrote {place}")
    for words in story.missing:
        console.say(f"not included: {words}")
