"""`spgc compare`: two submissions patient by patient, or one against every published row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import console
from spgc.cli.validate import ArgmaxFlag, LabelsOption, ManifestsOption, SplitOption
from spgc.errors import UsageError

if TYPE_CHECKING:
    from spgc.data.manifests import Manifest
    from spgc.scoring.reading import Reading


def compare(
    files: Annotated[
        list[Path], typer.Argument(help="Two submissions, or one.", show_default=False)
    ],
    split: SplitOption = None,
    manifests: ManifestsOption = None,
    labels: LabelsOption = None,
    argmax: ArgmaxFlag = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Compare two submissions, or one with every published row.

    Two files: which patients flipped, exact McNemar test, difference with interval, and how many
    patients would settle it. One file: most teams' answers per patient are unpublished, but right
    answers per class bound the test; each team is separable, not separable, or it cannot be told.

    [bold]Examples[/]

      spgc compare before.csv after.csv

      spgc compare submission.csv
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    from spgc.data.manifests import read_manifests
    from spgc.scoring.reading import reading_of

    reading = reading_of(labels, argmax=argmax)
    manifest = read_manifests(manifests)
    if len(files) == 2:
        _two(files, split, manifest, reading, json_out)
    elif len(files) == 1:
        _published(files[0], split, manifest, reading, json_out)
    else:
        raise UsageError("compare takes one or two files", found=str(len(files)), expected="1 or 2")


def _two(
    files: Sequence[Path], split: str | None, manifest: Manifest, reading: Reading, json_out: bool
) -> None:
    from spgc.scoring.join import read_apart
    from spgc.scoring.paired import compare as pair

    a, b = files
    one, two = read_apart(files, manifest, split, reading)
    result = pair(one, two, manifest)
    if json_out:
        console.show_json(result.as_dict())
        return
    from spgc.report.compare_tables import flips_table, paired_table, settling_lines

    if result.flips:
        console.show(flips_table(result, a.stem, b.stem))
    console.show(paired_table(result, a.stem, b.stem))
    for line in settling_lines(result, a.stem, b.stem):
        console.show(line)


def _published(
    path: Path, split: str | None, manifest: Manifest, reading: Reading, json_out: bool
) -> None:
    from spgc.scoring.bounds import against
    from spgc.scoring.published_board import published_board
    from spgc.scoring.score_files import score_files
    from spgc.scoring.views import rows_of_score

    result = score_files([path], manifest, split, reading)
    bounds = against(rows_of_score(path.stem, result), published_board())
    if json_out:
        document = [bound.as_dict() for bound in bounds]
        console.show_json({"schema": "spgc-bounds/1", "bounds": document})
        return
    from spgc.report.compare_tables import bounds_notes, bounds_tables

    for table in bounds_tables(bounds):
        console.show(table)
    for line in bounds_notes(bounds):
        console.show(line)
