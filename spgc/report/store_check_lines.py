"""What a check of a slice store and of model folders found, as lines and as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from rich.text import Text

from spgc.data.findings import number
from spgc.report.score_tables import name_text
from spgc.runs.store_check import StoreReport

_NAMES = {
    "scan": "scan",
    "mask": "lung mask",
    "answers": "cached prediction",
    "network": "converted network",
    "model": "model file",
    "stray": "stray",
}


def store_lines(
    report: StoreReport, removed: Collection[Path], *, remove: bool = False
) -> Iterator[Text]:
    """What is damaged or was removed, then how much was checked."""
    for damage in report.damaged:
        if not damage.undigested:
            what = "removed" if damage.where in removed else "damaged"
            yield name_text(f"{what}: {damage.where}: {damage.found}. {damage.do}.")
    old = Counter(damage.kind for damage in report.damaged if damage.undigested)
    for kind, count in old.items():
        what = "removed" if remove else "without digests"
        yield name_text(
            f"{what}: {number(count, _NAMES[kind])} of an older spgc, which can't be "
            "checked. Nothing reads them any more: what needs one makes it again"
            f"{'' if remove else '; --remove removes the old ones'}."
        )
    parts = ", ".join(number(count, _NAMES[kind]) for kind, count in report.checked.items())
    yield name_text(
        f"Checked: {parts or 'nothing is kept here'}. Damaged: {len(report.damaged) - old.total()}."
    )


def store_notes(report: StoreReport, *, remove: bool = False) -> Iterator[str]:
    """Work that others say they do, and what dead processes or an older spgc left."""
    if report.claims:
        yield (
            f"{number(len(report.claims), 'scan')} being made by other processes, if "
            "those are alive."
        )
    stale = len(report.old_claims) + len(report.outdated)
    if stale and not remove:
        yield (
            f"{number(stale, 'leftover')} of dead processes or of an older spgc, which "
            "nothing reads any more; --remove removes them."
        )


def store_document(report: StoreReport, removed: Collection[Path]) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "schema": "spgc-store/1",
        "checked": {kind: report.checked[kind] for kind in report.checked},
        "damaged": [
            {
                "kind": damage.kind,
                "where": str(damage.where),
                "found": damage.found,
                "do": damage.do,
                "removed": damage.where in removed,
            }
            for damage in report.damaged
        ],
        "claims": [str(path) for path in report.claims],
        "old_claims": [str(path) for path in report.old_claims],
        "outdated": [str(path) for path in report.outdated],
        "removed": [str(path) for path in removed],
    }
