"""What a model was trained on: cases, counts, and hashes of scans and labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from spgc.contract.scan import LabelledScan, NamedScan, Scan
from spgc.ct.stored_scan import StoredScan
from spgc.ct.voxel_digest import voxel_digest
from spgc.errors import StoreError
from spgc.protocol import CLASSES


def training_facts(
    train: Sequence[LabelledScan], unlabelled: Sequence[NamedScan] = ()
) -> dict[str, Any]:
    """What a model was trained on: case IDs, counts, hashes of scans and labels, and of each scan.

    contents, voxels: hashes of each scan's files and of what it shows, by which it is known under
    another case ID as well.
    """
    labels = Counter(scan.label for scan in train)
    infected = {name: [0, 0, 0] for name in CLASSES}
    for scan in train:
        if scan.infected is not None:
            marked = int(scan.infected.sum())
            counts = (1, marked, len(scan.infected) - marked)
            infected[scan.label] = [
                a + b for a, b in zip(infected[scan.label], counts, strict=True)
            ]
    return {
        "synthetic": any(scan.synthetic for scan in train),
        **_named((s.case_id, s.scan) for s in train),
        "scans": {name: labels[name] for name in CLASSES},
        "slice_labels": {
            name: dict(zip(("scans", "infected", "uninfected"), infected[name], strict=True))
            for name in CLASSES
        },
        "hash": _hash(f"{s.case_id} {s.label} {s.scan.key} {slice_marks(s)}" for s in train),
        "scans_hash": _hash(f"{s.case_id} {s.scan.key}" for s in train),
        "labels_hash": _hash(f"{s.case_id} {s.label} {slice_marks(s)}" for s in train),
        "unlabelled": {
            **_named(unlabelled),
            "scans_hash": _hash(f"{name} {scan.key}" for name, scan in unlabelled),
        },
    }


def val_facts(val: Sequence[LabelledScan]) -> dict[str, Any]:
    """What joins `training_facts` where validation scans were learnt from with their labels."""
    facts = training_facts(val)
    facts.pop("unlabelled")
    return {"val": facts}


def choosing_facts(val: Sequence[LabelledScan]) -> dict[str, Any]:
    """What joins `training_facts` where validation scans chose an epoch, a threshold or a member.

    With their labels: the model's answers for them flatter it.
    """
    return {"chosen_by": _named((scan.case_id, scan.scan) for scan in val)}


class Fingerprint:
    """What a scan is known by under another case ID, each hash made once, when it is asked for."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan

    @cached_property
    def content(self) -> str:
        """`content_hash`."""
        return content_hash(self._scan)

    @cached_property
    def voxels(self) -> str:
        """`voxel_hash`."""
        return voxel_hash(self._scan)


AnsweredScans = Mapping[str, Fingerprint | None]
"""Scans by case ID; None for one that is not at hand any more, and is known by its ID alone."""


def fingerprints(scans: Mapping[str, Scan | None]) -> AnsweredScans:
    """Of scans by case ID, for several of the questions below."""
    return {name: None if scan is None else Fingerprint(scan) for name, scan in scans.items()}


def learnt_with_labels(document: Mapping[str, Any], scans: AnsweredScans) -> list[str]:
    """Those of `scans` that the model of model.json learnt from beyond its training split, sorted.

    By case ID or by what they show. It has their labels by heart: right answers say nothing.
    """
    return _met(document["trained_on"].get("val", {}), scans) or []


def shown_cases(document: Mapping[str, Any], scans: AnsweredScans) -> list[str]:
    """Those of `scans` that a model's training was shown without labels, sorted.

    Its answers for them are transductive: not comparable with those of a model that never saw
    the scans it is tested on.
    """
    return _met(document["trained_on"].get("unlabelled", {}), scans) or []


def trained_cases(document: Mapping[str, Any], scans: AnsweredScans) -> list[str] | None:
    """Those of `scans` that the training split of a model held, sorted.

    By case ID or by what they show. None where model.json does not name its cases: an older spgc
    wrote it, or another package.
    """
    return _met(document["trained_on"], scans)


def choosing_cases(document: Mapping[str, Any], scans: AnsweredScans) -> list[str] | None:
    """Those of `scans` that chose something of a model, sorted; None where it does not say."""
    return _met(document["trained_on"].get("chosen_by", {}), scans)


def _met(part: Mapping[str, Any], scans: AnsweredScans) -> list[str] | None:
    if "cases" not in part:
        return None
    cases, contents, voxels = (set(part.get(n, ())) for n in ("cases", "contents", "voxels"))
    return sorted(
        name
        for name, found in scans.items()
        if name in cases
        or (found is not None and found.content in contents)
        or (found is not None and voxels and found.voxels in voxels)
    )


def content_hash(scan: Scan) -> str:
    """Sixteen digits for the files of a scan, whatever it is called and however it was segmented.

    Of a scan that was never in a store, for its voxels and masks.
    """
    return hashlib.sha256(scan.key.rpartition("-")[2].encode()).hexdigest()[:16]


def voxel_hash(scan: Scan) -> str:
    """`voxel_digest` of a scan: what the store holds of it, or else of its slices.

    Empty where they can't be read any more.
    """
    if isinstance(scan, StoredScan) and scan.voxels:
        return scan.voxels
    try:
        return voxel_digest(scan.n_slices, lambda index: scan.slice(index)[0])
    except StoreError:
        return ""


def _named(scans: Iterable[NamedScan]) -> dict[str, list[str]]:
    known = list(scans)
    prints = [voxel_hash(scan) for _, scan in known]
    return {
        "cases": sorted(name for name, _ in known),
        "contents": sorted(content_hash(scan) for _, scan in known),
        "voxels": sorted(found for found in prints if found),
    }


def slice_marks(scan: LabelledScan) -> str:
    """Slice labels as digits, head to feet; a dash where nobody labelled the slices."""
    return "-" if scan.infected is None else "".join(str(int(value)) for value in scan.infected)


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
