"""What a model was trained on: cases, counts, and hashes of scans and labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from spgc.contract.scan import LabelledScan, NamedScan, Scan
from spgc.protocol import CLASSES


def training_facts(
    train: Sequence[LabelledScan], unlabelled: Sequence[NamedScan] = ()
) -> dict[str, Any]:
    """What a model was trained on: case IDs, counts, hashes of scans and labels, and of each scan.

    contents: a hash for each scan, by which it is known under another case ID as well.
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
            "cases": sorted(name for name, _ in unlabelled),
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


def learnt_with_labels(document: Mapping[str, Any], cases: Collection[str]) -> list[str]:
    """Those of `cases` that the model of model.json learnt from beyond its training split, sorted.

    It has their labels by heart: right answers for them say nothing.
    """
    return sorted(set(document["trained_on"].get("val", {}).get("cases", ())) & set(cases))


def trained_cases(document: Mapping[str, Any], scans: Mapping[str, Scan]) -> list[str] | None:
    """Those of `scans` that the training split of a model held, by case ID or by content, sorted.

    None where model.json does not name its cases: an older spgc wrote it, or another package.
    """
    return _met(document["trained_on"], scans)


def choosing_cases(document: Mapping[str, Any], scans: Mapping[str, Scan]) -> list[str] | None:
    """Those of `scans` that chose something of a model, sorted; None where it does not say."""
    return _met(document["trained_on"].get("chosen_by", {}), scans)


def _met(part: Mapping[str, Any], scans: Mapping[str, Scan]) -> list[str] | None:
    if "cases" not in part:
        return None
    cases, contents = set(part["cases"]), set(part.get("contents", ()))
    return sorted(n for n, scan in scans.items() if n in cases or content_hash(scan) in contents)


def content_hash(scan: Scan) -> str:
    """Sixteen digits for the files of a scan, whatever it is called and however it was segmented.

    Of a scan that was never in a store, for its voxels and masks.
    """
    return hashlib.sha256(scan.key.rpartition("-")[2].encode()).hexdigest()[:16]


def _named(scans: Iterable[NamedScan]) -> dict[str, list[str]]:
    known = [(name, content_hash(scan)) for name, scan in scans]
    return {"cases": sorted(n for n, _ in known), "contents": sorted(c for _, c in known)}


def slice_marks(scan: LabelledScan) -> str:
    """Slice labels as digits, head to feet; a dash where nobody labelled the slices."""
    return "-" if scan.infected is None else "".join(str(int(value)) for value in scan.infected)


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
