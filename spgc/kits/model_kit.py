"""A kit around a trained model: which kinds there are, and writing one whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spgc.kits.algorithm_kit import algorithm_files
from spgc.kits.hospital_kit import hospital_files
from spgc.kits.kit_files import KitFile, refuse_filled_kit, write_kit

MODEL_KITS: Mapping[str, Callable[[Path], Sequence[KitFile]]] = MappingProxyType(
    {"algorithm": algorithm_files, "medperf": hospital_files}
)
"""The files of each kind, of the folder of a model."""


@dataclass(frozen=True)
class MadeModelKit:
    """A kit around a model as it was written."""

    kind: str
    files: tuple[KitFile, ...]

    def as_dict(self) -> dict[str, Any]:
        names = [one.name for one in self.files]
        return {"schema": "spgc-kit-model/1", "kind": self.kind, "files": names}


def make_model_kit(kind: str, model: Path, out: Path) -> MadeModelKit:
    """Write the kit of a kind into a new or empty folder.

    Raises UsageError for a folder that holds something, ModelError for a folder that is no model.
    """
    refuse_filled_kit(out)
    made = MadeModelKit(kind, tuple(MODEL_KITS[kind](model)))
    write_kit(out, made.files)
    return made
