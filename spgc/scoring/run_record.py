"""The small file beside a submission that says which model it came from.

It names files by name and SHA-256, so that a file edited since has no model any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.files import write_text

FILE_NAME = "submission.run.json"

_DIGITS = 12
"""Hex digits of the model's hash that a signature shows."""

_MAX_BYTES = 2**20


def write_record(files: Sequence[Path], model_hash: str, facts: Mapping[str, Any]) -> Path:
    """Write the record of `files`, which lie in one folder; return its path."""
    path = files[0].parent / FILE_NAME
    record = {
        "model_hash": model_hash,
        **facts,
        "files": {file.name: _digest(file) for file in files},
    }
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return path


def model_of(files: Sequence[Path]) -> str | None:
    """Hash of the model that all of `files` came from; None when that is not known.

    A missing, damaged or outdated record means that it is not known.
    """
    known = {_model_of(file) for file in files}
    return known.pop() if len(known) == 1 else None


def transductive_cases(files: Sequence[Path]) -> list[str]:
    """Cases in the records of `files` that the model's training was shown without labels."""
    shown: set[str] = set()
    for file in files:
        cases = (_record_of(file) or {}).get("transductive")
        if isinstance(cases, list):
            shown.update(case for case in cases if isinstance(case, str))
    return sorted(shown)


def _model_of(file: Path) -> str | None:
    model = (_record_of(file) or {}).get("model_hash")
    return model[:_DIGITS] if isinstance(model, str) and model.isalnum() else None


def _record_of(file: Path) -> dict[str, Any] | None:
    """The record beside `file`, if it is whole and speaks of the file as it is now."""
    path = file.parent / FILE_NAME
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        record = json.loads(path.read_text(encoding="utf-8"))
        return dict(record) if record["files"][file.name] == _digest(file) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
