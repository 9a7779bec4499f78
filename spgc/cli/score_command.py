"""`spgc score`: right answers, rates and intervals of a submission."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.given_files import given_files, labels_of, paths_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    DpiOption,
    ForceOption,
    LabelsOption,
    ManifestsOption,
    SplitOption,
    TruthOption,
)
from spgc.contract.limits import MAX_SEED
from spgc.errors import UsageError
from spgc.report.confusion import confusion_figure
from spgc.report.pictures import check_picture, write_picture
from spgc.report.result_parts import score_marks, score_parts
from spgc.report.score_formats import score_latex, score_markdown
from spgc.scoring.every_eval_ever import eee_record
from spgc.scoring.result import Score
from spgc.scoring.schemas import score_schema
from spgc.scoring.score_files import score_files
from spgc.scoring.signature import hash_model
from spgc.submissions.problems import of_severity
from spgc.submissions.read import read_submissions
from spgc.submissions.reading_rules import reading_of
from spgc.submissions.submission import Submission


class Form(StrEnum):
    """How a score is written."""

    RICH = "rich"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"
    EEE = "eee"


ModelFileOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="Model file or folder; its hash becomes part of the signature.",
        show_default=False,
    ),
]


def score(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Submission files (CSV); - for standard input.", show_default=False),
    ] = None,
    split: SplitOption = None,
    manifests: ManifestsOption = None,
    truth: TruthOption = None,
    challenge: ChallengeOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Score only the cases that are present; never ranked.")
    ] = False,
    model: ModelFileOption = None,
    resamples: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="Number of bootstrap resamples.")
    ] = 10_000,
    seed: Annotated[
        int, typer.Option(min=0, max=MAX_SEED, help="Random seed of the bootstrap.")
    ] = 0,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", help="Confusion matrices as .png, .jpg, .svg or .pdf.", show_default=False
        ),
    ] = None,
    dpi: DpiOption = None,
    force: ForceOption = False,
    cases: Annotated[
        bool,
        typer.Option(
            "--cases", help="List every case with true and predicted class, wrong ones first."
        ),
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Print all tables for every set.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of --json and stop.")
    ] = False,
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="rich; markdown or latex for a paper; json; eee, an Every Eval Ever record.",
        ),
    ] = Form.RICH,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="DEVELOPER/MODEL",
            help="Model name in the eee record.",
            show_default=False,
        ),
    ] = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Score a submission: one file, or one file per split.

    A file that `spgc validate` rejects is not scored. The pooled row appears when the file covers
    all ranked sets of the challenge (test1, test2 and test3 of SPGC).

    [bold]Examples[/]

      spgc score submission.csv

      spgc score test1.csv test2.csv test3.csv

      spgc score submission.csv --split heart-disease --json

      spgc score submission.csv --picture confusion.png

      spgc score submission.csv --cases

      spgc score probabilities.csv --argmax

      spgc score half-done.csv --partial

      spgc score submission.csv --truth labels.csv

      spgc score submission.csv --challenge flowers

      spgc score submission.csv --format latex > table.tex

      spgc score submission.csv --format eee --name my-group/my-model
    """
    console.set_mode(quiet=quiet, json_out=json_out or form is not Form.RICH)
    _check_form(form, json_out=json_out, cases=cases, name=name)
    if schema:
        console.show_foreign_json(score_schema())
        return
    if not files:
        raise UsageError("no submission named", expected="at least one file", do="spgc score FILE")
    if picture is not None:
        check_picture(picture, force=force, inputs=paths_of([*files, truth]))
    given, own = given_files(files, truth)
    reading = reading_of(
        labels, argmax=argmax, partial=partial, challenge=challenge_given(challenge)
    )
    manifest = labels_of(own, manifests, reading)
    submission = read_submissions(given, manifest, split, reading)
    known = hash_model(model) if model is not None else None
    result = score_files(
        given, manifest, split, reading, known, resamples, seed, submission=submission
    )
    if picture is not None:
        _draw(result, picture, dpi, full=full)
    if form is Form.EEE:
        _show_record(result, name)
        return
    if form in _TEXTS:
        console.show_document(_TEXTS[form](result))
        return
    if json_out or form is Form.JSON:
        console.show_json(result.as_dict(cases=cases))
        return
    _say_repairs(submission)
    _show(result, full=full, cases=cases)


_TEXTS = {Form.MARKDOWN: score_markdown, Form.LATEX: score_latex}


def _check_form(form: Form, *, json_out: bool, cases: bool, name: str | None) -> None:
    if form in (Form.EEE, *_TEXTS):
        wrong = "--json" if json_out else "--cases" if cases else None
        if wrong:
            raise UsageError(
                f"{wrong} does not go with --format {form.value}",
                found=wrong,
                expected="a form that names no case",
                do=f"leave {wrong} out",
            )
    if form is not Form.EEE and name is not None:
        raise UsageError(
            "--name is for a record",
            found=repr(name),
            expected="--format eee with it",
            do="add --format eee, or leave --name out",
        )


def _show_record(result: Score, name: str | None) -> None:
    console.show_foreign_json(eee_record(result, int(time.time()), name))


def _draw(result: Score, path: Path, dpi: int | None, *, full: bool) -> None:
    """Write the confusion matrices as a picture; its kind follows the file's suffix."""
    write_picture(confusion_figure(result.groups if full else result.headline_groups), path, dpi)
    console.say(f"wrote {path}")


def _say_repairs(submission: Submission) -> None:
    repairs = {problem.kind for problem in of_severity(submission.notes, "repaired")}
    if repairs:
        console.say(
            f"Repaired while reading: {', '.join(sorted(repairs))}. spgc validate shows where."
        )


def _show(result: Score, *, full: bool, cases: bool) -> None:
    console.show_all(score_parts(result, full=full, cases=cases))
    if not full and len(result.headline_groups) < len(result.groups):
        console.say("--full shows these tables for each pooled set as well.")
    console.show_all(score_marks(result))
