"""`spgc phantom`: draw the synthetic cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import JobsOption
from spgc.contract.limits import MAX_SEED
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.recipe import plan_named


def phantom(
    root: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
    seed: Annotated[
        int,
        typer.Option(min=0, max=MAX_SEED, help="Random seed: the same seed gives the same files."),
    ] = 0,
    size: Annotated[
        str,
        typer.Option(
            autocompletion=completions.sizes,
            help="tiny (seconds), demo (166 scans), easy (76: density solves it), "
            "ranked (demo and the other ranked test sets), "
            "full (307 + 90 scans, about 14 GB), or a size of --recipe.",
        ),
    ] = "demo",
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this split; repeatable. Its scans stay the same.",
            autocompletion=completions.splits,
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="A recipe of your own, like data_manifests/phantoms.toml."),
    ] = None,
    jobs: JobsOption = -1,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Draw a cohort of synthetic chest CT as DICOM, in the layout of the real release.

    It tests software: no figure measured on it says anything about patients. Case IDs begin with
    syn-, so a submission on phantoms can't be scored against patients. Can be stopped at any time:
    the same command resumes.

    [bold]Examples[/]

      spgc phantom phantoms

      spgc phantom phantoms --size ranked --split test1 --seed 7
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    plan = plan_named(size, recipe)
    if split:
        plan = plan.only(split)
    count = write_cohort(root, plan, seed=seed, jobs=jobs or 1, track=console.track)
    if json_out:
        facts = {"root": str(root), "scans": count, "seed": seed, "synthetic": True}
        console.show_json({"schema": "spgc-phantom/1", **facts})
        return
    console.show_text(f"{count} synthetic scans in {root}")
    console.say_next("data", "check", root)
