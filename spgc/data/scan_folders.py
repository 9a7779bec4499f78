"""Class, split and release from the names of a scan's folders; label files near the root."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from spgc.data.case_names import same_name_form
from spgc.data.folders import is_stray_folder
from spgc.data.scan_single import case_of
from spgc.files.regular import is_folder, is_listed
from spgc.protocol import class_named

LABEL_DEPTH = 2
"""Folders below the root that label files and `Stats.csv` are looked for in."""

_CLASS_FOLDER = re.compile(r"(covid-?19|cap|normal)[ _]+(subjects?|cases?)", re.IGNORECASE)
_TEST_FOLDER = re.compile(r"test[-_ ]?([1-4])", re.IGNORECASE)


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


def describe(path: Path) -> ScanFolder:
    """What the names of a scan's folder and of the folder above it say.

    Names are those on the way the user took, so a linked scan is called like its link.
    """
    seen = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    name = seen.name if is_folder(path) else case_of(seen.name)
    case_id, above = same_name_form(name.strip()), seen.parent.name.strip()
    if match := _CLASS_FOLDER.fullmatch(above):
        release = "challenge" if match.group(2).lower().startswith("subject") else "figshare"
        return ScanFolder(case_id, path, class_named(match.group(1)), None, release)
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
    path = place / name
    if is_folder(path) or not is_listed(path):
        return False  # a pipe or a link that leads nowhere is there: reading it says what it is
    return name in {path.name for path in place.iterdir()}


def _folders_in(place: Path) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            names = [e.name for e in entries if e.is_dir() and not is_stray_folder(e.name)]
    except OSError:
        return []
    return [place / name for name in sorted(names)]
