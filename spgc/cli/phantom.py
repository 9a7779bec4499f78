"""`spgc phantom`: draw the synthetic cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.options import JobsOption


def phantom(
    root: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same files.")] = 0,
    small: Annotated[
        bool, typer.Option("--small", help="Only train, val and test2, as in the demo.")
    ] = False,
    jobs: JobsOption = -1,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Draw a cohort of synthetic chest CT as DICOM, in the layout of the real release.

    It tests software: no figure measured on it says anything about patients. Case IDs begin with
    syn-, so a submission on phantoms can't be scored against patients.

    [bold]Examples[/]

      spgc phantom phantoms

      spgc phantom phantoms --small --seed 7
    """
    from spgc.ct.phantom_cohort import DEMO_PLAN, FULL_PLAN, write_cohort

    console.set_mode(quiet=quiet, json_out=json_out)
    plan = DEMO_PLAN if small else FULL_PLAN
    count = write_cohort(root, plan, seed=seed, jobs=jobs or 1, track=console.track)
    if json_out:
        console.show_json({"root": str(root), "scans": count, "seed": seed, "synthetic": True})
        return
    console.show_text(f"{count} synthetic scans in {root}")
    console.say(f"Next: spgc data check {root}", command=True)
