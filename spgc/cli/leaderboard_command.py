"""`spgc leaderboard`: the published rows, with the user's among them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spgc.board.entry import check_entry
from spgc.board.own_board import own_board, submission_files
from spgc.board.published_board import published_board
from spgc.board.views import View, make_views, set_named, views_document, with_honesty, your_rows
from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import completions, console
from spgc.cli.board_audit import audit
from spgc.cli.files_or_command import FilesOrCommand
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.shared_options import (
    ArgmaxFlag,
    ChallengeOption,
    LabelsOption,
    ManifestsOption,
    TruthOption,
)
from spgc.data.challenge_cases import challenge_manifest
from spgc.errors import UsageError
from spgc.report import board_formats
from spgc.report.entry_markdown import entry_markdown
from spgc.report.page.pages import board_page
from spgc.report.result_parts import board_parts
from spgc.submissions.reading_rules import Reading, reading_of
from spgc.text.command_lines import command_line

commands = typer.Typer(
    cls=FilesOrCommand,
    subcommand_metavar="[FILE]... | COMMAND [ARGS]...",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How the leaderboard is written."""

    RICH = "rich"
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


AddOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--add", help="Your submission; repeat for one file per split.", show_default=False
    ),
]
SetOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        autocompletion=completions.sets,
        help="A set of the challenge or a pool of several, such as overall, or all; with --truth a "
        "split of it.",
        show_default=False,
    ),
]
NameOption = Annotated[
    str | None,
    typer.Option("--name", help="Name of your row (default: the file's).", show_default=False),
]


@commands.callback()
def leaderboard(
    context: typer.Context,
    split: SetOption = None,
    add: AddOption = None,
    name: NameOption = None,
    manifests: ManifestsOption = None,
    truth: TruthOption = None,
    challenge: ChallengeOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    sort: Annotated[
        str,
        typer.Option(
            help="Order of the rows: accuracy, team, or a class in lower case; ranks stay.",
            autocompletion=completions.orders,
        ),
    ] = "accuracy",
    check_entry: Annotated[
        list[Path] | None,
        typer.Option(
            "--check-entry",
            help="Check a leaderboard entry for a pull request: exit code 0 if valid, 1 if not; "
            "repeat for each file.",
            show_default=False,
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Same as --format markdown.")
    ] = False,
    honest: Annotated[
        bool,
        typer.Option(
            "--honest",
            help="Add the rank uncertainty: rank intervals, possible winners, and systems that do "
            "not differ significantly.",
        ),
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.RICH,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Show the challenge's leaderboard, and the rank of your submission.

    Without --split: the ranked sets together, or the sets that your file covers. Files given
    without --add are added too. With --truth, or a --challenge without published rows, the files
    and the .csv files in folders are ranked against each other: one file per system, exit code 1 if
    any is rejected.

    [bold]Examples[/]

      spgc leaderboard

      spgc leaderboard --add submission.csv

      spgc leaderboard --split test2 --add test2.csv --name "my model"

      spgc leaderboard --honest --add submission.csv

      spgc leaderboard --split all --format markdown

      spgc leaderboard --split test2 --format latex > table.tex

      spgc leaderboard --split all --format html > index.html

      spgc leaderboard --check-entry submission.csv --markdown

      spgc leaderboard submissions/ --truth labels.csv

      spgc leaderboard submissions/ --challenge flowers
    """
    if context.invoked_subcommand is not None:
        return
    console.set_mode(quiet=quiet, json_out=json_out)
    form = Format.JSON if json_out else Format.MARKDOWN if markdown else form
    reading = reading_of(labels, argmax=argmax, challenge=challenge_given(challenge))
    files = [Path(word) for word in context.args]
    if truth is not None and (add or check_entry or name is not None):
        raise UsageError(
            "--truth ranks files among themselves",
            expected="files or folders, without --add, --name and --check-entry",
            do=f"spgc leaderboard FILE... --truth {truth}",
        )
    if check_entry:
        if files or add or split or honest or form in (Format.CSV, Format.HTML, Format.LATEX):
            raise UsageError(
                "--check-entry stands alone",
                expected="with --markdown or --json",
                do="leave --add, --split, --honest and other formats out",
            )
        _check(check_entry, manifests, name, reading, form)
        return
    board = () if truth is not None else published_board(reading.challenge)
    if not board:
        _rank([*(add or []), *files], truth, manifests, reading, split, sort, form, name)
        return
    add = [*(add or []), *map(_existing, files)]
    manifest = challenge_manifest(reading.challenge, manifests)
    yours = your_rows(submission_files(add, None), manifest, name, reading) if add else []
    views = make_views(board, set_named(split, yours, reading.challenge), yours, sort)
    if honest and form is not Format.CSV:
        views = with_honesty(views, board)
    _print(views, form, reading.challenge)


def _existing(file: Path) -> Path:
    """A word that is neither a command nor a file is a slip of the pen."""
    if not file.exists() and not file.suffix:
        raise UsageError("no such command or file", found=repr(str(file)), expected="audit | FILE")
    return file


def _rank(
    files: Sequence[Path],
    truth: Path | None,
    manifests: Path | None,
    reading: Reading,
    split: str | None,
    sort: str,
    form: Format,
    name: str | None,
) -> None:
    """Print the board of files, among themselves; exit 1 where one was refused."""
    if not files:
        options = reading.challenge.options or ("--truth", "labels.csv")
        raise UsageError(
            "no file to rank",
            expected="files or folders of submissions",
            do=f"spgc leaderboard FILE... {command_line(*options)}",
        )
    if name is not None and len(files) > 1:
        raise UsageError(
            "one name for several systems",
            found=f"{len(files)} files",
            expected="one file with --name",
            do="leave --name out: each file gives its own name",
        )
    given, own = given_files(submission_files(files, truth), truth)
    manifest = labels_of(own, manifests, reading)
    names = None if name is None else [name]
    told = form is not Format.CSV
    made = own_board(given, manifest, reading, split, sort, told=told, names=names)
    if form is Format.JSON:
        console.show_json(made.as_dict())
    elif made.views:
        _print(made.views, form, reading.challenge)
    for one in made.refused:
        console.complain(f"refused {one.file}: {one.error}")
    if made.refused:
        raise typer.Exit(1)


def _check(
    paths: Sequence[Path],
    manifests: Path | None,
    name: str | None,
    reading: Reading,
    form: Format,
) -> None:
    """Print the verdict on an entry; it is Markdown, which a terminal shows as it stands."""
    known = reading.challenge
    manifest = challenge_manifest(known, manifests)
    entry = check_entry(paths, manifest, published_board(known), name, reading)
    if form is Format.JSON:
        console.show_json(entry.as_dict())
    else:
        console.show_document(entry_markdown(entry))
    if not entry.valid:
        raise typer.Exit(1)


def _print(views: Sequence[View], form: Format, challenge: Challenge) -> None:
    if form is Format.RICH:
        console.show_all(board_parts(views))
    elif form is Format.JSON:
        console.show_json(views_document(views))
    elif form is Format.HTML:
        console.show_page(board_page(views, challenge))
    else:
        console.show_document(_WRITERS[form](views))


_WRITERS = {
    Format.MARKDOWN: board_formats.to_markdown,
    Format.LATEX: board_formats.to_latex,
    Format.CSV: board_formats.to_csv,
}


commands.command("audit")(audit)
