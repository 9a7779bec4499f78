"""A trained model's networks in 8-bit integers: `spgc quantise` in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spgc.contract.abilities import Quantisable, require
from spgc.contract.scan import NamedScan
from spgc.data.layout import Dataset
from spgc.files.held_folder import held_folder
from spgc.runs.cases import DataFolder, open_scans
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared
from spgc.systems.registry import load_system


@dataclass(frozen=True)
class Quantised:
    """Results of quantising, one `QuantisedNetwork` for each network, in turn.

    document: the model's model.json; prepared: what became of the scans.
    """

    networks: tuple[Any, ...]
    document: Mapping[str, Any]
    dataset: Dataset
    prepared: Prepared

    def as_dict(self) -> dict[str, Any]:
        networks = [asdict(network) for network in self.networks]
        return {"schema": "spgc-quantise/1", "networks": networks}


def quantise(
    model: Path, data: DataFolder, store: Path, *, jobs: int = 1, listener: Listener = NOBODY
) -> Quantised:
    """Write int8 networks into the model folder, with training scans that calibrate.

    Scans of validation check. Raises UsageError for a model of a system without networks, DataError
    without scans.
    """
    system = load_system(model)
    networks = require(
        system,
        Quantisable,
        "has no networks to quantise",
        expected="a system with slice networks",
        do="quantise a model of another system, such as cnr-iemn",
    )
    dataset, cases, prepared = open_scans(
        data, store, ("train", "val"), system.lung_method, jobs=jobs, listener=listener
    )
    listener.scans_read(prepared)
    train, val = (
        [
            (c.case_id, prepared.scans[c.case_id])
            for c in cases
            if c.split == split and c.case_id in prepared.scans
        ]
        for split in ("train", "val")
    )
    calibrating: list[NamedScan] = list(train)
    checking: list[NamedScan] = list(val)
    count = len(networks.network_names())
    with held_folder(model, listener.say):
        work = listener.track(networks.quantise(model, calibrating, checking), "networks", count)
        return Quantised(tuple(work), system.describe(), dataset, prepared)
