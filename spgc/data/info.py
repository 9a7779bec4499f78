"""Facts of a split, from the protocol and the manifest that comes with spgc."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spgc.challenge.set_words import Split
from spgc.data.manifests import COLUMNS, Case, read_manifest, read_manifests
from spgc.errors import DataError, UsageError
from spgc.files.shipped import manifests_dir
from spgc.protocol import CLASSES, SPLITS, splits_named

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
        "set": split.name,
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


def describe_splits(name: str | None, manifests: Path | None = None) -> list[dict[str, Any]]:
    """What `name` means, a split or several, or all of them without.

    manifests: a folder of the user's own, whose splits are described instead of the challenge's.
    Raises UsageError for an unknown split and DataError for manifests that can't be read.
    """
    if manifests is None:
        return [describe_split(SPLITS[one]) for one in _challenge_splits(name or "all")]
    manifest = read_manifests(manifests)
    names = splits_named(name or "all", manifest.splits())
    present = [one for one in names if manifest.split(one)]
    if not present:
        raise DataError(
            f"the manifests hold no case of {name}",
            where=manifests,
            found=", ".join(manifest.splits()) or "no case",
            expected=", ".join(names),
            do="name another split",
        )
    return [_describe_own(one, manifest.split(one), manifests) for one in present]


def _challenge_splits(name: str) -> tuple[str, ...]:
    try:
        return splits_named(name)
    except UsageError as error:
        raise UsageError(
            error.what,
            found=error.found,
            expected=error.expected,
            do=f"{error.do}; a split of your own is described with --manifests DIR",
        ) from error


def _describe_own(name: str, cases: Sequence[Case], folder: Path) -> dict[str, Any]:
    """As `describe_split`, of a split of the user's manifests: facts of its rows alone."""
    counts = Counter(case.label for case in cases)
    path = folder / f"{name}.csv"
    unknown = counts[None]
    return {
        "set": name,
        "title": "of your own manifests",
        "size": len(cases),
        "scans": {one: counts[one] for one in CLASSES},
        "ranked": False,
        "aliases": [],
        "paper_table": "–",
        "note": f"{unknown} without a class" if unknown else "every class known",
        "certainty": dict(Counter(case.certainty for case in cases)),
        "manifest": str(path if path.is_file() else folder),
        "columns": {one: COLUMN_MEANINGS[one] for one in COLUMNS},
        "examples": [_row(case) for case in cases[:EXAMPLES]],
    }


def _row(case: Case) -> dict[str, str]:
    values = (case.case_id, case.label or "", case.split, case.source, case.certainty)
    return dict(zip(COLUMNS, values, strict=True))
