"""Finding scans below a data folder, by looking into a few files of each folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from spgc.ct.archive import first_bytes, opened_archive
from spgc.data.case_names import same_name_form
from spgc.data.findings import number
from spgc.data.folders import Place, Walk, spread
from spgc.data.scan_folders import describe
from spgc.data.scan_single import ENDINGS, archive_holds_scan, case_of, single_scans
from spgc.errors import DataError, SeriesError
from spgc.files.file_kinds import BARE, DICOM, GZIP, META, NIFTI, NRRD, ZIP, kind_of, peek
from spgc.text.shortened import FEW, some

SLICE_ENDINGS = (".dcm", ".dicom", ".ima")

_PACKED_SLICES = (".dcm.bz2", ".dcm.xz", ".dcm.zst", ".ima.bz2", ".ima.xz")

_OTHER_FILES = frozenset(
    {
        "csv",
        "doc",
        "docx",
        "gif",
        "html",
        "jpeg",
        "jpg",
        "json",
        "log",
        "md",
        "mp4",
        "npz",
        "pdf",
        "png",
        "pptx",
        "py",
        "pt",
        "pth",
        "safetensors",
        "toml",
        "tsv",
        "txt",
        "xls",
        "xlsx",
        "xml",
        "yaml",
        "yml",
    }
)
"""Endings that are common and never those of a scan: one such file is looked into for all."""


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
    found.scans = [path for path in found.scans if not search.is_packed_copy(path, found.scans)]
    found.refused |= {path: _beside(path) for path in search.beside}
    found.refused |= {path: _closed(path, reason) for path, reason in walk.closed.items()}
    found.refused |= {path: _hidden(path) for path in walk.hidden if _hides_scans(path)}
    found.notes += _notes(root, walk, search)
    return found


@dataclass
class _Search:
    """What is known after the folders so far.

    beside: scans in one file among the slices of another; copies: scans in one file beside a
    folder of that name; masks: volumes of 8 bits beside a scan.
    """

    beside: list[Path] = field(default_factory=list)
    masks: list[Path] = field(default_factory=list)
    copies: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    inner: list[Path] = field(default_factory=list)
    _holding: dict[Path, str] = field(default_factory=dict)
    _folders: dict[Path, Path] = field(default_factory=dict)
    _with_folders: set[Path] = field(default_factory=set)

    def scans_of(self, place: Place, is_root: bool) -> list[Path]:
        """The scans that lie directly in one folder, this itself among them if it holds slices."""
        singles, masks = single_scans(place)
        slices, odd = _look(place)
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
        folders = {same_name_form(name): name for name in place.folders}
        for path in singles:
            if name := folders.get(same_name_form(case_of(path.name))):
                self._folders[path] = place.path / name
        if masks and (singles or above):
            self.masks += masks
        else:
            singles = sorted([*singles, *masks])
        scans = sorted([*singles, *(place.path / name for name in place.others)])
        if scans:
            self._holding[place.path] = "files"
        elif not place.folders and not is_root:
            if describe(place.path).release:
                return [place.path]
            if not place.files and above != "slices":
                self.empty.append(place.path)
        return scans

    def is_packed_copy(self, path: Path, scans: list[Path]) -> bool:
        """Whether the scan in one file lies unpacked beside it."""
        folder = self._folders.get(path)
        copy = folder is not None and any(scan.is_relative_to(folder) for scan in scans)
        packed = path.suffix.lower() == ".zip" and path.parent in self._with_folders
        if copy or (packed and _is_unpacked(path)):
            self.copies.append(path)
            return True
        return False


def _look(place: Place) -> tuple[bool, list[Path]]:
    """Whether a folder holds slices, and scans in one file that are called like nothing known.

    Where a name says that a file is DICOM none is opened. Otherwise a few of each ending are, for
    a name's ending may be a part of a UID.
    """
    if any(name.lower().endswith(SLICE_ENDINGS) for name in (*place.files, *place.others)):
        return True, []
    groups: dict[str, list[Path]] = {}
    for name in place.files:
        if not name.lower().endswith(ENDINGS):
            groups.setdefault(_group(name), []).append(place.path / name)
    odd: list[Path] = []
    for ending, paths in groups.items():
        volumes = False
        for path in paths[:1] if ending in _OTHER_FILES else spread(paths):
            kind = _peek(path)
            if kind in _SLICES:
                return True, []  # one is enough: folders on network disks are slow to look into
            volumes |= kind in _VOLUMES and ending not in _OTHER_FILES
        if volumes:
            odd += [path for path in paths if _peek(path) in _VOLUMES and _holds_scan(path)]
    return False, odd


_SLICES = {DICOM, BARE, f"{GZIP} of {DICOM}", f"{GZIP} of {BARE}", "packed slice"}
_VOLUMES = {NIFTI, f"{GZIP} of {NIFTI}", META, NRRD, ZIP}


def _group(name: str) -> str:
    """The ending of a name if it is one: IM0001, 1.2.840.113619.2 and 4a5b.6c7d have none."""
    ending = Path(name).suffix[1:].lower()
    return ending if ending.isalpha() or len(ending) == 2 else ""


def _peek(path: Path) -> str:
    if path.name.lower().endswith(_PACKED_SLICES):
        return "packed slice"
    try:
        return peek(path)
    except OSError:
        return DICOM  # nobody knows: its reader says why it can't be opened


def _holds_scan(path: Path) -> bool:
    return _peek(path) != ZIP or archive_holds_scan(path)


def _hides_scans(folder: Path) -> bool:
    """Whether a hidden folder, or one of the first folders in it, holds slices or NIfTI files."""
    if folder.name in _TOOLS:
        return False
    try:
        for place in islice(Walk(folder).places(), _HIDDEN_PLACES):
            if _look(place)[0] or any(n.lower().endswith(_NIFTI) for n in place.files):
                return True
    except OSError:
        return False
    return False


_TOOLS = frozenset({".git", ".venv"})
"""Hidden folders of tools, which have test images of their own."""

_HIDDEN_PLACES = 100
"""Folders within a hidden one that are looked into."""

_NIFTI = (".nii", ".nii.gz")


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
    return DataError("can't list folder", where=path, found=reason, do="check its permissions")


def _hidden(path: Path) -> DataError:
    return DataError(
        "scans in a hidden folder",
        where=path,
        expected="a name without a dot at its beginning",
        do="rename or remove it",
    )


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
            f"{number(len(search.masks), 'NIfTI file')} of 8 bits beside a scan taken as masks, "
            f"not as scans: {named(search.masks)}"
        )
    if search.inner:
        notes.append(
            f"{number(len(search.inner), 'folder')} with slices inside the folder of another scan, "
            f"taken as scans of their own: {named(search.inner)}"
        )
    if search.empty:
        notes.append(f"{number(len(search.empty), 'empty folder')}: {named(search.empty)}")
    for path, first in walk.again.items():
        notes.append(
            f"{path.relative_to(root)} leads to the folder {first.relative_to(root)}: taken once"
        )
    return notes
