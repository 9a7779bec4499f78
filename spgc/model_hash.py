"""What a model is known by: one hash over its settings and its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.regular_files import open_regular


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError when it can't be read."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def joint_digest(digests: Mapping[str, str]) -> str:
    """One hash for several files, whatever their order."""
    lines = "".join(f"{name} {digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def model_hash(document: Mapping[str, Any]) -> str:
    """The hash of the model that `document`, a model.json, describes.

    Over the system's name, its settings and the files' hashes; over the files' alone in format 1.
    Versions, counts and the model card are not part of it: they change no answer. Raises KeyError
    or TypeError when the document is not a model.json.
    """
    files = joint_digest(document["files"])
    if document["format"] == 1:
        return files
    facts = {"system": document["system"], "config": document["config"], "files": files}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
