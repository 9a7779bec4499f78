"""Manifests for a folder of the user's own, so that every command works on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from spgc.data.layout import OWN_SPLIT
from spgc.data.manifests import Case, read_table_text, write_manifest
from spgc.data.scan_folders import find_scan_folders
from spgc.errors import DataError
from spgc.protocol import CLASSES, class_named


def read_labels(path: Path) -> dict[str, str]:
    """Classes by case ID from a file in the form of the released labels (`Study,Label`).

    Raises DataError, naming the line, for an unknown class or a missing column.
    """
    rows = csv.DictReader(io.StringIO(read_table_text(path)))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    if not {"study", "label"} <= set(columns):
        raise DataError(
            "labels lack columns", where=path, found=", ".join(columns) or "no header",
            expected="Study, Label",
        )  # fmt: skip
    labels: dict[str, str] = {}
    for row in rows:
        label = class_named(row[columns["label"]] or "")
        if label is None:
            raise DataError(
                "unknown label", where=f"{path}, line {rows.line_num}",
                found=repr(row[columns["label"]]), expected=" | ".join(CLASSES),
            )  # fmt: skip
        labels[(row[columns["study"]] or "").strip()] = label
    return labels


def index_folder(root: Path, labels: Mapping[str, str] | None = None) -> dict[str, list[Case]]:
    """Cases below `root` by split.

    The split is the one that a test folder names, or else `own`; the class comes from `labels`,
    or from a class folder, or is unknown. Raises DataError when there is no scan, or when `labels`
    names a case that is not there.
    """
    scans = find_scan_folders(root)
    if not scans:
        raise DataError("no scan folder below this folder", where=root, expected="folders of DICOM")
    labels = labels or {}
    if strangers := sorted(set(labels) - set(scans)):
        raise DataError(
            f"labels for {len(strangers)} cases that have no folder", where=root,
            found=", ".join(strangers[:5]), expected="case IDs equal to folder names",
        )  # fmt: skip
    splits: dict[str, list[Case]] = {}
    for name, scan in scans.items():
        label = labels.get(name, scan.label)
        source = "labels file" if name in labels else "class folder" if scan.label else "folder"
        case = Case(name, label, scan.split or OWN_SPLIT, source, "own")
        splits.setdefault(case.split, []).append(case)
    return splits


def write_index(splits: Mapping[str, list[Case]], out: Path, *, force: bool = False) -> list[Path]:
    """Write one manifest per split into `out`; return the files.

    Raises DataError, before anything is written, when a file is there and `force` is not given.
    """
    paths = [out / f"{split}.csv" for split in splits]
    there = [path.name for path in paths if path.exists()]
    if there and not force:
        raise DataError(
            "manifests are there already", where=out, found=", ".join(there),
            do="pass --force to replace them, or name another folder with --out",
        )  # fmt: skip
    for path, cases in zip(paths, splits.values(), strict=True):
        write_manifest(cases, path)
    return paths
