"""`spgc compare`: two systems patient by patient, or one against every published row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from spgc.board.bounds import against, bounds_document
from spgc.board.compared_files import Side, marks_on, read_side, read_sides, sides_of
from spgc.board.published_board import published_board, refuse_no_board
from spgc.board.views import rows_of_score
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import completions, console
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    LabelsOption,
    ManifestsOption,
    SplitOption,
    TruthOption,
)
from spgc.data.manifests import Manifest
from spgc.errors import UsageError
from spgc.report.result_parts import bounds_parts, comparison_parts
from spgc.scoring.paired import compare as pair
from spgc.scoring.score_submission import score_submission
from spgc.submissions.reading_rules import Reading, reading_of


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            autocompletion=completions.teams,
            help="One or two submissions, or names of teams whose predictions are published.",
            show_default=False,
        ),
    ],
    split: SplitOption = None,
    manifests: ManifestsOption = None,
    truth: TruthOption = None,
    challenge: ChallengeOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Compare two systems patient by patient, or one with every published row.

    Two: the patients whose result differs, exact McNemar test, difference with interval, and the
    number of patients needed for 80 % power. Each is a file, or a team whose predictions are
    published per scan (marked * on the leaderboard). One: exactly against each such team; the other
    rows publish only correct counts per class, which bound the test: the difference is separable,
    not separable, or undetermined. With --challenge: the published rows of that challenge.

    [bold]Examples[/]

      spgc compare before.csv after.csv

      spgc compare before.csv after.csv --truth labels.csv

      spgc compare submission.csv TheSaviours

      spgc compare covid-vr roi-aware-resnet --split test2

      spgc compare submission.csv

      spgc compare before.csv after.csv --challenge flowers
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    reading = reading_of(labels, argmax=argmax, challenge=challenge_given(challenge))
    if len(files) > 2:
        raise UsageError("compare takes one or two files", found=str(len(files)), expected="1 or 2")
    if len(files) == 1 and truth is not None:
        raise UsageError(
            "published rows can't be scored on your own labels",
            found="one file",
            expected="two with --truth",
            do="name a second file, or leave --truth out",
        )
    given, own = given_files(files, truth)
    manifest = labels_of(own, manifests, reading)
    sides = sides_of(given, reading.challenge)
    if len(sides) == 2:
        _two(sides, split, manifest, reading, json_out)
    else:
        _published(sides[0], split, manifest, reading, json_out)


def _two(
    sides: Sequence[Side], split: str | None, manifest: Manifest, reading: Reading, json_out: bool
) -> None:
    one, two = read_sides(sides, manifest, split, reading)
    a, b = (side.name for side in sides)
    result = replace(pair(one, two, manifest), marks=marks_on(sides, (a, b), (one, two)))
    if json_out:
        console.show_json(result.as_dict())
        return
    console.show_all(comparison_parts(result, a, b))


def _published(
    side: Side, split: str | None, manifest: Manifest, reading: Reading, json_out: bool
) -> None:
    published = published_board(manifest.challenge)
    refuse_no_board(published, manifest.challenge)
    submission = read_side(side, manifest, split, reading)
    rows = rows_of_score(side.name, score_submission(submission, manifest, reading))
    board = [row for row in published if row.answers is None or row.answers != side.answers]
    bounds = against(rows, board)
    marks = marks_on([side], [side.name], [submission])
    if json_out:
        console.show_json(bounds_document(bounds, marks))
        return
    console.show_all(bounds_parts(bounds, marks))
