"""Bringing one scan into the slice store: what is whole there stays, the rest is made anew."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.segmented_scan import SegmentedScan
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan, holds_mask
from spgc.errors import SeriesError, SpgcError
from spgc.jobs.freed_memory import keep_freed_memory
from spgc.jobs.stages import Stage, Stages

CHECKING, READING = "checking files and store", "reading CT files"
SEGMENTING, STORING = "segmenting lungs", "writing the store"
"""Stages of bringing a scan into the store."""

STARTING = "start of reading processes"
"""Stage of each process that only brings scans into the store: CPU seconds before its first."""

_first = True
"""Whether this process has brought no scan into the store yet."""

REMADE = "what the slice store held of it was damaged, or had no digest: read again from its files"
"""Remark on a scan that was in the store but could not be believed."""

MASK_REMADE = (
    "the lung mask that the slice store held of it was damaged, or had no digest: made again from "
    "the stored slices"
)
"""Remark on a scan of which only the mask could not be believed."""


@dataclass(frozen=True)
class ScanOutcome:
    """What became of one scan.

    key: what `SliceStore.read` finds it by; stages: what it took; slices: how many were made,
    0 for a scan that was there already; elsewhere: another process has claimed it; scan: what was
    stored, where that was asked for and made in the process that asked; stored: what was there
    already, where that was asked for.
    """

    key: str = ""
    reused: bool = False
    elsewhere: bool = False
    failure: SpgcError | None = None
    notes: tuple[str, ...] = field(default=())
    stages: tuple[Stage, ...] = ()
    slices: int = 0
    scan: SegmentedScan | None = None
    stored: StoredScan | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ScanJob:
    """One scan to bring into the store; take_over: even if another process has claimed it.

    caller: the process that asks, 0 where those that work may do other things meanwhile; hand_on:
    the caller wants the scan at once, not from the store; tell: and what is told of one that is
    there already.
    """

    case_id: str
    folder: Path
    store: SliceStore
    settings: PreprocessSettings
    threads: int
    take_over: bool = False
    caller: int = 0
    hand_on: bool = False
    tell: bool = False

    @property
    def at_home(self) -> bool:
        """Whether the process that asks does it itself."""
        return self.caller == os.getpid()


def store_scan(job: ScanJob) -> ScanOutcome:
    """One scan's job."""
    stages = _begun(job)
    with stages.of(CHECKING):
        outcome = _done(job, stages)
    return replace(outcome, stages=tuple(stages.rows()))


def stored_scans(jobs: Sequence[ScanJob]) -> list[tuple[str, ScanOutcome]]:
    """Those of several scans that the store holds whole; of the others nothing is said or done."""
    found = []
    for job in jobs:
        stages = _begun(job)
        with stages.of(CHECKING), suppress(SpgcError, MemoryError):
            key = job.store.key_for(job.folder, job.settings)
            if (there := job.store.whole(job.case_id, key)) is not None:
                found.append((job.case_id, _reused(job, there), stages))
    return [(case, replace(one, stages=tuple(stages.rows()))) for case, one, stages in found]


def _begun(job: ScanJob) -> Stages:
    keep_freed_memory()
    apart = bool(job.caller) and not job.at_home
    stages = Stages(whole_process=apart)
    if apart and _is_first():
        stages.add(STARTING, 0.0, cpu=time.process_time())
    return stages


def _is_first() -> bool:
    global _first
    before, _first = _first, False
    return before


def _done(job: ScanJob, stages: Stages) -> ScanOutcome:
    case_id, store = job.case_id, job.store
    try:
        key = store.key_for(job.folder, job.settings)
        if (found := store.whole(case_id, key)) is not None:
            return _reused(job, found)
        if not (store.claim(case_id, key) or job.take_over):
            return ScanOutcome(elsewhere=True)
        try:
            return _make(job, key, stages)
        finally:
            store.release(case_id, key)
    except SpgcError as failure:
        return ScanOutcome(failure=failure)
    except MemoryError:
        return ScanOutcome(failure=_too_large(job.folder))


def _make(job: ScanJob, key: str, stages: Stages) -> ScanOutcome:
    """The scan made of what is good in the store, or else of its files."""
    case_id, store = job.case_id, job.store
    if (there := store.whole(case_id, key)) is not None:
        return _reused(job, there)  # finished by another process between the look and the claim
    mask, volume = store.mask_entry(case_id, key), store.volume_entry(case_id, key)
    found = store.volume(case_id, key)
    if found is None:
        remarks = (REMADE,) if volume.lies() or mask.lies() else ()
        with stages.of(READING):
            found = read_scan(job.folder)
        with stages.of(CHECKING):
            _refuse_changed(job, key)
        with stages.of(STORING):
            store.write_volume(case_id, key, found)
    else:
        remarks = (MASK_REMADE,) if mask.lies() else ()
    scan = None
    if not holds_mask(mask, found.hu.shape):
        with stages.of(SEGMENTING):
            masks = job.settings.masks(found, job.threads)
        with stages.of(STORING):
            store.write_mask(case_id, key, masks, job.settings)
        if job.hand_on and job.at_home:
            scan = SegmentedScan(found.hu, masks, found.spacing, key)
    return ScanOutcome(key, notes=(*found.notes, *remarks), slices=len(found.hu), scan=scan)


def _refuse_changed(job: ScanJob, key: str) -> None:
    """Raise SeriesError where the files are not those that the key was made of.

    Of a folder that is still being copied the volume would be stored as that of other files, and
    be believed for ever once these are back.
    """
    if job.store.key_for(job.folder, job.settings) != key:
        raise SeriesError(
            "files of the scan changed while they were read",
            where=job.folder,
            expected="files that nobody writes, moves or deletes",
            do="give the command again when they are all there",
        )


def _too_large(folder: Path) -> SeriesError:
    return SeriesError(
        "not enough memory for this scan", where=folder, do="try again with a lower --jobs"
    )


def _reused(job: ScanJob, found: StoredScan) -> ScanOutcome:
    job.store.drop_outdated(job.case_id, found.key)
    return ScanOutcome(
        found.key, reused=True, notes=found.notes, stored=found if job.tell else None
    )
