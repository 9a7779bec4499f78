"""`spgc validate`: everything that is wrong with a file, before it is scored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    LabelsOption,
    ManifestsOption,
    SplitOption,
    TruthOption,
)
from spgc.report.problem_lines import headline, report_lines, report_table
from spgc.submissions.reading_rules import reading_of
from spgc.submissions.validate import ValidationReport
from spgc.submissions.validate import validate as check

Files = Annotated[
    list[Path],
    typer.Argument(help="Submission files (CSV); - for standard input.", show_default=False),
]


def validate(
    files: Files,
    split: SplitOption = None,
    manifests: ManifestsOption = None,
    truth: TruthOption = None,
    challenge: ChallengeOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Check submission files: every problem with line, case and fix.

    Exit code 0 if all files can be scored, 1 if any is rejected.

    [bold]Examples[/]

      spgc validate submission.csv

      spgc validate test1.csv test2.csv test3.csv

      spgc validate submission.csv --split test2 --json

      spgc validate submission.csv --truth labels.csv

      spgc validate submission.csv --challenge challenge.toml

      spgc validate submission.csv --labels 0=covid-19,1=cap,2=normal
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    reading = reading_of(labels, argmax=argmax, challenge=challenge_given(challenge))
    given, own = given_files(files, truth)
    manifest = labels_of(own, manifests, reading)
    reports = [check(path, split, manifest, reading) for path in given]
    if json_out:
        told = [report.as_dict() for report in reports]
        console.show_json({"schema": "spgc-validate/1", "files": told})
    else:
        for report in reports:
            _show(report, remarks=not quiet)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def _show(report: ValidationReport, *, remarks: bool) -> None:
    """In columns on a terminal; off it one line per problem, however long."""
    if sys.stdout.isatty():
        console.show(headline(report))
        console.show(report_table(report, remarks=remarks))
        return
    for line in report_lines(report, remarks=remarks):
        console.stdout().print(line, soft_wrap=True, highlight=False)
