"""The scans of a data folder read and segmented into the slice store, as `spgc preprocess` does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.preprocess import PreprocessReport, preprocess
from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.errors import DataError
from spgc.jobs.cluster import DaskAddress
from spgc.runs.cases import DataFolder, named_splits
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.lung_settings import lung_settings
from spgc.text.command_lines import command_line


@dataclass(frozen=True)
class StoreFilling:
    """What to read: scans of `splits` (all without) of `data`, with masks of the method `lungs`.

    lung_weights: of a method that is a network; jobs: scans at a time, or `cluster` for all.
    """

    data: DataFolder
    store: Path
    splits: Sequence[str] = ()
    lungs: str = DEFAULT_LUNGS
    lung_weights: Path | None = None
    jobs: int = 1
    cluster: DaskAddress | None = None


def fill_store(asked: StoreFilling, listener: Listener = NOBODY) -> PreprocessReport:
    """Bring every scan that is asked for into the store; one that fails doesn't stop the others.

    Raises UsageError for an unknown split or method, DataError when no scan is there.
    """
    folders = case_folders(asked.data, asked.splits, listener)
    settings = lung_settings(asked.lungs, asked.lung_weights, listener.say)
    cluster = asked.cluster
    joined: AbstractContextManager[None] = nullcontext()
    if cluster is not None:
        joined = cluster.joined(asked.data.root, asked.store, say=listener.say)
    with joined:
        return preprocess(
            folders, SliceStore(asked.store), settings, jobs=asked.jobs, track=listener.track
        )


def case_folders(
    data: DataFolder, splits: Sequence[str], listener: Listener = NOBODY
) -> dict[str, Path | DataError]:
    """Scan folders by case ID, or why a scan can't be taken: all, or those of the named splits.

    Raises UsageError for an unknown split and DataError when no scan is left.
    """
    names = set(named_splits(data, splits))
    dataset = open_dataset(data.root, data.manifests, data.labels_release)
    wanted = dataset.sources(
        case
        for case in (*dataset.folders, *dataset.refused)
        if not names or dataset.manifest[case].split in names
    )
    if not wanted:
        raise DataError(
            "no scans to work on",
            where=data.root,
            found=f"{len(dataset.folders)} scan folders, none of the wanted splits",
            expected="at least one",
            do=f"{command_line('spgc', 'data', 'check', data.root)} tells what is there",
        )
    for note in dataset.notes:
        listener.say(note)
    return wanted
