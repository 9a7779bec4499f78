"""The folder of a model's int8 networks, as prediction reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spgc.errors import ModelError, UsageError
from spgc.model_hash import file_hash
from spgc.systems.cnr_iemn.engines.contract import Networks

FOLDER, FACTS = "int8", "int8.json"
"""In the model folder; what was done, and how each network bore it."""


@dataclass(frozen=True)
class Quantised:
    """An int8 network; a slice whose lead, in logits, is below `lead` is answered in float32.

    digest: SHA-256 of both its files, one after the other.
    """

    file: Path
    digest: str
    lead: float


def network_file(folder: Path, backbone: str) -> Path:
    """Where a network lies; its weights lie beside it in a `.bin`."""
    return folder / f"{backbone}.xml"


def file_digests(file: Path) -> list[str]:
    """SHA-256 of both files of a network."""
    return [file_hash(file), file_hash(file.with_suffix(".bin"))]


def quantised_networks(folder: Path, networks: Networks) -> Mapping[str, Quantised]:
    """The networks to run in int8, by backbone. Others run as without.

    Raises UsageError when the model was not quantised, ModelError when that was done for other
    weights or a file has changed.
    """
    path = folder / FACTS
    if not path.is_file():
        raise UsageError(
            "the model was not quantised", found=f"no {FOLDER}/{FACTS} in the model folder",
            do="run spgc quantise, or use --precision bf16",
        )  # fmt: skip
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["weights"] != networks.digests:
            raise ValueError("made from other weights")
        leads = {row["backbone"]: float(row["lead"])
                 for row in facts["networks"] if row["used"] is True}  # fmt: skip
        if not all(math.isfinite(lead) for lead in leads.values()):
            raise ValueError("a lead that is not finite")
        found = {}
        for name in networks.names:
            if name in leads:
                file = network_file(folder, name)
                if (digests := file_digests(file)) != facts["files"][name]:
                    raise ValueError(f"{file.name} has changed")
                found[name] = Quantised(file, "".join(digests), leads[name])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            "int8 networks can't be used", where=path, found=f"{type(error).__name__}: {error}",
            expected="what spgc quantise wrote",
            do="run spgc quantise again, or use --precision fp32",
        ) from error  # fmt: skip
    return found


def quantised_key(folder: Path) -> str:
    """What kept answers depend on besides the weights; empty where nothing was quantised."""
    path = folder / FACTS
    return file_hash(path) if path.is_file() else ""
