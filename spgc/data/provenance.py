"""Provenance of a set of scans in numbers and hashes, for a model card."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from spgc.data.layout import Dataset
from spgc.data.manifests import Case, Manifest
from spgc.protocol import CLASSES


def manifest_hash(manifest: Manifest) -> str:
    """SHA-256 over every row of a manifest, whatever their order."""
    rows = sorted(f"{c.case_id},{c.label},{c.split},{c.source},{c.certainty}\n" for c in manifest)
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def provenance(
    dataset: Dataset, cases: Sequence[Case], used: Collection[str], failed: Collection[str] = ()
) -> dict[str, Any]:
    """Layout, manifest and, by split, what its manifest lists and what of it was used.

    cases: all that were asked for; used, failed: IDs. What is neither has no folder.
    """
    splits: dict[str, list[Case]] = {}
    for case in cases:
        splits.setdefault(case.split, []).append(case)
    return {
        "layout": dataset.layout,
        "manifest_hash": manifest_hash(dataset.manifest),
        "splits": {name: _split(part, used, failed) for name, part in splits.items()},
    }


def _split(cases: Sequence[Case], used: Collection[str], failed: Collection[str]) -> dict[str, Any]:
    there = [case for case in cases if case.case_id in used]
    broken = sum(case.case_id in failed for case in cases)
    listed, present = (Counter(case.label for case in part) for part in (cases, there))
    return {
        "listed": {name: listed[name] for name in CLASSES},
        "used": {name: present[name] for name in CLASSES},
        "without_class": present[None],
        "missing": len(cases) - len(there) - broken,
        "failed": broken,
        "certainty": dict(sorted(Counter(case.certainty for case in cases).items())),
    }
