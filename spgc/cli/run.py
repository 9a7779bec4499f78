"""What `train` and `predict` do alike: open the data, prepare scans, tell of trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.cli import console
from spgc.errors import DataError
from spgc.protocol import CLASSES

if TYPE_CHECKING:
    from spgc.data.layout import Dataset
    from spgc.data.manifests import Case, Manifest
    from spgc.pipeline import Prepared
    from spgc.systems.contract import LabelledScan, System

SHOWN = 5
"""Case IDs that a remark lists before it says how many more there are."""


def open_scans(
    data: Path,
    store: Path,
    splits: Sequence[str],
    manifests: Path | None,
    *,
    lungs: str,
    jobs: int,
) -> tuple[Dataset, list[Case], Prepared]:
    """The cases of `splits` (all that are found when empty), prepared in the slice store.

    Raises DataError when none of them has a folder.
    """
    from spgc.ct.preprocess import PreprocessSettings
    from spgc.ct.store import SliceStore
    from spgc.data.layout import open_dataset
    from spgc.pipeline import prepare

    dataset = open_dataset(data, manifests)
    if splits:
        cases = [case for split in splits for case in dataset.cases(split)]
    else:
        cases = [case for case in dataset.cases(None) if case.case_id in dataset.folders]
    if not any(case.case_id in dataset.folders for case in cases):
        raise DataError(
            f"no scan of {', '.join(splits) or 'any split'}", where=data,
            found=f"{len(dataset.folders)} scan folders ({dataset.layout})",
            expected="at least one",
            do=f"spgc data check {data} tells what is there",
        )  # fmt: skip
    for note in dataset.notes:
        console.say(note)
    settings = PreprocessSettings(lung_method=lungs)
    prepared = prepare(
        dataset, cases, SliceStore(store), settings, jobs=jobs or 1, track=console.track
    )
    return dataset, cases, prepared


def report_trouble(prepared: Prepared) -> None:
    """Say which scans are missing, failed or doubtful."""
    if prepared.missing:
        console.say(f"{len(prepared.missing)} scans are not there: {_some(prepared.missing)}")
    remarks = Counter(note for notes in prepared.notes.values() for note in notes)
    for note, count in remarks.most_common():
        console.say(f"remark on {count} scan{'s' * (count > 1)}: {note}")
    for failure in prepared.failures.values():
        console.say(f"left out: {failure}")


def _some(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class Hits:
    """Right answers on one split: hits and scans per class in `CLASSES` order."""

    split: str
    hits: tuple[int, ...]
    scans: tuple[int, ...]
    synthetic: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "hits": sum(self.hits),
            "scans": sum(self.scans),
            "synthetic": self.synthetic,
            "classes": {
                name: {"hits": h, "scans": n}
                for name, h, n in zip(CLASSES, self.hits, self.scans, strict=True)
            },
        }

    def show(self) -> None:
        if not sum(self.scans):
            console.say(f"No scan of {self.split} to check the model with.")
            return
        parts = ", ".join(
            f"{name} {h}/{n}"
            for name, h, n in zip(CLASSES, self.hits, self.scans, strict=True)
            if n
        )
        chance = max(self.scans)
        mark = "SYNTHETIC " if self.synthetic else ""
        console.show_text(
            f"{mark}{self.split}: {sum(self.hits)}/{sum(self.scans)} scans right ({parts}); "
            f"always naming the commonest class would give {chance}/{sum(self.scans)}"
        )


def score_split(system: System, scans: Sequence[LabelledScan], manifest: Manifest) -> Hits:
    """Predict labelled scans and count the right answers."""
    answers = system.predict([(s.case_id, s.scan) for s in scans], len(scans), console.track)
    right = Counter(s.label for s in scans if answers[s.case_id].label == s.label)
    there = Counter(s.label for s in scans)
    return Hits(
        split="val",
        hits=tuple(right[name] for name in CLASSES),
        scans=tuple(there[name] for name in CLASSES),
        synthetic=any(s.synthetic for s in scans),
    )
