"""`spgc agreement`: which scans all systems miss, and how far systems agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.board.agreement import agreement as agree
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.given_files import given_files, labels_of, paths_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    DpiOption,
    LabelsOption,
    ManifestsOption,
    SplitOption,
    TruthOption,
)
from spgc.report.agreement_picture import agreement_picture
from spgc.report.agreement_tables import agreement_parts
from spgc.report.pictures import check_picture, write_picture
from spgc.submissions.read import systems_of_files
from spgc.submissions.reading_rules import reading_of


def agreement(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Your submissions, shown together with the published ones.", show_default=False
        ),
    ] = None,
    split: SplitOption = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            help="Also draw a matrix of scans and systems: .png, .svg, .pdf or .jpg.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing picture.")] = False,
    manifests: ManifestsOption = None,
    challenge: ChallengeOption = None,
    truth: TruthOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    dpi: DpiOption = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Show agreement between systems: scans all get wrong, scans one gets right, Cohen's kappa.

    Systems whose predictions are published per scan, and yours. Without --split: the ranked sets,
    or the first set that your files cover. With --truth: your files alone, two or more, on your own
    labels.

    [bold]Examples[/]

      spgc agreement

      spgc agreement submission.csv --picture agreement.png

      spgc agreement --split val --json

      spgc agreement before.csv after.csv --truth labels.csv

      spgc agreement before.csv after.csv --challenge flowers
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    given, own = given_files(files or [], truth)
    if picture is not None:
        check_picture(picture, force=force, inputs=paths_of([*given, own]))
    reading = reading_of(labels, argmax=argmax, challenge=challenge_given(challenge))
    manifest = labels_of(own, manifests, reading)
    systems = systems_of_files(given, manifest, reading)
    made = agree([(name, one.predictions) for name, one, _ in systems], manifest, split)
    if json_out:
        console.show_json(made.as_dict())
    else:
        for part in agreement_parts(made):
            console.show(part)
    if picture is not None:
        write_picture(agreement_picture(made), picture, dpi)
        console.say(f"wrote {picture}")
