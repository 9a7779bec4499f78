"""How a backbone's training begins: from first weights, or from what an earlier run left.

What is finished or begun needs no weight file again: the SHA-256 of the one that it started from
is stored with it. Where a file is at hand, its content decides which training it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.nets.device import Runtime
from spgc.nets.slices.imagenet import check_imagenet, fetch, weights_digest
from spgc.nets.training.checkpoint import stored_facts
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.samples import Sample

Labelled = tuple[Sequence[LabelledScan], Sequence[Sample]]
"""Scans, and the labelled slices in them."""


def final_file(folder: Path, backbone: str) -> Path:
    return folder / f"{backbone}.safetensors"


def draft_file(folder: Path, backbone: str) -> Path:
    """What going on needs, while training is unfinished."""
    return folder / f"{backbone}.progress.safetensors"


def fingerprint(
    backbone: str,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    config: Config,
    precision: str = "fp32",
    start: str = "",
) -> str:
    """Hash of everything that decides the result: same hash, same training.

    start: SHA-256 of the file of first weights; empty for a random start.
    """
    facts: dict[str, Any] = {
        "backbone": backbone,
        "config": config.slice_stage(),
        "scans": [(scan.case_id, scan.scan.key) for scan in scans],
        "samples": [(s.scan, s.index, s.label) for s in samples],
        "precision": precision,
    }
    if start:
        facts["start"] = start
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Start:
    """mark: the training's fingerprint; weights: SHA-256 of its first weights, empty for none.

    finished: it only has to be read back; begun: it goes on, with the `least` slices of a last
    batch that it was begun with.
    """

    mark: str
    weights: str
    finished: bool
    begun: bool
    least: int | None


def start_of(
    backbone: str, train: Labelled, config: Config, runtime: Runtime, folder: Path
) -> Start | None:
    """How training begins; None when it needs a weight file that is not on this machine."""
    final, draft = final_file(folder, backbone), draft_file(folder, backbone)
    stored = {path: stored_facts(path) for path in (final, draft)}
    here = _at_hand(backbone, config, runtime)
    noted = [facts["start"] for facts in stored.values() if facts.get("start")]
    for weights in noted if here is None else [here]:
        mark = fingerprint(backbone, *train, config, runtime.precision, weights)
        same = {path: facts for path, facts in stored.items() if facts.get("fingerprint") == mark}
        if same or here is not None:
            least = same.get(draft, {}).get("least")
            return Start(mark, weights, final in same, draft in same, least)
    return None


def start_with_weights(
    backbone: str, train: Labelled, config: Config, runtime: Runtime, folder: Path
) -> Start:
    """The same, with a weight file fetched where one is needed. Raises ModelError if it fails."""
    start = start_of(backbone, train, config, runtime, folder)
    if start is None:
        fetch([backbone], runtime.weights_folder)
        return start_with_weights(backbone, train, config, runtime, folder)
    return start


def check_before_reading(config: Config, runtime: Runtime, folder: Path) -> None:
    """Raise ModelError for weights that can't be had, before any scan is read.

    Of a backbone that `folder` already has something of, the scans decide whether it needs them.
    """
    if config.weights == "imagenet":
        new = [name for name in config.backbones if not _left(folder, name)]
        check_imagenet(new, runtime.weights_folder)


def check_before_training(
    backbones: Sequence[str], train: Labelled, config: Config, runtime: Runtime, folder: Path
) -> None:
    """Raise ModelError for weights of any backbone that can't be had, before the first trains."""
    if config.weights == "imagenet":
        starts = {name: start_of(name, train, config, runtime, folder) for name in backbones}
        new = [name for name, s in starts.items() if s is None or not (s.finished or s.begun)]
        check_imagenet(new, runtime.weights_folder)


def _left(folder: Path, backbone: str) -> bool:
    return final_file(folder, backbone).is_file() or draft_file(folder, backbone).is_file()


def _at_hand(backbone: str, config: Config, runtime: Runtime) -> str | None:
    """SHA-256 of the first weights on this machine, "" for a random start; None for no file."""
    if config.weights != "imagenet":
        return ""
    return weights_digest(backbone, runtime.weights_folder)
