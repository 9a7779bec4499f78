"""model.json, the document of a trained model: its form, and the checks on it and its files."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spgc.errors import DataError, ModelError
from spgc.files.foreign_names import place_in
from spgc.files.hashes import file_hash
from spgc.files.json_documents import MAX_FACTS, read_json
from spgc.jobs.cores import usable_cores
from spgc.model.document_form import fault_of
from spgc.model.identity import model_hash
from spgc.protocol import CLASSES

FORMAT = 3
"""Raised when an older spgc could no longer read a newer model folder."""

READABLE = (1, 2, FORMAT)
"""They differ in their hash alone: 1 left the settings out, 2 what the model was trained on."""


MODEL = "model.json"

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
        document = dict(read_json(path, MAX_FACTS))
        found = document["format"]
        if type(found) is int and found in READABLE:
            if wrong := fault_of(document):
                raise ValueError(wrong)
            same = model_hash(document) == document["model_hash"]
            files = [str(name) for name in document["files"]]
            missing = [key for key in KEYS if key not in document]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    if type(found) is not int or found not in READABLE:
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
    if document["classes"] != list(CLASSES):  # answers are told in this order
        raise ModelError(
            "model of other classes",
            where=folder,
            found=", ".join(document["classes"][:8]),
            expected=", ".join(CLASSES),
            do="use a model that spgc train wrote",
        )
    check_files(folder, document)
    return document


def digests_of(
    document: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """Digests of files that a model's settings speak of, by the keys of `files`.

    Raises ModelError where the model.json in `folder` does not list one of them.
    """
    listed = document["files"]
    for name in files.values():
        if name not in listed:
            raise _damaged(folder / MODEL, f"settings of {name!r}, which is not among its files")
    return {key: listed[name] for key, name in files.items()}


def check_files(folder: Path, document: Mapping[str, Any]) -> None:
    """Raise ModelError for a file that model.json names and that is missing or has changed."""
    names, digests = document["files"].keys(), document["files"].values()
    with ThreadPoolExecutor(usable_cores()) as pool:  # hashing lets other threads run
        hashed = pool.map(lambda name: file_digest(folder / name), names)
    for name, found, digest in zip(names, hashed, digests, strict=True):
        _check_digest(folder / name, found, digest)


def check_file(folder: Path, document: Mapping[str, Any], name: str) -> None:
    """Raise ModelError for a file that is no longer the one that model.json names.

    For one that is read long after the model was opened: a training may have replaced it.
    """
    _check_digest(folder / name, file_digest(folder / name), document["files"][name])


def _check_digest(path: Path, found: str, digest: str) -> None:
    if found != digest:
        raise ModelError(
            "model file has changed since training",
            where=path,
            found=f"SHA-256 {found[:12]}…",
            expected=f"{digest[:12]}…",
            do="copy the folder again or train again",
        )
