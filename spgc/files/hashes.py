"""SHA-256 of files, one by one and several together, and of facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

from spgc.files.regular import open_regular

_SMALL = 2**14
"""Bytes up to which a file is read at once: `file_digest` makes a quarter of a MiB of room first,
which takes longer than a small file."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError when it can't be read."""
    with open_regular(path) as file:
        return rest_hash(file)


def rest_hash(file: BufferedReader) -> str:
    """SHA-256 of the rest of an open file. Raises OSError when it can't be read."""
    start = file.read(_SMALL)
    digest = hashlib.sha256(start)
    if len(start) < _SMALL:
        return digest.hexdigest()
    return hashlib.file_digest(file, lambda: digest).hexdigest()


def joint_digest(digests: Mapping[str, str]) -> str:
    """One hash for several files, whatever their order."""
    lines = "".join(f"{name} {digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def facts_digest(facts: Mapping[str, Any], own: str = "digest") -> str:
    """One hash for facts that JSON can hold, whatever their order, but for the entry `own`.

    Under that name a document holds this very hash.
    """
    said = {name: value for name, value in facts.items() if name != own}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
