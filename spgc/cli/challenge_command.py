"""`spgc challenge`: for whoever runs a challenge or a class."""

from __future__ import annotations

from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import completions, console, organiser_commands
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.shared_options import ChallengeOption, LabelsOption, ManifestsOption, TruthOption
from spgc.contract.limits import MAX_SEED
from spgc.disclosure.budget import MOST_ANSWERS, SEED, SUBMISSIONS
from spgc.disclosure.budget import budget as simulate
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.labelled_sets import hidden_labels, labelled_cases
from spgc.disclosure.ladder import MOST_ERRORS
from spgc.errors import UsageError
from spgc.report.disclosure_tables import budget_parts
from spgc.submissions.reading_rules import reading_of

commands = typer.Typer(
    no_args_is_help=True,
    help="Run your own challenge or class: make, check and rank it; what shown scores give away.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@commands.callback()
def challenge() -> None:
    """Run your own challenge or class: make, check and rank it; what shown scores give away."""


commands.command("init")(organiser_commands.init)
commands.command("check")(organiser_commands.check)
commands.command("page")(organiser_commands.page)
commands.command("score")(organiser_commands.score)


@commands.command()
def budget(
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="A set, a pool of several, or all; with --truth a set of it.",
            show_default="the ranked sets",
            autocompletion=completions.sets,
        ),
    ] = None,
    challenge: ChallengeOption = None,
    truth: TruthOption = None,
    manifests: ManifestsOption = None,
    labels: LabelsOption = None,
    submissions: Annotated[
        str,
        typer.Option("--submissions", metavar="N,...", help="Numbers of submissions to look at."),
    ] = ",".join(map(str, SUBMISSIONS)),
    feedback: Annotated[
        Feedback | None,
        typer.Option(
            "--feedback", help="What is shown back; all of them without.", show_default=False
        ),
    ] = None,
    standard_errors: Annotated[
        int,
        typer.Option(
            "--standard-errors",
            min=1,
            max=MOST_ERRORS,
            help="By how many the ladder wants a score to be better.",
        ),
    ] = 1,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=MAX_SEED, help="Seed of the simulations.")
    ] = SEED,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Say how many hidden labels the scores give away that you show to submitters.

    Simulates attackers who look at no case and learn from scores alone, for each number of
    submissions and each kind of feedback, and says how many submissions to allow. Without --truth
    and --challenge the 90 ranked scans of SPGC.

    [bold]Examples[/]

      spgc challenge budget

      spgc challenge budget --challenge flowers

      spgc challenge budget --truth labels.csv --submissions 10,30

      spgc challenge budget --feedback ladder --standard-errors 2

      spgc challenge budget --split test2 --json
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    _, own = given_files([], truth)
    known = challenge_given(challenge)
    manifest = labels_of(own, manifests, reading_of(labels, challenge=known))
    made = simulate(
        hidden_labels(labelled_cases(manifest, split), known.names),
        _numbers(submissions),
        tuple(Feedback) if feedback is None else (feedback,),
        seed=seed,
        standard_errors=standard_errors,
    )
    if json_out:
        console.show_json(made.as_dict())
    else:
        console.show_all(budget_parts(made))


def _numbers(text: str) -> list[int]:
    """The numbers of `--submissions`. Raises UsageError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise UsageError(
            "--submissions is not a list of numbers",
            found=repr(text[:80]),
            expected=f"such as 10,50,100, each from 1 to {MOST_ANSWERS:,}",
        )
    return [int(part) for part in parts]
