"""Which folders and files below a root hold scans, and what their place says about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spgc.data.scan_single import case_of, single_scans
from spgc.errors import DataError
from spgc.protocol import CAP, COVID19, NORMAL, class_named
from spgc.stray import is_stray

STRAY_FOLDERS = frozenset({"__macosx", "manifests"})

LABEL_DEPTH = 2
"""Folders below the root that label files and `Stats.csv` are looked for in."""

_CLASS_FOLDER = re.compile(r"(covid-?19|cap|normal)[ _]+(subjects?|cases?)", re.IGNORECASE)
_TEST_FOLDER = re.compile(r"test[-_ ]?([1-4])", re.IGNORECASE)
_CLASS_WORDS = {"covid-19": COVID19, "covid19": COVID19, "cap": CAP, "normal": NORMAL}


@dataclass(frozen=True)
class ScanFolder:
    """One scan on disk: case ID (its folder's or file's name) and what the folder above it says.

    `label` from a class folder, `split` from a test folder; `release` is "challenge", "figshare",
    "test sets" or "" when the place says nothing of a release.
    """

    case_id: str
    path: Path
    label: str | None = None
    split: str | None = None
    release: str = ""


def find_scan_folders(root: Path) -> dict[str, ScanFolder]:
    """All scans below `root` by case ID, in order of path.

    A scan is a folder with files that may be DICOM, an empty folder in a class or test folder, or
    a file of its own: see `spgc.data.scan_single`.
    Raises DataError when `root` is no folder or folders have the same name.
    """
    if not root.is_dir():
        raise DataError(
            "no such data folder", where=root,
            found="a file" if root.exists() else "nothing", expected="a folder of scans",
            do="check the path (ROOT, --data or SPGC_DATA)",
        )  # fmt: skip
    found: dict[str, ScanFolder] = {}
    twins: list[str] = []
    for path in _leaf_folders(root):
        scan = describe(path)
        other = found.setdefault(scan.case_id, scan)
        if other is not scan:
            pair = f"{_short(other.path, root)} and {_short(path, root)}"
            twins.append(f"{scan.case_id} ({pair})")
    if twins:
        raise DataError(
            f"{len(twins)} case IDs stand for two folders", where=root,
            found="; ".join(twins[:5]) + ("; …" if len(twins) > 5 else ""),
            expected="one folder per case", do="remove or rename one of each pair",
        )  # fmt: skip
    return found


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _leaf_folders(root: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for place, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(f for f in folders if not _is_stray_folder(f))
        path = Path(place)
        if _may_hold_scan(path, files):
            yield path
            continue
        single = list(single_scans(path, files, folders))
        yield from single
        if not (single or folders) and path != root and _is_placed(path):
            yield path


def _is_stray_folder(name: str) -> bool:
    return name.startswith(".") or name.lower() in STRAY_FOLDERS


def _is_placed(path: Path) -> bool:
    return bool(describe(path).release)


def _may_hold_scan(path: Path, files: list[str]) -> bool:
    names = [f for f in files if not is_stray(f)]
    if any(name.lower().endswith((".dcm", ".dicom", ".ima")) for name in names):
        return True
    bare = [name for name in names if not Path(name).suffix or Path(name).suffix[1:].isdigit()]
    return any(is_dicom(path / name) for name in bare[:3])


def is_dicom(path: Path) -> bool:
    """Whether a file has DICOM's mark at byte 128 (PS3.10, section 7.1)."""
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def describe(path: Path) -> ScanFolder:
    """What the names of a scan's folder and of the folder above it say.

    Names are those on the way the user took, so a linked scan is called like its link.
    """
    seen = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    name = case_of(seen.name) if path.is_file() else seen.name
    case_id, above = name.strip(), seen.parent.name.strip()
    if match := _CLASS_FOLDER.fullmatch(above):
        word, kind = match.group(1).lower(), match.group(2).lower()
        release = "challenge" if kind.startswith("subject") else "figshare"
        return ScanFolder(case_id, path, _CLASS_WORDS[word], None, release)
    if split := split_of_test_folder(above):
        return ScanFolder(case_id, path, None, split, "test sets")
    return ScanFolder(case_id, path, class_named(above))


def split_of_test_folder(name: str) -> str | None:
    """The split that a folder name such as `Test-2` stands for, or None."""
    match = _TEST_FOLDER.fullmatch(name.strip())
    return f"test{match.group(1)}" if match else None


def find_files(root: Path, name: str) -> list[Path]:
    """Files called exactly `name` in `root` or up to `LABEL_DEPTH` folders below, highest first.

    Names are compared as stored: some file systems can't tell slice_labels.csv from other
    spellings.
    """
    found: list[Path] = []
    places = [root]
    for depth in range(LABEL_DEPTH + 1):
        found += [place / name for place in places if _holds(place, name)]
        if depth < LABEL_DEPTH:
            places = [below for place in places for below in _folders_in(place)]
    return found


def _holds(place: Path, name: str) -> bool:
    if not (place / name).is_file():
        return False
    return name in {path.name for path in place.iterdir()}


def _folders_in(place: Path) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            names = [e.name for e in entries if e.is_dir() and not _is_stray_folder(e.name)]
    except OSError:
        return []
    return [place / name for name in sorted(names)]
