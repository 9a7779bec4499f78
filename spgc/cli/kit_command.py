"""`spgc kit`: a challenge for a platform, and the check of such a kit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.model_kit_commands import OutOption, algorithm, medperf
from spgc.kits.check_kit import check_kit
from spgc.kits.kit_kinds import KITS
from spgc.kits.make_kit import GUIDE, make_kit
from spgc.kits.platform_kit import PlatformKit
from spgc.report.kit_lines import check_parts, kit_line, kit_parts

commands = typer.Typer(
    no_args_is_help=True,
    help="Write a challenge for a platform, and check such a kit without it.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

ChallengeArgument = Annotated[
    Path, typer.Argument(help="Folder of the challenge, with its truth.", show_default=False)
]


@commands.callback()
def kit() -> None:
    """Write a challenge for a platform, and check such a kit without it."""


def _command(platform: PlatformKit) -> Callable[..., None]:
    """The command that writes the kit of one platform."""

    def write(
        challenge: ChallengeArgument,
        out: OutOption,
        json_out: console.JsonFlag = False,
        quiet: console.QuietFlag = False,
    ) -> None:
        console.set_mode(quiet=quiet, json_out=json_out)
        made = make_kit(platform, challenge, out)
        if json_out:
            console.show_json(made.as_dict())
            return
        console.show(kit_line(made, out))
        console.show_all(kit_parts(made))
        console.say(f"{out / GUIDE} says how to upload it.")
        console.say_next("kit", "check", out, lead="Before that")

    write.__doc__ = (
        f"Write the kit for {platform.title}, whole or not at all.\n\n"
        "The folder public/ in it is for participants. It also says how many labels the scores "
        "give away that are shown.\n\n"
        f"[bold]Examples[/]\n\n  spgc kit {platform.name} flowers -o {platform.name}-kit\n"
    )
    return write


for _platform in KITS.values():
    commands.command(_platform.name)(_command(_platform))

commands.command("algorithm")(algorithm)
commands.command("medperf")(medperf)


@commands.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of a kit.", show_default=False)],
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Check a kit without its platform; exit 1 when something has to be corrected.

    Fields, dates and files that the platform asks for, labels in files that participants see, and
    two trials: the example is scored, a broken file refused. Runs the kit's own program.

    [bold]Examples[/]

      spgc kit check codabench-kit
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    made = check_kit(folder)
    if json_out:
        console.show_json(made.as_dict())
    else:
        console.show_all(check_parts(made))
    if not made.good:
        raise typer.Exit(1)
