"""What `train` and `predict` do alike: open the data, prepare scans, tell of trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.cli import console
from spgc.errors import DataError, UsageError
from spgc.holes import alike, some
from spgc.protocol import CLASSES

if TYPE_CHECKING:
    from spgc.data.layout import Dataset
    from spgc.data.manifests import Case
    from spgc.pipeline import Prepared
    from spgc.shards import Shard
    from spgc.systems.evaluation import Evaluation


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
    from spgc.pipeline import prepare

    dataset, cases, own = open_cases(data, splits, manifests)
    settings = PreprocessSettings(lung_method=lungs)
    prepared = prepare(
        dataset, own, SliceStore(store), settings, jobs=jobs or 1, track=console.track
    )
    return dataset, cases, prepared


def open_cases(
    data: Path, splits: Sequence[str], manifests: Path | None, part: Shard | None = None
) -> tuple[Dataset, list[Case], list[Case]]:
    """The data set, the cases of `splits` (all that are found when empty), and those of `part`.

    Raises DataError when none of them has a folder.
    """
    from spgc.data.layout import open_dataset

    dataset = open_dataset(data, manifests)
    if splits:
        cases = [case for split in splits for case in dataset.cases(split)]
    else:
        cases = [case for case in dataset.cases(None) if case.case_id in dataset.folders]
    own = part.of(cases) if part else cases
    if part and not own:
        raise UsageError("more parts than scans", found=f"{part.number}/{part.count}",
                         expected=f"at most {len(cases)} parts")  # fmt: skip
    if not any(case.case_id in dataset.folders for case in own):
        raise DataError(
            f"no scan of {', '.join(splits) or 'any split'}", where=data,
            found=f"{len(dataset.folders)} scan folders ({dataset.layout})",
            expected="at least one",
            do=f"spgc data check {data} tells what is there",
        )  # fmt: skip
    for note in dataset.notes:
        console.say(note)
    return dataset, cases, own


def report_trouble(prepared: Prepared) -> None:
    """Say which scans are missing, failed or doubtful."""
    if prepared.missing:
        console.say(f"{len(prepared.missing)} scans are not there: {some(prepared.missing)}")
    remarks = Counter(note for notes in prepared.notes.values() for note in notes)
    for note, count in remarks.most_common():
        console.say(f"remark on {count} scan{'s' * (count > 1)}: {note}")
    for failure, cases in alike(prepared.failures).items():
        same = f" (the same for {len(cases)} scans: {some(cases)})" if len(cases) > 1 else ""
        console.say(f"left out: {failure}{same}")


def show_evaluation(done: Evaluation) -> None:
    """Print right answers on one split, beside what naming the commonest class would give."""
    if not sum(done.scans):
        console.say(f"No scan of {done.split} to check the model with.")
        return
    parts = ", ".join(
        f"{name} {h}/{n}" for name, h, n in zip(CLASSES, done.hits, done.scans, strict=True) if n
    )
    mark = "SYNTHETIC " if done.synthetic else ""
    console.show_text(
        f"{mark}{done.split}: {sum(done.hits)}/{sum(done.scans)} scans right ({parts}); always "
        f"naming the commonest class would give {max(done.scans)}/{sum(done.scans)}"
    )
