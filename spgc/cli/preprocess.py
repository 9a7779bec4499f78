"""`spgc preprocess`: scan folders to the slice store."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import console
from spgc.cli.options import DataOption, JobsOption, StoreOption

if TYPE_CHECKING:
    from spgc.ct.preprocess import PreprocessReport


def preprocess(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    split: Annotated[
        list[str] | None,
        typer.Option("--split", help="Only this split; may be given several times."),
    ] = None,
    lungs: Annotated[
        str,
        typer.Option("--lungs", help="watershed-two-regions or watershed-one-region."),
    ] = "watershed-two-regions",
    jobs: JobsOption = -1,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            show_default=False,
            help="Work on the Dask cluster with this scheduler, e.g. tcp://host:8786, instead of "
            "--jobs. All its workers must see the data and the store at the same paths.",
        ),
    ] = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Read every scan, find the lungs, and keep both in the slice store.

    Scans that are in the store already, made from the same files with the same settings, are
    not done again: after an interruption the same command goes on from there. Several processes
    or machines may work on one store. A scan that can't be read doesn't stop the others; it is
    named at the end, and the exit code is 1.

    [bold]Examples[/]

      spgc preprocess --data ~/COVID-CT-MD --store ~/spgc-store --jobs 4

      spgc preprocess --split test1 --split test2

      spgc preprocess --lungs watershed-one-region

      spgc preprocess --dask tcp://10.0.0.1:8786 --data /shared/COVID-CT-MD --store /shared/store
    """
    from spgc.cluster import dask_cluster
    from spgc.ct.lungs import check_method
    from spgc.ct.preprocess import PreprocessSettings
    from spgc.ct.preprocess import preprocess as run
    from spgc.ct.store import SliceStore

    console.set_mode(quiet=quiet, json_out=json_out)
    folders = case_folders(data, split or [])
    settings = PreprocessSettings(lung_method=lungs)
    check_method(lungs)
    with dask_cluster(dask, data, store) if dask is not None else nullcontext():
        report = run(folders, SliceStore(store), settings, jobs=jobs or 1, track=console.track)
    if json_out:
        console.show_json(_as_dict(report))
    else:
        _show(report, store)
    if report.failures:
        raise typer.Exit(1)


def case_folders(data: Path, splits: list[str]) -> dict[str, Path]:
    """Scan folders by case ID, of the whole data set or of the named splits.

    Raises UsageError for an unknown split and DataError when no scan is left.
    """
    from spgc.data.layout import open_dataset
    from spgc.errors import DataError
    from spgc.protocol import split_named

    names = {split_named(name).name for name in splits}
    dataset = open_dataset(data)
    manifest = dataset.manifest
    wanted = {
        case: folder
        for case, folder in dataset.folders.items()
        if not names or (case in manifest and manifest[case].split in names)
    }
    if not wanted:
        raise DataError(
            "no scans to work on",
            where=data,
            found=f"{len(dataset.folders)} scan folders, none of the wanted splits",
            expected="at least one",
            do="run `spgc data check` on this folder",
        )
    return wanted


def _show(report: PreprocessReport, store: Path) -> None:
    from spgc.holes import alike, some

    console.show(
        f"Scans: {len(report.done)} stored, {len(report.reused)} in the store already, "
        f"{len(report.failures)} failed."
    )
    remarks = Counter(note for notes in report.notes.values() for note in notes)
    for note, count in remarks.most_common():
        console.say(f"remark on {count} scan{'s' * (count > 1)}: {note}")
    for failure, cases in alike(report.failures).items():
        console.fail(failure)
        if len(cases) > 1:
            console.say(f"the same for {len(cases)} scans: {some(cases)}")
    console.say(f"Slice store: {store}")


def _as_dict(report: PreprocessReport) -> dict[str, object]:
    return {
        "done": list(report.done),
        "reused": list(report.reused),
        "failures": {case: failure.as_dict() for case, failure in report.failures.items()},
        "notes": {case: list(notes) for case, notes in report.notes.items()},
    }
