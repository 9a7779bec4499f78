"""`spgc challenge init`, `check` and `score`: a challenge from a label file to its ranking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.challenge_file import read_challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.contract.limits import MAX_SEED
from spgc.organising.check_challenge import check as find_faults
from spgc.organising.new_challenge import MOST_PUBLIC, NewChallenge
from spgc.organising.new_challenge import init as make
from spgc.organising.participants_page import participants_page
from spgc.organising.ranking_of_teams import rank_teams
from spgc.report.challenge_tables import (
    boards_parts,
    challenge_document,
    challenge_line,
    check_lines,
)
from spgc.report.page.written_boards import write_boards

FolderArgument = Annotated[
    Path, typer.Argument(help="Folder of the challenge.", show_default=False)
]


def init(
    folder: FolderArgument,
    labels: Annotated[
        Path,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="CSV with Study,Label for each case, a column split if there are several sets.",
            show_default=False,
        ),
    ],
    title: Annotated[str, typer.Option(help="Its name.")] = "My challenge",
    public_share: Annotated[
        float,
        typer.Option(
            "--public-share",
            min=0.0,
            max=MOST_PUBLIC,
            help="Share of each class whose results are shown during the challenge; 0 for one set.",
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of that division.")] = 0,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make a challenge from a label file, in a new folder.

    public/ is for participants: challenge.toml, the cases without labels, an example submission and
    a page that explains the form. private/ holds the truth and stays with you.

    [bold]Examples[/]

      spgc challenge init flowers --labels labels.csv --title "Flowers 2030"

      spgc challenge init flowers --labels labels.csv --public-share 0.3
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    made = make(folder, NewChallenge(labels, title, public_share, seed))
    if json_out:
        console.show_json(challenge_document(made, folder))
        return
    console.show(challenge_line(made, folder))
    console.say(f"Give {folder / 'public'} to participants; keep {folder / 'private'}.")
    console.say_next("challenge", "check", folder, lead="Before it opens")


def check(
    folder: FolderArgument,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Check a challenge before it opens; exit 1 when something has to be corrected.

    Sizes, missing labels, files for participants that hold labels, case IDs that name the class,
    a page that states other rules, what each set can show, and how many labels the submissions that
    you allow give away.

    [bold]Examples[/]

      spgc challenge check flowers
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    made = find_faults(folder)
    if json_out:
        console.show_json(made.as_dict())
    else:
        for line in check_lines(made):
            console.show(line)
    if not made.good:
        raise typer.Exit(1)


def page(folder: FolderArgument, quiet: console.QuietFlag = False) -> None:
    """Print the page for participants, README.md, after you changed challenge.toml.

    It says what to send, classes, sets, ranking, limits and dates.

    [bold]Examples[/]

      spgc challenge page flowers

      spgc challenge page flowers > flowers/public/README.md
    """
    console.set_mode(quiet=quiet)
    console.show_document(participants_page(read_challenge(folder)))


def score(
    submissions: Annotated[
        Path,
        typer.Argument(
            help="Folder of TEAM.csv and TEAM--2.csv, or of one folder per team.",
            show_default=False,
        ),
    ],
    challenge: Annotated[
        Path,
        typer.Option(
            "--challenge",
            metavar="FILE",
            help="challenge.toml, or the folder of the challenge.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Also write the boards as HTML and CSV here.", show_default=False
        ),
    ] = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Rank a folder of submissions; exit 1 when a file is refused, with its reason.

    Of each team its last or its best submission counts, as challenge.toml says. Where some sets are
    not public, the board of the public ones comes first.

    [bold]Examples[/]

      spgc challenge score submissions --challenge flowers

      spgc challenge score submissions --challenge flowers --out boards
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    boards = rank_teams(challenge_given(challenge), submissions)
    for path in () if out is None else write_boards(boards, out):
        console.say(f"wrote {path}")
    if json_out:
        console.show_json(boards.as_dict())
    else:
        console.show_all(boards_parts(boards))
    if boards.refused:
        raise typer.Exit(1)
