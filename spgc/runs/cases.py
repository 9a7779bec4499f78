"""The cases of a data folder that a run is about, and their scans in the slice store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset, open_dataset
from spgc.data.manifests import Case
from spgc.errors import DataError, UsageError
from spgc.protocol import SPLITS, splits_named
from spgc.runs.learnable import learnable
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.lung_settings import lung_settings
from spgc.runs.scans import Prepared, prepare
from spgc.runs.shards import Shard
from spgc.text.command_lines import command_line


@dataclass(frozen=True)
class DataFolder:
    """Where scans and what is known of them lie.

    manifests: a folder of manifests that wins over all others; labels_release: which release of
    the slice labels, None for the newest.
    """

    root: Path
    manifests: Path | None = None
    labels_release: str | None = None


def named_splits(data: DataFolder, names: Sequence[str]) -> list[str]:
    """The splits that `names` mean in a data folder, each once.

    Beside the challenge's names, aliases and pools those of the manifests in use count. Raises
    UsageError for a name that is none of them.
    """
    if set(names) <= set(SPLITS):
        return list(dict.fromkeys(names))
    try:
        present = open_dataset(data.root, data.manifests, data.labels_release).manifest.splits()
    except DataError:
        present = []  # which is told when the data are opened to be read
    return list(dict.fromkeys(one for name in names for one in splits_named(name, present)))


def named_split(data: DataFolder, name: str) -> str:
    """The one split that `name` means in a data folder. Raises UsageError for none or several."""
    found = named_splits(data, [name])
    if len(found) > 1:
        raise UsageError(
            "one split is asked for here",
            found=f"{name}, which is several",
            expected=" | ".join(found),
            do="name one of them",
        )
    return found[0]


def open_cases(
    data: DataFolder,
    splits: Sequence[str],
    part: Shard | None = None,
    listener: Listener = NOBODY,
) -> tuple[Dataset, list[Case], list[Case]]:
    """The data set, the cases of `splits` (all that are found when empty), and those of `part`.

    Raises DataError when none of them has a folder.
    """
    dataset = open_dataset(data.root, data.manifests, data.labels_release)
    if splits:
        cases = [case for split in splits for case in dataset.cases(split)]
    else:
        cases = dataset.cases(None)
    own = part.of(cases) if part else cases
    if part and not own:
        raise UsageError(
            "more parts than scans",
            found=f"{part.number}/{part.count}",
            expected=f"at most {len(cases)} parts",
        )
    if not any(dataset.holds(case.case_id) for case in own):
        raise DataError(
            f"no scan of {', '.join(splits) or 'any split'}",
            where=data.root,
            found=f"{len(dataset.folders)} scan folders ({dataset.layout})",
            expected="at least one",
            do=f"{command_line('spgc', 'data', 'check', data.root)} tells what is there",
        )
    for note in dataset.notes:
        listener.say(note)
    return dataset, cases, own


def open_scans(
    data: DataFolder,
    store: Path,
    splits: Sequence[str],
    lung_method: str,
    *,
    lung_weights: Path | None = None,
    jobs: int = 1,
    listener: Listener = NOBODY,
) -> tuple[Dataset, list[Case], Prepared]:
    """The cases of `splits` (all that are found when empty), prepared in the slice store.

    lung_weights: as in `lung_settings`. Scans that can't be learned from are among the failures.
    Raises DataError when none of the cases has a folder, and what `lung_settings` raises before
    any scan is read.
    """
    settings = lung_settings(lung_method, lung_weights, listener.say)
    dataset, cases, own = open_cases(data, splits, listener=listener)
    prepared = prepare(dataset, own, SliceStore(store), settings, jobs=jobs, track=listener.track)
    return dataset, cases, learnable(dataset, prepared, cases)
