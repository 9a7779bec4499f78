"""A trained model on disk: model.json beside the weights, and the checks on reading it back."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.errors import ModelError
from spgc.files import write_text
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import Config, config_from
from spgc.systems.contract import LabelledScan

if TYPE_CHECKING:
    from spgc.systems.cnr_iemn.samples import Sample

FORMAT = 1
"""Raised when an older spgc could no longer read a newer model folder."""

CARD = "model.json"

PURPOSE = "Research software. Not for diagnosis."

_VERSIONS = ("spgc", "torch", "torchvision", "xgboost", "scikit-learn", "scikit-image", "numpy")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            "model folder lacks a file", where=path, found=error.strerror, expected=path.name,
            do="copy the whole folder that spgc train wrote",
        ) from error  # fmt: skip


def joint_digest(digests: Mapping[str, str]) -> str:
    """One hash for several files, whatever their order."""
    lines = "".join(f"{name} {digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_card(
    folder: Path,
    config: Config,
    files: Sequence[str],
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
) -> dict[str, Any]:
    """Write model.json over `files` of `folder`; return what was written."""
    digests = {name: file_digest(folder / name) for name in files}
    card = {
        "format": FORMAT,
        "system": "cnr-iemn",
        "purpose": PURPOSE,
        "synthetic": any(scan.synthetic for scan in scans),
        "model_hash": joint_digest(digests),
        "config": config.as_dict(),
        "classes": list(CLASSES),
        "trained_on": _trained_on(scans, samples),
        "files": digests,
        "versions": {name: version(name) for name in _VERSIONS} | {"python": _python()},
    }
    write_text(folder / CARD, json.dumps(card, indent=2) + "\n")
    return card


def _python() -> str:
    return platform.python_version()


def _trained_on(scans: Sequence[LabelledScan], samples: Sequence[Sample]) -> dict[str, Any]:
    labels = Counter(scan.label for scan in scans)
    slices = Counter(CLASSES[sample.label] for sample in samples)
    keys = "".join(f"{s.case_id} {s.label} {s.scan.key}\n" for s in scans)
    return {
        "scans": {name: labels[name] for name in CLASSES},
        "labelled_slices": {name: slices[name] for name in CLASSES},
        "hash": hashlib.sha256(keys.encode()).hexdigest(),
    }


def read_card(folder: Path) -> tuple[dict[str, Any], Config]:
    """Read model.json and check every file that it names.

    Raises ModelError when `folder` is no model, of another format, incomplete or damaged.
    """
    path = folder / CARD
    if not path.is_file():
        there = folder.is_dir()
        raise ModelError(
            "not a model folder" if there else "no such model folder", where=folder,
            found="no model.json" if there else "nothing", expected="a folder with model.json",
            do="spgc train writes one; name it with --model",
        )  # fmt: skip
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        found, files = card["format"], card["files"]
        config = config_from(card["config"], path)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "model.json is damaged", where=path, found=f"{type(error).__name__}: {error}",
            expected="what spgc train wrote", do="copy the folder again or train again",
        ) from error  # fmt: skip
    if found != FORMAT:
        raise ModelError("model of another format", where=path, found=found, expected=FORMAT)
    _check_files(folder, files)
    return card, config


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, digest in files.items():
        if Path(name).name != name:
            raise ModelError("model.json names a file outside its folder", where=folder, found=name)
        found = file_digest(folder / name)
        if found != digest:
            raise ModelError(
                "model file has changed since training", where=folder / name,
                found=f"SHA-256 {found[:12]}…", expected=f"{digest[:12]}…",
                do="copy the folder again or train again",
            )  # fmt: skip
