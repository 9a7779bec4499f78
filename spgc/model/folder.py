"""A trained model on disk, whatever its system: model.json over its files, and the checks on it."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spgc.contract.system import LabelledScan, NamedScan
from spgc.errors import DataError, DiskFullError, ModelError
from spgc.files.foreign_names import place_in
from spgc.files.json_documents import read_json
from spgc.files.whole import draft_name, sweep_drafts, write_error, write_text
from spgc.jobs.cores import usable_cores
from spgc.model.identity import file_hash, model_hash
from spgc.protocol import CLASSES

FORMAT = 3
"""Raised when an older spgc could no longer read a newer model folder."""

READABLE = (1, 2, FORMAT)
"""They differ in their hash alone: 1 left the settings out, 2 what the model was trained on."""

MAX_BYTES = 2**24
"""Of model.json; the case IDs of a hundred thousand unlabelled scans are 2 MB."""

MODEL = "model.json"

PURPOSE = "Research software. Not for diagnosis."

KEYS = (
    "format",
    "system",
    "purpose",
    "synthetic",
    "model_hash",
    "config",
    "classes",
    "trained_on",
    "files",
    "versions",
)
"""What model.json holds at least."""

_PACKAGES = ("spgc", "numpy")


def file_digest(path: Path) -> str:
    """SHA-256 of one of a model's files. Raises ModelError when it can't be read."""
    try:
        return file_hash(path)
    except OSError as error:
        raise ModelError(
            "model folder lacks a file",
            where=path,
            found=error.strerror,
            expected=path.name,
            do="copy the whole folder that spgc train wrote",
        ) from error


def write_model(
    folder: Path,
    system: str,
    *,
    config: Mapping[str, Any],
    files: Sequence[str],
    trained_on: Mapping[str, Any],
    packages: Sequence[str] = (),
) -> dict[str, Any]:
    """Write model.json over `files`, which lie in `folder` already; return what was written.

    config: the settings, ready for JSON. trained_on: what `training_facts` gives, perhaps with
    more. packages: distributions whose versions matter, besides spgc's and the system's own.
    """
    from spgc.systems.registry import provider

    digests = {name: file_digest(folder / name) for name in files}
    brought_by = provider(system)
    names = [*_PACKAGES, *packages, *([brought_by] if brought_by else [])]
    document = {
        "format": FORMAT,
        "system": system,
        "package": brought_by,
        "purpose": PURPOSE,
        "synthetic": bool(trained_on["synthetic"]),
        "model_hash": "",
        "config": json.loads(json.dumps(config)),
        "classes": list(CLASSES),
        "trained_on": dict(trained_on),
        "files": digests,
        "versions": {n: _version(n) for n in names} | {"python": platform.python_version()},
    }
    document["model_hash"] = model_hash(document)
    write_text(folder / MODEL, json.dumps(document, indent=2) + "\n")
    return document


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def training_facts(
    train: Sequence[LabelledScan], unlabelled: Sequence[NamedScan] = ()
) -> dict[str, Any]:
    """What a model was trained on: counts, hashes of scans and labels, unlabelled case IDs."""
    labels = Counter(scan.label for scan in train)
    infected = {name: [0, 0, 0] for name in CLASSES}
    for scan in train:
        if scan.infected is not None:
            marked = int(scan.infected.sum())
            counts = (1, marked, len(scan.infected) - marked)
            infected[scan.label] = [
                a + b for a, b in zip(infected[scan.label], counts, strict=True)
            ]
    return {
        "synthetic": any(scan.synthetic for scan in train),
        "scans": {name: labels[name] for name in CLASSES},
        "slice_labels": {
            name: dict(zip(("scans", "infected", "uninfected"), infected[name], strict=True))
            for name in CLASSES
        },
        "hash": _hash(f"{s.case_id} {s.label} {s.scan.key} {_marks(s)}" for s in train),
        "scans_hash": _hash(f"{s.case_id} {s.scan.key}" for s in train),
        "labels_hash": _hash(f"{s.case_id} {s.label} {_marks(s)}" for s in train),
        "unlabelled": {
            "cases": sorted(name for name, _ in unlabelled),
            "scans_hash": _hash(f"{name} {scan.key}" for name, scan in unlabelled),
        },
    }


def _marks(scan: LabelledScan) -> str:
    return "-" if scan.infected is None else "".join(str(int(value)) for value in scan.infected)


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


def read_document(folder: Path) -> dict[str, Any]:
    """model.json of a folder, its form checked but not its files.

    Raises ModelError when `folder` is no model, or its model.json damaged or of another format.
    """
    path = folder / MODEL
    if not path.is_file():
        there = folder.is_dir()
        raise ModelError(
            "not a model folder" if there else "no such model folder",
            where=folder,
            found="no model.json" if there else "nothing",
            expected="a folder with model.json",
            do="spgc train writes one; name it with --model",
        )
    try:
        document = dict(read_json(path, MAX_BYTES))
        found = document["format"]
        if found in READABLE:
            same = model_hash(document) == document["model_hash"]
            files = [str(name) for name in document["files"]]
            missing = [key for key in KEYS if key not in document]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    if found not in READABLE:
        raise ModelError(
            "model of another format",
            where=path,
            found=found,
            expected=" or ".join(map(str, READABLE)),
            do="use the spgc version that wrote it",
        )
    if missing:
        raise _damaged(path, f"no {', '.join(missing)}")
    for name in files:
        _refuse_outside(folder, name)
    if not same:
        raise ModelError(
            "model.json has changed since training",
            where=path,
            found="settings or files that do not make its model_hash",
            expected="what spgc train wrote",
            do="copy the folder again or train again",
        )
    return document


def _refuse_outside(folder: Path, name: str) -> None:
    try:
        place_in(folder, name, what="file of a model", where=folder / MODEL)
    except DataError as error:
        raise ModelError(
            "model.json names a file outside its folder",
            where=folder,
            found=error.found,
            expected="plain names",
            do="don't use this model",
        ) from error


def _damaged(path: Path, found: str) -> ModelError:
    return ModelError(
        "model.json is damaged",
        where=path,
        found=found,
        expected="what spgc train wrote",
        do="copy the folder again or train again",
    )


def read_model(folder: Path, system: str) -> dict[str, Any]:
    """model.json of a model of `system`, with every file that it names checked by its hash.

    Raises ModelError when the folder is no such model, incomplete or damaged.
    """
    document = read_document(folder)
    if document["system"] != system:
        raise ModelError(
            "model of another system", where=folder, found=repr(document["system"]), expected=system
        )
    names, digests = document["files"].keys(), document["files"].values()
    with ThreadPoolExecutor(usable_cores()) as pool:  # hashing lets other threads run
        hashed = pool.map(lambda name: file_digest(folder / name), names)
    for name, found, digest in zip(names, hashed, digests, strict=True):
        if found != digest:
            raise ModelError(
                "model file has changed since training",
                where=folder / name,
                found=f"SHA-256 {found[:12]}…",
                expected=f"{digest[:12]}…",
                do="copy the folder again or train again",
            )
    return document


def copy_model(source: Path, target: Path) -> None:
    """Write the model of `source` to `target`: its files first, model.json last.

    Raises ModelError when a file is missing or the place can't be written to.
    """
    document = read_document(source)
    if source.resolve() == target.resolve():
        return
    draft = target / draft_name()
    try:
        target.mkdir(parents=True, exist_ok=True)
        sweep_drafts(target)
        for name in document["files"]:
            shutil.copyfile(source / name, draft)
            draft.replace(target / name)
    except OSError as error:
        if isinstance(full := write_error(target, error), DiskFullError):
            raise full from error
        raise ModelError("can't copy the model", where=target, found=error.strerror) from error
    finally:
        with suppress(OSError):  # what went wrong before must not be hidden by this
            draft.unlink(missing_ok=True)
    write_text(target / MODEL, (source / MODEL).read_text(encoding="utf-8"))
