"""Keys of stored scans: hashes of all that a volume and a lung mask depend on.

A scan's key is two SHA-256 with a hyphen between them: of the settings, and of its files' names and
bytes. The volume, which is the same for all settings, goes by the second alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spgc.ct.folder_files import open_file
from spgc.ct.read_scan import files_to_hash
from spgc.errors import SeriesError
from spgc.files.hashes import rest_hash

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STORE_VERSION = 4
"""Part of every key: raise it when the meaning of the arrays or the rules by which files become a
volume change."""

NOT_KEYED = MappingProxyType({"keyed": False})
"""Marks a field of settings that no stored array depends on."""


def scan_key(source: Path, settings: DataclassInstance) -> str:
    """The key of a scan read from `source`, its arrays made with `settings`.

    Raises SeriesError when the scan can't be read, for what its headers show before the first file
    is hashed.
    """
    files = _files_digest(source)
    return f"{settings_digest(settings)}-{files}"


def settings_digest(settings: DataclassInstance) -> str:
    """The first half of a scan's key, which costs nothing."""
    made = f"store {STORE_VERSION}" + json.dumps(keyed(settings), sort_keys=True)
    return hashlib.sha256(made.encode()).hexdigest()


def is_key_of(key: str, source: Path) -> bool:
    """Whether a scan's key is of these files as they are now, whatever its settings.

    Another data set may have a scan of the same name, and files change. Raises SeriesError as
    `scan_key` does.
    """
    return key.partition("-")[2] == _files_digest(source)


def _files_digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in files_to_hash(source):
        with open_file(path) as stream:
            try:
                content = rest_hash(stream)
            except OSError as error:
                raise SeriesError(
                    "can't read a file of the scan", where=path, found=error.strerror
                ) from error
        digest.update(f"\n{path.name}\0{content}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def volume_key(key: str) -> str:
    """The key of the volume of the scan that `key` names."""
    return f"v{STORE_VERSION}-{key.partition('-')[2]}"


def keyed(settings: DataclassInstance) -> dict[str, Any]:
    """What stored arrays depend on of settings; None is left out: new fields change no old key."""
    named = {
        one.name: getattr(settings, one.name)
        for one in dataclasses.fields(settings)
        if one.metadata.get("keyed", True)
    }
    return {name: value for name, value in named.items() if value is not None}
