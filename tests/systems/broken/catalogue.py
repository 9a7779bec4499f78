"""The list of systems that break a rule, and what they are made with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spgc.contract import System
from spgc.files.whole import write_bytes
from spgc.model.folder import write_model
from tests.systems.small.whole_volume import WholeVolume

BROKEN: list[tuple[str, str, type[System]]] = []
"""Name of the check that catches it, a part of what the check says, and the system."""


def breaks(check: str, found: str) -> Callable[[type], type]:
    def noted(kind: type) -> type:
        BROKEN.append((check, found, kind))
        return kind

    return noted


def add(system: WholeVolume, folder: Path, name: str, content: bytes, **config: Any) -> None:
    """One more file for a model that is there already, or more settings."""
    write_bytes(folder / name, content)
    document = dict(system._document)
    system._document = write_model(
        folder,
        document["system"],
        config=document["config"] | config,
        files=[*document["files"], name],
        trained_on=document["trained_on"],
    )
