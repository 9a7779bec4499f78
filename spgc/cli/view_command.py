"""`spgc view`: slices of a scan with their lung outline, or what networks are given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import DataOption, DpiOption, ForceOption, StoreOption, SystemOptions
from spgc.cli.terminal_picture import can_show, show_picture
from spgc.ct.lungs import DEFAULT_LUNGS, NO_LUNGS
from spgc.ct.patient_sides import sides_known
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.data.case_names import PHANTOM_PREFIX, same_name_form
from spgc.data.layout import open_dataset
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import real_path
from spgc.jobs.extras import need
from spgc.report.contact_sheets import lung_outline_figure, place_title
from spgc.report.pictures import check_picture, picture_bytes, verbatim, write_picture
from spgc.runs.lung_settings import lung_settings
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEET_SLICES = 12
"""Slices on a sheet where none are named: spread evenly from head to feet."""


def view(
    scan: Annotated[
        str, typer.Argument(metavar="CASE_OR_PATH", help="Case ID, or a scan's folder or file.")
    ],
    slices: Annotated[
        list[int] | None,
        typer.Option(
            "--slice", help="Slice number, counted from the head, starting at 1; repeatable."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Picture to write: .png, .jpg, .svg or .pdf.")
    ] = Path("view.png"),
    dpi: DpiOption = None,
    force: ForceOption = False,
    lungs: Annotated[
        str | None,
        typer.Option(
            "--lungs",
            autocompletion=completions.lung_methods,
            help="watershed-two-regions, watershed-one-region, watershed-closed, r231, or none.",
            show_default=f"{DEFAULT_LUNGS}; of --volume the system's own",
        ),
    ] = None,
    volume: Annotated[
        str | None,
        typer.Option(
            "--volume",
            metavar="SYSTEM_OR_MODEL",
            help="Show what networks that read whole scans are given: a system's name, or a model.",
            show_default=False,
        ),
    ] = None,
    option: SystemOptions = None,
    show: Annotated[
        bool | None,
        typer.Option(
            "--show/--no-show",
            help="Also show it in the terminal.",
            show_default="if the terminal supports it",
        ),
    ] = None,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    quiet: console.QuietFlag = False,
) -> None:
    """Write a contact sheet of a scan: slices in the lung window, lungs outlined.

    R and L mark the patient's right and left where the files define them.

    A strip below shows the 5 regions and 20 groups of the scan and where the slices lie; with
    --lungs none neither outline nor strip is drawn. A path is read directly; a case ID is looked up
    in the slice store, then in the data folder.

    With --volume, axial, coronal and sagittal planes of the scan, with the part that the system's
    networks are given in a frame, and below what they are given, its masks outlined. A system's
    name is enough; its options (--option preset=demo) may change the grid.

    [bold]Examples[/]

      spgc view P002 -o p002.png

      spgc view ~/scans/P002 --slice 40 --slice 60 -o two.png

      spgc view P002 --volume unisheff -o given.png
    """
    console.set_mode(quiet=quiet)
    check_picture(out, force=force, inputs=[Path(scan)])
    if volume is None:
        figure, words = _slices(scan, slices or [], lungs or DEFAULT_LUNGS, option, data, store)
    else:
        _refuse_slices({"--slice": slices, "--lungs": lungs})
        figure, words = _given(scan, volume, option or [], data, store)
    write_picture(figure, out, dpi)
    if show or (show is None and can_show()):
        show_picture(picture_bytes(figure, "png", dpi))
    console.show_text(f"{out}: {words}")


def _refuse_slices(given: Mapping[str, object]) -> None:
    """Raise UsageError where an option of slices is given beside --volume."""
    if found := [name for name, value in given.items() if value]:
        raise UsageError(
            "--volume shows what a system's networks are given, of the whole scan",
            found=", ".join(found),
            expected=f"none of {', '.join(given)}",
            do="leave it out",
        )


def _given(
    scan: str, named: str, option: Sequence[str], data: Path, store: Path
) -> tuple[Figure, str]:
    """The figure of what the networks of a system are given, and that in words."""
    need("train")
    # It enters the rooms of networks, which views of slices do without.
    from spgc.cli.viewed_volume import network_view, opened_system
    from spgc.report.network_views import network_view_figure

    system = opened_system(named, option)
    view = network_view(system, Path(scan).name, _told(scan, data, store))
    return network_view_figure(view, f"{_heading(scan)}, {system.name}"), view.words()


def _slices(
    scan: str,
    slices: Sequence[int],
    lungs: str,
    option: Sequence[str] | None,
    data: Path,
    store: Path,
) -> tuple[Figure, str]:
    """The contact sheet of a scan, and what it shows in words."""
    if option:
        raise UsageError("--option is of a system", found="no --volume", expected="--volume SYSTEM")
    settings = lung_settings(lungs, None, console.say)
    volume = _told(scan, data, store)
    hu, spacing = volume.hu, volume.spacing
    chosen = _chosen(slices, len(hu), scan)
    masks = settings.masks(volume)
    outlined = lungs != NO_LUNGS
    areas = masks.sum(axis=(1, 2)) * (spacing[1] * spacing[2] / 100)
    figure = lung_outline_figure(
        hu[chosen],
        masks[chosen],
        [place_title(index, len(hu)) for index in chosen],
        pixel_mm=spacing[1:],
        heading=f"{_heading(scan)}{f', {lungs}' * outlined}",
        places=chosen,
        areas_cm2=areas if outlined else None,
        sides=sides_known(volume.notes),
    )
    return figure, f"{len(chosen)} slice{'s' * (len(chosen) > 1)}"


def _heading(scan: str) -> str:
    """The scan's name, marked if it is a phantom's."""
    mark = f"{SYNTHETIC}: " if Path(scan).name.startswith(PHANTOM_PREFIX) else ""
    return f"{mark}{verbatim(real_path(Path(scan)).name)}"


def _told(scan: str, data: Path, store: Path) -> Volume:
    """The volume, after its remarks are said."""
    volume = _scan(scan, data, store)
    for note in volume.notes:
        console.say(f"remark: {note}")
    return volume


def _scan(scan: str, data: Path, store: Path) -> Volume:
    """The volume, wherever the scan lies."""
    kept = SliceStore(store)
    if not Path(scan).exists() and scan in kept.cases():
        stored = kept.read(scan)
        return Volume(stored.arrays()[0], stored.spacing, stored.positions, stored.notes)
    is_path = Path(scan).exists() or len(Path(scan).parts) > 1
    return read_scan(Path(scan) if is_path else _case_folder(scan, data))


def _case_folder(case: str, data: Path) -> Path:
    dataset, case = open_dataset(data), same_name_form(case)
    if case in dataset.refused:
        raise dataset.refused[case]
    folders = dataset.folders
    if case not in folders:
        raise DataError(
            "no such scan",
            where=data,
            found=repr(case),
            expected="a case of the data set, one in the store, or a folder",
            do="name a folder of DICOM files, or set --data",
        )
    return folders[case]


def _chosen(wanted: Sequence[int], count: int, scan: str) -> list[int]:
    """Indices from 0 of the slices to show."""
    for number in wanted:
        if not 1 <= number <= count:
            raise UsageError("no such slice", where=scan, found=number, expected=f"1 to {count}")
    if wanted:
        return [number - 1 for number in wanted]
    shown = min(SHEET_SLICES, count)
    return [int((part + 0.5) * count / shown) for part in range(shown)]
