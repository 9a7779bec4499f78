"""Frozen slice probabilities: answers of trained CNNs to every slice, kept in one small file.

From it the patient stage can be fitted and judged in a second, without images and without CNNs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError
from spgc.files.json_documents import parse_json
from spgc.files.regular import read_regular
from spgc.files.safetensors_header import metadata_of
from spgc.files.whole import write_bytes
from spgc.protocol import CLASSES

_FACTS, _FEATURES, _SLICES = "spgc", "features", "slices."
_SCHEMA = "spgc-frozen/1"


@dataclass(frozen=True)
class Frozen:
    """Slice probabilities of trained CNNs, and the features once made from them.

    cases: training scans included, with split and truth; probabilities: by case,
    (S, B, 3) float32 in the order of `backbones` and `classes`, slices head to feet; features:
    (N, F) float32 in the order of `cases`; names: of the features, (F,).
    """

    cases: tuple[Case, ...]
    backbones: tuple[str, ...]
    classes: tuple[str, ...]
    probabilities: Mapping[str, NDArray[np.float32]]
    features: NDArray[np.float32]
    names: tuple[str, ...]
    made_with: Mapping[str, str]

    @property
    def manifest(self) -> Manifest:
        return Manifest({case.case_id: case for case in self.cases})

    def of(self, case_id: str) -> dict[str, NDArray[np.float32]]:
        """Probabilities (S, 3) of one case by backbone."""
        return {b: self.probabilities[case_id][:, i] for i, b in enumerate(self.backbones)}


def rounded(probabilities: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(S, B, 3) from B arrays (S, 3), at the precision in which they are kept (16 bits)."""
    return np.stack(probabilities, axis=1).astype(np.float16).astype(np.float32)


def write_frozen(path: Path, frozen: Frozen) -> str:
    """Write the file, all or nothing, and return its SHA-256; same content, same bytes."""
    tensors: dict[str, NDArray[Any]] = {
        _SLICES + case: np.ascontiguousarray(rows.astype(np.float16))
        for case, rows in frozen.probabilities.items()
    }
    tensors[_FEATURES] = np.ascontiguousarray(frozen.features)
    facts = {
        "schema": _SCHEMA,
        "backbones": frozen.backbones,
        "classes": frozen.classes,
        "names": frozen.names,
        "made_with": dict(frozen.made_with),
        "cases": [[c.case_id, c.split, c.label, c.certainty] for c in frozen.cases],
    }
    # One entry: safetensors writes several in random order, and the hash would differ.
    content = save(tensors, {_FACTS: json.dumps(facts, sort_keys=True)})
    write_bytes(path, content)
    return hashlib.sha256(content).hexdigest()


def read_frozen(path: Path, digest: str | None = None) -> Frozen:
    """Read the file. Raises DataError when it is missing, damaged or of another hash."""
    try:
        content = read_regular(path)
        found = hashlib.sha256(content).hexdigest()
        if digest is not None and found != digest:
            raise ValueError(f"SHA-256 {found[:12]}, the baseline names {digest[:12]}")
        return _frozen(parse_json(metadata_of(content)[_FACTS]), load(content))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            "can't read frozen slice probabilities",
            where=path,
            found=(error.strerror if isinstance(error, OSError) else str(error)) or "damage",
            expected=_SCHEMA,
            do="take the committed file again, or spgc regress --update",
        ) from error


def _frozen(facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Frozen:
    if facts["schema"] != _SCHEMA:
        raise ValueError(f"schema {facts['schema']!r}")
    cases = tuple(
        Case(case, label, split, "frozen", certainty)
        for case, split, label, certainty in facts["cases"]
    )
    rows = {c.case_id: tensors[_SLICES + c.case_id].astype(np.float32) for c in cases}
    shape = (len(facts["backbones"]), len(CLASSES))
    for case, array in rows.items():
        if array.ndim != 3 or array.shape[1:] != shape or not len(array):
            raise ValueError(f"{case} has shape {array.shape}")
    features = tensors[_FEATURES].astype(np.float32)
    if features.shape != (len(cases), len(facts["names"])):
        raise ValueError(f"features of shape {features.shape}")
    return Frozen(
        cases,
        tuple(facts["backbones"]),
        tuple(facts["classes"]),
        rows,
        features,
        tuple(facts["names"]),
        dict(facts["made_with"]),
    )
