"""Facts of a split, from the protocol and the manifest that comes with spgc."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spgc.data.manifests import COLUMNS, Case, read_manifest
from spgc.files.shipped import manifests_dir
from spgc.protocol import CLASSES, Split

COLUMN_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "case": "name of the scan's folder, which is the case ID",
        "label": f"{', '.join(CLASSES)}; empty when unknown",
        "split": "train, val, test1 to test4, or a name of your own",
        "source": "where the row comes from",
        "certainty": "official, published, confirmed, matches_paper, likely, approximate, own or "
        "synthetic",
    }
)
"""The contract of a manifest, column by column."""

EXAMPLES = 3
"""Rows shown of a manifest."""


def describe_split(split: Split) -> dict[str, Any]:
    """Counts, table of the paper, aliases, certainty, columns and first rows of a split."""
    path = manifests_dir() / f"{split.name}.csv"
    cases = list(read_manifest(path))
    return {
        "name": split.name,
        "title": split.title,
        "size": split.size,
        "scans": dict(zip(CLASSES, split.counts, strict=True)),
        "ranked": split.ranked,
        "aliases": list(split.aliases),
        "paper_table": split.paper_table,
        "note": split.note,
        "certainty": dict(Counter(case.certainty for case in cases)),
        "manifest": str(path),
        "columns": {name: COLUMN_MEANINGS[name] for name in COLUMNS},
        "examples": [_row(case) for case in cases[:EXAMPLES]],
    }


def _row(case: Case) -> dict[str, str]:
    values = (case.case_id, case.label or "", case.split, case.source, case.certainty)
    return dict(zip(COLUMNS, values, strict=True))
