"""What a model was trained on: counts, and hashes of scans and labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from spgc.contract.scan import LabelledScan, NamedScan
from spgc.protocol import CLASSES


def training_facts(
    train: Sequence[LabelledScan], unlabelled: Sequence[NamedScan] = ()
) -> dict[str, Any]:
    """What a model was trained on: counts, hashes of scans and labels, unlabelled case IDs."""
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
        "scans": {name: labels[name] for name in CLASSES},
        "slice_labels": {
            name: dict(zip(("scans", "infected", "uninfected"), infected[name], strict=True))
            for name in CLASSES
        },
        "hash": _hash(f"{s.case_id} {s.label} {s.scan.key} {slice_marks(s)}" for s in train),
        "scans_hash": _hash(f"{s.case_id} {s.scan.key}" for s in train),
        "labels_hash": _hash(f"{s.case_id} {s.label} {slice_marks(s)}" for s in train),
        "unlabelled": {
            "cases": sorted(name for name, _ in unlabelled),
            "scans_hash": _hash(f"{name} {scan.key}" for name, scan in unlabelled),
        },
    }


def val_facts(val: Sequence[LabelledScan]) -> dict[str, Any]:
    """What joins `training_facts` where validation scans were learnt from with their labels."""
    facts = training_facts(val)
    facts.pop("unlabelled")
    return {"val": {"cases": sorted(scan.case_id for scan in val)} | facts}


def learnt_with_labels(document: Mapping[str, Any], cases: Collection[str]) -> list[str]:
    """Those of `cases` that the model of model.json learnt from beyond its training split, sorted.

    It has their labels by heart: right answers for them say nothing.
    """
    return sorted(set(document["trained_on"].get("val", {}).get("cases", ())) & set(cases))


def slice_marks(scan: LabelledScan) -> str:
    """Slice labels as digits, head to feet; a dash where nobody labelled the slices."""
    return "-" if scan.infected is None else "".join(str(int(value)) for value in scan.infected)


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
