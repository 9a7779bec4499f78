"""Manifests for a folder of the user's own, so that every command works on it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.data.case_names import match_names
from spgc.data.find_scans import find_scans
from spgc.data.findings import number
from spgc.data.manifests import (
    OWN_SPLIT,
    Case,
    manifest_files,
    merge,
    own_certainty,
    read_manifest,
    write_manifest,
)
from spgc.data.scan_folders import ScanFolder, split_of_test_folder
from spgc.errors import DataError
from spgc.files.foreign_names import real_path
from spgc.files.whole import draft_name, sweep_drafts
from spgc.text.shortened import some

_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
}


def index_folder(root: Path, labels: Mapping[str, str] | None = None) -> dict[str, list[Case]]:
    """Cases below `root` by split.

    The split is what a folder on the way says (train, val, Test-2), or else `own`; the class
    comes from `labels`, or from a class folder, or is unknown. Raises DataError when there is no
    scan, when `labels` names a case that is not there, or when a scan can't be taken.
    """
    found = find_scans(root)
    scans = found.scans
    for reason in found.refused.values():
        raise reason  # a list without it would hide it for good
    if not scans:
        raise DataError("no scan folder below this folder", where=root, expected="folders of DICOM")
    labels = match_names(labels or {}, scans, root)
    splits: dict[str, list[Case]] = {}
    for name, scan in scans.items():
        label = labels.get(name, scan.label)
        source = "labels file" if name in labels else "class folder" if scan.label else "folder"
        case = Case(name, label, _split_of(scan, root), source, own_certainty(name))
        splits.setdefault(case.split, []).append(case)
    return splits


def _split_of(scan: ScanFolder, root: Path) -> str:
    """The split that the nearest folder between a scan and the root (included) names."""
    above = scan.path.relative_to(root).parts[:-1]
    for name in (*reversed(above), real_path(root).name):
        split = _SPLIT_FOLDERS.get(name.strip().lower()) or split_of_test_folder(name)
        if split:
            return split
    return OWN_SPLIT


@dataclass(frozen=True)
class WrittenIndex:
    """Manifests that were written, by file: how many cases, and of these without a class."""

    files: Mapping[Path, tuple[int, int]]

    def as_dict(self) -> dict[str, Any]:
        files = [
            {"set": path.stem, "file": str(path), "cases": cases}
            for path, (cases, _) in self.files.items()
        ]
        return {"schema": "spgc-data-index/1", "files": files}


def write_index(
    splits: Mapping[str, list[Case]], out: Path, *, force: bool = False
) -> WrittenIndex:
    """Write one manifest per split into `out`, all or none.

    Raises DataError, before anything is written, when a file is there and `force` is not given,
    or when another manifest in `out` holds one of the cases.
    """
    paths = [out / f"{split}.csv" for split in splits]
    there = [path.name for path in paths if real_path(path).exists()]
    if there and not force:
        raise DataError(
            "manifests are there already",
            where=out,
            found=", ".join(there),
            do="pass --force to replace them, or name another folder with --out",
        )
    _refuse_doubles(splits, paths, out)
    _write_all(splits, paths, out)
    counts = ((len(cases), sum(c.label is None for c in cases)) for cases in splits.values())
    return WrittenIndex(dict(zip(paths, counts, strict=True)))


def _refuse_doubles(splits: Mapping[str, list[Case]], paths: list[Path], out: Path) -> None:
    new = {case.case_id for cases in splits.values() for case in cases}
    names = {path.name for path in paths}
    folder = out if out.is_dir() else real_path(out)
    for path in manifest_files(folder):
        if path.name not in names and (twice := new & set(read_manifest(path).cases)):
            raise DataError(
                f"{number(len(twice), 'case')} in another manifest",
                where=path,
                found=some(sorted(twice)),
                expected="each case in one manifest",
                do=f"remove {path.name}, or name another folder with --out",
            )


def _write_all(splits: Mapping[str, list[Case]], paths: list[Path], out: Path) -> None:
    """Write drafts of all files and read them back before the first one takes its place."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        sweep_drafts(out)
        drafts = out / draft_name()
        drafts.mkdir()
    except OSError as error:
        raise DataError("can't write manifests", where=out, found=error.strerror) from error
    try:
        for path, cases in zip(paths, splits.values(), strict=True):
            write_manifest(cases, drafts / path.name)
        merge(read_manifest(drafts / path.name) for path in paths)
        for path in paths:
            (drafts / path.name).replace(path)
    except OSError as error:
        raise DataError("can't write manifests", where=out, found=error.strerror) from error
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
