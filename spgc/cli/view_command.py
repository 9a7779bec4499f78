"""`spgc view`: slices of a scan with their lung outline, or what networks are given of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import DataOption, DpiOption, ForceOption, StoreOption, SystemOptions
from spgc.cli.terminal_picture import can_show, show_picture
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.report.pictures import check_picture, picture_bytes, write_picture
from spgc.report.scan_views import Viewing
from spgc.systems.options import split_pairs


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
    in the data folder, then in the slice store.

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
    asked = Viewing(
        scan,
        data,
        store,
        slices or (),
        lungs,
        volume,
        split_pairs(option or []),
        console.say,
    )
    figure, words = asked.figure()
    write_picture(figure, out, dpi)
    if show or (show is None and can_show()):
        show_picture(picture_bytes(figure, "png", dpi))
    console.show_text(f"{out}: {words}")
