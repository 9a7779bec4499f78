"""Which folders below a root hold scans, and what their place says about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spgc.errors import DataError
from spgc.protocol import CAP, COVID19, NORMAL

STRAY_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "dicomdir"})
"""Files that systems and viewers leave in folders (lower case)."""

STRAY_FOLDERS = frozenset({"__macosx", "manifests"})

_CLASS_FOLDER = re.compile(r"(covid-19|cap|normal)[ _]+(subjects|cases)", re.IGNORECASE)
_TEST_FOLDER = re.compile(r"test[-_ ]?([1-4])", re.IGNORECASE)
_CLASS_WORDS = {"covid-19": COVID19, "cap": CAP, "normal": NORMAL}


@dataclass(frozen=True)
class ScanFolder:
    """One scan on disk: case ID (the folder's name) and what the folder above it says.

    `label` from a class folder, `split` from a test folder; `release` is "challenge", "figshare",
    "test sets" or "" when the place says nothing.
    """

    case_id: str
    path: Path
    label: str | None = None
    split: str | None = None
    release: str = ""


def find_scan_folders(root: Path) -> dict[str, ScanFolder]:
    """All scan folders below `root` by case ID, in order of path.

    A scan folder holds files that may be DICOM, or is an empty folder in a class or test folder.
    Raises DataError when `root` is no folder or two folders have the same name.
    """
    if not root.is_dir():
        raise DataError(
            "no such data folder", where=root,
            found="a file" if root.exists() else "nothing", expected="a folder of scans",
            do="name it with --data or SPGC_DATA",
        )  # fmt: skip
    found: dict[str, ScanFolder] = {}
    for path in _leaf_folders(root):
        scan = _described(path)
        other = found.get(scan.case_id)
        if other is not None:
            raise DataError(
                f"two folders are called {scan.case_id}", where=root,
                found=f"{_short(other.path, root)} and {_short(path, root)}",
                expected="one folder per case", do="remove or rename one",
            )  # fmt: skip
        found[scan.case_id] = scan
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
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f.lower() not in STRAY_FOLDERS
        )
        path = Path(place)
        if _may_hold_scan(path, files) or (not folders and path != root and _is_placed(path)):
            yield path


def _is_placed(path: Path) -> bool:
    name = path.resolve().parent.name.strip()
    return bool(_CLASS_FOLDER.fullmatch(name) or _TEST_FOLDER.fullmatch(name))


def _may_hold_scan(path: Path, files: list[str]) -> bool:
    names = [f for f in files if f.lower() not in STRAY_NAMES and not f.startswith(".")]
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


def _described(path: Path) -> ScanFolder:
    real = path.resolve()
    above = real.parent.name.strip()
    if match := _CLASS_FOLDER.fullmatch(above):
        word, kind = match.group(1).lower(), match.group(2).lower()
        release = "challenge" if kind == "subjects" else "figshare"
        return ScanFolder(real.name, path, _CLASS_WORDS[word], None, release)
    if match := _TEST_FOLDER.fullmatch(above):
        return ScanFolder(real.name, path, None, f"test{match.group(1)}", "test sets")
    return ScanFolder(real.name, path)
