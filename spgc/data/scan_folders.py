"""Class, split and release from the names of a scan's folders; label files near the root."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
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


def find_files(root: Path, *names: str) -> list[Path]:
    """Files called exactly like one of `names` in `root` or up to `LABEL_DEPTH` folders below.

    In the order of the names, and of each the highest first. Names are compared as stored: some
    file systems can't tell slice_labels.csv from other spellings.
    """
    found: dict[str, list[Path]] = {name: [] for name in names}
    places = [root]
    for depth in range(LABEL_DEPTH + 1):
        below: list[Path] = []
        for place in places:
            folders, there = _look_in(place, names) if depth < LABEL_DEPTH else ([], names)
            below += folders
            for name in there:
                if _holds(place, name):
                    found[name].append(place / name)
        places = below
    return [path for paths in found.values() for path in paths]


def _holds(place: Path, name: str) -> bool:
    path = place / name
    if not is_listed(path) or is_folder(path):
        return False  # a pipe or a link that leads nowhere is there: reading it says what it is
    return name in {path.name for path in place.iterdir()}


def _look_in(place: Path, names: Sequence[str]) -> tuple[list[Path], Sequence[str]]:
    """The folders in a folder, and which of `names` it lists; all where it can't be listed."""
    try:
        with os.scandir(place) as entries:
            listed = {entry.name: entry.is_dir() for entry in entries}
    except OSError:
        return [], names
    folders = sorted(name for name, below in listed.items() if below and not is_stray_folder(name))
    return [place / name for name in folders], [name for name in names if name in listed]
