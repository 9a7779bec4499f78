"""Finding scans below a data folder, by looking into a few files of each folder."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath

from spgc.ct.archive import first_bytes, opened_archive
from spgc.data.case_names import same_name_form
from spgc.data.findings import number
from spgc.data.folder_content import look
from spgc.data.folders import Place, Walk
from spgc.data.left_out import hidden_folder, hides_scans, scans_in_strays, stray_scan
from spgc.data.scan_folders import describe
from spgc.data.scan_single import case_of, single_scans
from spgc.errors import DataError, SeriesError
from spgc.files.file_kinds import DICOM, kind_of
from spgc.text.shortened import FEW, some

_ARRAYS = (".h5", ".hdf5", ".mat", ".nc", ".zarr")
"""Endings of forms that may hold a volume, and mostly hold something else."""


@dataclass
class ScanPlaces:
    """Scans by path, and what lies beside them. `refused` holds the reason of each."""

    scans: list[Path] = field(default_factory=list)
    refused: dict[Path, DataError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def scan_places(root: Path) -> ScanPlaces:
    """Every place below `root` with a scan. Raises DataError when `root` can't be listed."""
    found, walk, search = ScanPlaces(), Walk(root), _Search()
    try:
        for place in walk.places():
            found.scans += search.scans_of(place, place.path == root)
    except OSError as error:
        raise DataError("can't list data folder", where=root, found=error.strerror) from error
    within = _within(found.scans)
    found.scans = [path for path in found.scans if not search.is_packed_copy(path, within)]
    found.refused |= {path: _beside(path) for path in search.beside}
    found.refused |= {path: _closed(path, reason) for path, reason in walk.closed.items()}
    found.refused |= {path: hidden_folder(path) for path in walk.hidden if hides_scans(path, walk)}
    found.refused |= {path: stray_scan(path) for path in search.strays}
    found.notes += _notes(root, walk, search)
    return found


@dataclass
class _Search:
    """What is known after the folders so far.

    beside: scans in one file among the slices of another; copies: scans in one file beside a
    folder of that name; masks: volumes of 8 bits beside a scan; strays: scans in files that are
    left out for their names, and folders with slices that are; unknown: files of forms that hold
    any arrays and are not looked into.
    """

    beside: list[Path] = field(default_factory=list)
    masks: list[Path] = field(default_factory=list)
    copies: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    inner: list[Path] = field(default_factory=list)
    strays: list[Path] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)
    _holding: dict[Path, str] = field(default_factory=dict)
    _folders: dict[Path, Path] = field(default_factory=dict)
    _with_folders: set[Path] = field(default_factory=set)

    def scans_of(self, place: Place, is_root: bool) -> list[Path]:
        """The scans that lie directly in one folder, this itself among them if it holds slices."""
        singles, masks = single_scans(place)
        slices, odd = look(place)
        singles = sorted([*singles, *odd])
        above = self._holding.get(place.path.parent)
        if place.folders:
            self._with_folders.add(place.path)
        if slices:
            self._holding[place.path] = "slices"
            own = same_name_form(place.path.name)
            self.beside += [p for p in singles if same_name_form(case_of(p.name)) != own]
            if above == "slices":
                self.inner.append(place.path)
            return [place.path]
        self.unknown += [
            place.path / name
            for name in (*place.files, *place.folders)
            if name.lower().endswith(_ARRAYS)
        ]
        folders = {same_name_form(name): name for name in place.folders}
        for path in singles:
            if name := folders.get(same_name_form(case_of(path.name))):
                self._folders[path] = place.path / name
        if masks and (singles or above):
            self.masks += masks
        else:
            singles = sorted([*singles, *masks])
        scans = sorted([*singles, *(place.path / name for name in place.others)])
        strays = scans_in_strays(place)
        if scans:
            self._holding[place.path] = "files"
        elif not place.folders and not is_root:
            if describe(place.path).release:
                return [place.path]
            if not place.files and not strays and above != "slices":
                self.empty.append(place.path)
        self.strays += strays
        return scans

    def is_packed_copy(self, path: Path, within: Set[Path]) -> bool:
        """Whether the scan in one file lies unpacked beside it; within: all that hold a scan."""
        copy = self._folders.get(path) in within
        packed = path.suffix.lower() == ".zip" and path.parent in self._with_folders
        if copy or (packed and _is_unpacked(path)):
            self.copies.append(path)
            return True
        return False


def _within(scans: Iterable[Path]) -> Set[Path]:
    """The scans and all folders above them."""
    within: set[Path] = set()
    for path in scans:
        for place in chain((path,), path.parents):
            if place in within:
                break  # and so is all that is above it
            within.add(place)
    return within


def _is_unpacked(archive: Path) -> bool:
    """Whether every folder with DICOM inside an archive of several lies unpacked beside it."""
    try:
        with opened_archive(archive) as (opened, listed):
            firsts = {member.folder: member for member in listed}
            if len(firsts) < 2:
                return False
            inside = [
                PurePosixPath(folder)
                for folder, member in firsts.items()
                if kind_of(first_bytes(opened, member)) == DICOM
            ]
    except SeriesError:
        return False
    places = (archive.parent, archive.parent / case_of(archive.name))
    return bool(inside) and any(_all_there(place, inside) for place in places)


def _all_there(place: Path, inside: list[PurePosixPath]) -> bool:
    whole = all(".." not in folder.parts and (place / folder).is_dir() for folder in inside)
    return whole or all(
        len(folder.parts) > 1
        and ".." not in folder.parts
        and place.joinpath(*folder.parts[1:]).is_dir()
        for folder in inside
    )


def _beside(path: Path) -> DataError:
    return DataError(
        "scan in one file among the slices of another scan",
        where=path,
        expected="each scan in a place of its own",
        do="move it into a folder of its own, or remove it",
    )


def _closed(path: Path, reason: str) -> DataError:
    do = (
        "remove the link, or check where it leads" if path.is_symlink() else "check its permissions"
    )
    return DataError("can't list folder", where=path, found=reason, do=do)


def _notes(root: Path, walk: Walk, search: _Search) -> list[str]:
    def named(paths: list[Path]) -> str:
        return some([str(path.relative_to(root)) for path in paths], FEW)

    notes = []
    if search.copies:
        notes.append(
            f"{number(len(search.copies), 'file')} left out, which lie unpacked in a folder "
            f"beside: {named(search.copies)}"
        )
    if search.masks:
        notes.append(
            f"{number(len(search.masks), 'volume')} of 8 bits beside a scan taken as masks, "
            f"not as scans: {named(search.masks)}"
        )
    if search.inner:
        notes.append(
            f"{number(len(search.inner), 'folder')} with slices inside the folder of another scan, "
            f"taken as scans of their own: {named(search.inner)}"
        )
    if search.unknown:
        notes.append(
            f"{number(len(search.unknown), 'file')} of arrays that are not looked into, save CT as "
            f"NIfTI: {named(search.unknown)}"
        )
    if search.empty:
        notes.append(f"{number(len(search.empty), 'empty folder')}: {named(search.empty)}")
    for path, first in walk.again.items():
        notes.append(
            f"{path.relative_to(root)} leads to the folder {first.relative_to(root)}: taken once"
        )
    return notes
