"""The folder of a model's int8 networks, as prediction reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.errors import ModelError, UsageError
from spgc.files.hashes import facts_digest, file_hash
from spgc.files.json_documents import MAX_FACTS, read_json
from spgc.nets.engines.contract import Networks
from spgc.nets.engines.converted_files import network_digests
from spgc.nets.engines.network_content import NetworkContent, read_network

FOLDER, FACTS = "int8", "int8.json"
"""In the model folder; what was done, and how each network bore it."""


@dataclass(frozen=True)
class Int8Network:
    """An int8 network; a slice whose lead, in logits, is below `lead` is answered in float32.

    digest: SHA-256 of both its files, one after the other.
    """

    file: Path
    digest: str
    lead: float

    def content(self) -> NetworkContent | None:
        """Its files, or None when they are no longer those of `digest`."""
        try:
            content = read_network(self.file)
        except OSError:
            return None
        return content if "".join(content.digests) == self.digest else None


def network_file(folder: Path, backbone: str) -> Path:
    """Where a network lies; its weights lie beside it in a `.bin`."""
    return folder / f"{backbone}.xml"


def quantised_networks(folder: Path, networks: Networks) -> Mapping[str, Int8Network]:
    """The networks to run in int8, by backbone. Others run as without.

    Raises UsageError when the model was not quantised, ModelError when that was done for other
    weights or a file has changed.
    """
    path = folder / FACTS
    if not path.is_file():
        raise UsageError(
            "the model was not quantised",
            found=f"no {FOLDER}/{FACTS} in the model folder",
            do="run spgc quantise, or use --precision bf16",
        )
    try:
        facts = read_facts(path)
        if facts["weights"] != networks.digests:
            raise ValueError("made from other weights")
        leads = {
            row["backbone"]: float(row["lead"]) for row in facts["networks"] if row["used"] is True
        }
        if not all(math.isfinite(lead) for lead in leads.values()):
            raise ValueError("a lead that is not finite")
        found = {}
        for name in networks.names:
            if name in leads:
                file = network_file(folder, name)
                if (digests := network_digests(file)) != facts["files"][name]:
                    raise ValueError(f"{file.name} has changed")
                found[name] = Int8Network(file, "".join(digests), leads[name])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "int8 networks can't be used",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected="what spgc quantise wrote",
            do="run spgc quantise again, or use --precision fp32",
        ) from error
    return found


def check_quantised(folder: Path) -> None:
    """Compare every file of the folder with its digest, whatever weights they belong to.

    Raises ModelError when one does not fit.
    """
    path = folder / FACTS
    try:
        for name, digests in read_facts(path)["files"].items():
            if network_digests(network_file(folder, name)) != digests:
                raise ValueError(f"{name} has changed")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "int8 networks are damaged",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected="what spgc quantise wrote",
            do="run spgc quantise again",
        ) from error


def read_facts(path: Path) -> dict[str, Any]:
    """The content of int8.json. Raises OSError, ValueError or TypeError when it can't be used."""
    facts = dict(read_json(path, MAX_FACTS))
    if "digest" not in facts:
        raise ValueError("no digest: made by an older spgc")
    if facts["digest"] != facts_digest(facts):
        raise ValueError(f"{path.name} is not as it was written")
    return facts


def quantised_key(folder: Path) -> str:
    """What int8 answers depend on besides the weights; empty where nothing was quantised.

    Raises ModelError when the facts can't be read.
    """
    path = folder / FACTS
    try:
        return file_hash(path) if path.is_file() else ""
    except OSError as error:
        raise ModelError("can't read int8 facts", where=path, found=error.strerror) from error
