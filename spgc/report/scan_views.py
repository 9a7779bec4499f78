"""A scan as a picture: slices with their lung outline, or what networks are given of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.contract.system import Options
from spgc.ct.lungs import DEFAULT_LUNGS, NO_LUNGS
from spgc.ct.patient_sides import sides_known
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.data.case_names import PHANTOM_PREFIX, same_name_form
from spgc.data.layout import open_dataset
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import real_path
from spgc.jobs.extras import need
from spgc.report.contact_sheets import lung_outline_figure, place_title
from spgc.report.pictures import verbatim
from spgc.runs.lung_settings import lung_settings
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEET_SLICES = 12
"""Slices on a sheet where none are named: spread evenly from head to feet."""


@dataclass(frozen=True)
class Viewing:
    """What to show of which scan.

    scan: a case ID, or the path of a scan; slices: numbers from 1, spread evenly without; lungs: a
    method, None for the usual one; volume: a system's name or a model, whose networks read whole
    scans, with its options; say: gets remarks.
    """

    scan: str
    data: Path
    store: Path
    slices: Sequence[int] = ()
    lungs: str | None = None
    volume: str | None = None
    options: Options = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None

    def figure(self) -> tuple[Figure, str]:
        """The figure, and what it shows in words.

        Raises UsageError for options that don't go together, DataError for a case that is not
        there, SeriesError for a scan that can't be read.
        """
        if self.volume is None:
            return self._sheet()
        self._refuse({"--slice": self.slices, "--lungs": self.lungs})
        return self._given(self.volume)

    def _refuse(self, given: Mapping[str, object]) -> None:
        """Raise UsageError where an option of slices is given beside --volume."""
        if found := [name for name, value in given.items() if value]:
            raise UsageError(
                "--volume shows what a system's networks are given, of the whole scan",
                found=", ".join(found),
                expected=f"none of {', '.join(given)}",
                do="leave it out",
            )

    def _given(self, named: str) -> tuple[Figure, str]:
        """The figure of what the networks of a system are given, and that in words."""
        need("train")
        # They enter the rooms of networks, which views of slices do without.
        from spgc.report.network_views import network_view_figure
        from spgc.report.viewed_volume import network_view, opened_system

        system = opened_system(named, self.options)
        view = network_view(system, Path(self.scan).name, self._told(), self.say)
        return network_view_figure(view, f"{self._heading()}, {system.name}"), view.words()

    def _sheet(self) -> tuple[Figure, str]:
        """The contact sheet of a scan, and what it shows in words."""
        if self.options:
            raise UsageError(
                "--option is of a system", found="no --volume", expected="--volume SYSTEM"
            )
        lungs = self.lungs or DEFAULT_LUNGS
        settings = lung_settings(lungs, None, self.say)
        volume = self._told()
        hu, spacing = volume.hu, volume.spacing
        chosen = _chosen(self.slices, len(hu), self.scan)
        masks = settings.masks(volume)
        outlined = lungs != NO_LUNGS
        areas = masks.sum(axis=(1, 2)) * (spacing[1] * spacing[2] / 100)
        figure = lung_outline_figure(
            hu[chosen],
            masks[chosen],
            [place_title(index, len(hu)) for index in chosen],
            pixel_mm=spacing[1:],
            heading=f"{self._heading()}{f', {lungs}' * outlined}",
            places=chosen,
            areas_cm2=areas if outlined else None,
            sides=sides_known(volume.notes),
        )
        return figure, f"{len(chosen)} slice{'s' * (len(chosen) > 1)}"

    def _heading(self) -> str:
        """The scan's name, marked if it is a phantom's."""
        mark = f"{SYNTHETIC}: " if Path(self.scan).name.startswith(PHANTOM_PREFIX) else ""
        return f"{mark}{verbatim(real_path(Path(self.scan)).name)}"

    def _told(self) -> Volume:
        """The volume, after its remarks are said."""
        volume = _scan(self.scan, self.data, self.store)
        for note in volume.notes:
            self.say(f"remark: {note}")
        return volume


def _scan(scan: str, data: Path, store: Path) -> Volume:
    """The volume of a path or case: that of the data folder's files, from the store if it is there.

    The store alone answers for a case that the data folder lacks: it may hold another scan of that
    name, or what was made of files that have changed since.
    """
    if Path(scan).exists() or len(Path(scan).parts) > 1:
        return read_scan(Path(scan))
    kept, case = SliceStore(store), same_name_form(scan)
    if (source := _in_data(case, data)) is not None:
        volume = kept.volume(case, kept.key_for(source, PreprocessSettings()))
        return read_scan(source) if volume is None else volume
    if case in kept.cases():
        stored = kept.read(case)
        return Volume(stored.arrays()[0], stored.spacing, stored.positions, stored.notes)
    raise DataError(
        "no such scan",
        where=data,
        found=repr(case),
        expected="a case of the data set, one in the store, or a folder",
        do="name a folder of DICOM files, or set --data",
    )


def _in_data(case: str, data: Path) -> Path | None:
    """Where the data folder has a case; None without. Raises DataError for one not to be taken."""
    if not data.is_dir():
        return None
    dataset = open_dataset(data)
    if case in dataset.refused:
        raise dataset.refused[case]
    return dataset.folders.get(case)


def _chosen(wanted: Sequence[int], count: int, scan: str) -> list[int]:
    """Indices from 0 of the slices to show."""
    for number in wanted:
        if not 1 <= number <= count:
            raise UsageError("no such slice", where=scan, found=number, expected=f"1 to {count}")
    if wanted:
        return [number - 1 for number in wanted]
    shown = min(SHEET_SLICES, count)
    return [int((part + 0.5) * count / shown) for part in range(shown)]
