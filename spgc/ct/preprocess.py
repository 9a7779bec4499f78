"""Preprocessing: scan folders into the slice store, each scan a job of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from spgc.ct.bits import Mask
from spgc.ct.lungs import DEFAULT_LUNGS, R231, LungMethod, check_method
from spgc.ct.read_scan import read_scan
from spgc.ct.scan_key import NOT_KEYED
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.errors import DiskFullError, SeriesError, SpgcError, UsageError
from spgc.jobs.cores import jobs_for
from spgc.jobs.freed_memory import keep_freed_memory
from spgc.jobs.parallel import in_parallel, is_local
from spgc.jobs.progress import Track, silent
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
class PreprocessSettings:
    """What the stored arrays depend on besides the files; part of each scan's key.

    lung_weights: SHA-256 of the weights of a method that has some; `segment` then is the method.
    `spgc.runs.lung_settings` finds both. Raises UsageError for an unknown method.
    """

    lung_method: str = DEFAULT_LUNGS
    lung_weights: str | None = None
    segment: LungMethod | None = field(default=None, compare=False, metadata=NOT_KEYED)

    def __post_init__(self) -> None:
        check_method(self.lung_method)
        complete = self.lung_weights is not None and self.segment is not None
        if (self.lung_method == R231) != complete:
            raise UsageError(
                "settings of a lung method and its weights don't go together",
                found=self.lung_method,
                do="take spgc.runs.lung_settings.lung_settings",
            )

    def masks(self, volume: Volume, threads: int = 1) -> Mask:
        """Lung masks of a volume, (S, H, W) bool."""
        segment = self.segment or check_method(self.lung_method)
        return segment(volume.hu, volume.spacing, threads)


@dataclass(frozen=True)
class PreprocessReport:
    """What became of each scan, in the order of the folders.

    `failures`, `notes` and `keys` are by case ID; `notes` holds the scans with anything doubtful,
    `keys` what `SliceStore.read` finds each good scan by.
    """

    done: tuple[str, ...]
    reused: tuple[str, ...]
    failures: Mapping[str, SpgcError]
    notes: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, str]

    def as_dict(self) -> dict[str, object]:
        return {
            "schema": "spgc-preprocess/1",
            "done": list(self.done),
            "reused": list(self.reused),
            "failures": {case: failure.as_dict() for case, failure in self.failures.items()},
            "notes": {case: list(notes) for case, notes in self.notes.items()},
        }


@dataclass(frozen=True)
class ScanOutcome:
    """What became of one scan.

    key: what `SliceStore.read` finds it by; stages: what it took; slices: how many were made,
    0 for a scan that was there already; elsewhere: another process has claimed it.
    """

    key: str = ""
    reused: bool = False
    elsewhere: bool = False
    failure: SpgcError | None = None
    notes: tuple[str, ...] = field(default=())
    stages: tuple[Stage, ...] = ()
    slices: int = 0


def preprocess(
    folders: Mapping[str, Path | SpgcError],
    store: SliceStore,
    settings: PreprocessSettings | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> PreprocessReport:
    """Bring every scan into the store that is not there yet, or was made from other input.

    folders: by case ID, or why a scan can't be taken. A scan that fails doesn't stop the others.
    What is stored depends neither on `jobs` nor on earlier runs nor on other processes at work on
    the same store. Runs on joblib: `jobs` local processes, or whatever backend
    `joblib.parallel_config` names (Dask, Ray). Raises DiskFullError once the store's disk is
    full.
    """
    found = outcomes(folders, store, settings, jobs)
    by_case = dict(track(found, "preprocess", len(folders)))
    return report_of({case: by_case[case] for case in folders})


def outcomes(
    folders: Mapping[str, Path | SpgcError],
    store: SliceStore,
    settings: PreprocessSettings | None = None,
    jobs: int = 1,
    threads: int | None = None,
) -> Generator[tuple[str, ScanOutcome], None, None]:
    """The outcomes that `preprocess` collects, each as soon as its scan is done.

    threads: for each scan, None for as many as leave no core idle. Raises DiskFullError as
    `preprocess` does.
    """
    settings = settings or PreprocessSettings()
    # Workers outlive a change of folder in the caller: relative paths would lead elsewhere.
    place = SliceStore(store.root.absolute())
    place.sweep()
    threads = threads or threads_each(jobs, len(folders))
    caller = os.getpid() if is_local() else 0
    work = {
        case: _Job(case, folder.absolute(), place, settings, threads, caller=caller)
        for case, folder in folders.items()
        if isinstance(folder, Path)
    }
    refused = {case: one for case, one in folders.items() if isinstance(one, SpgcError)}
    return _outcomes(work, refused, jobs)


def bring_in(
    case_id: str, folder: Path, store: SliceStore, settings: PreprocessSettings, threads: int = 1
) -> ScanOutcome:
    """One scan's outcome, made in this process even if another one has claimed it."""
    return _bring_in(_Job(case_id, folder, store, settings, threads, take_over=True))


def threads_each(jobs: int, scans: int) -> int:
    """Threads for each scan, so that a few scans use the cores of many; 1 on a cluster."""
    cores = jobs_for(jobs) if is_local() else 1
    return max(1, cores // max(1, min(cores, scans)))


@dataclass(frozen=True)
class _Job:
    """One scan to bring into the store; take_over: even if another process has claimed it.

    caller: the process that asks, 0 where those that work may do other things meanwhile.
    """

    case_id: str
    folder: Path
    store: SliceStore
    settings: PreprocessSettings
    threads: int
    take_over: bool = False
    caller: int = 0


def _outcomes(
    work: Mapping[str, _Job], refused: Mapping[str, SpgcError], jobs: int
) -> Generator[tuple[str, ScanOutcome], None, None]:
    """Each scan's outcome, as they come.

    Scans that other processes have claimed are left to them and looked at again at the end. What
    is not in the store by then is done here, perhaps twice: claims of killed processes look the
    same, and waiting for those would be worse.
    """
    yield from ((case, ScanOutcome(failure=reason)) for case, reason in refused.items())
    claimed: dict[str, _Job] = {}
    for case, outcome in in_parallel(_bring_in, _packed(work), jobs):
        if isinstance(outcome, ScanOutcome) and outcome.elsewhere:
            claimed[case] = replace(work[case], take_over=True)
        else:
            yield case, _told(outcome)
    for case, outcome in in_parallel(_bring_in, _packed(claimed), jobs):
        yield case, _told(outcome)


def _told(outcome: ScanOutcome | SpgcError) -> ScanOutcome:
    """The outcome, if there is any sense in going on to the next scan."""
    told = ScanOutcome(failure=outcome) if isinstance(outcome, SpgcError) else outcome
    if isinstance(told.failure, DiskFullError):
        raise told.failure
    return told


def _packed(work: Mapping[str, _Job]) -> dict[str, tuple[_Job]]:
    """Jobs as arguments of `_bring_in`."""
    return {case: (job,) for case, job in work.items()}


def _bring_in(job: _Job) -> ScanOutcome:
    """One scan's job."""
    keep_freed_memory()
    apart = job.caller not in (0, os.getpid())
    stages = Stages(whole_process=apart)
    if apart and _is_first():
        stages.add(STARTING, 0.0, cpu=time.process_time())
    with stages.of(CHECKING):
        outcome = _done(job, stages)
    return replace(outcome, stages=tuple(stages.rows()))


def _is_first() -> bool:
    global _first
    before, _first = _first, False
    return before


def _done(job: _Job, stages: Stages) -> ScanOutcome:
    case_id, store = job.case_id, job.store
    try:
        key = store.key_for(job.folder, job.settings)
        if store.fresh(case_id, key):
            return _reused(case_id, key, store)
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


def _make(job: _Job, key: str, stages: Stages) -> ScanOutcome:
    """The scan made of what is good in the store, or else of its files."""
    case_id, store = job.case_id, job.store
    if store.fresh(case_id, key):  # finished by another process between the look and the claim
        return _reused(case_id, key, store)
    mask, volume = store.mask_entry(case_id, key), store.volume_entry(case_id, key)
    found = store.volume(case_id, key)
    if found is None:
        remarks = (REMADE,) if volume.lies() or mask.lies() else ()
        with stages.of(READING):
            found = read_scan(job.folder)
        with stages.of(STORING):
            store.write_volume(case_id, key, found)
    else:
        remarks = (MASK_REMADE,) if mask.lies() else ()
    if not mask.is_whole():
        with stages.of(SEGMENTING):
            masks = job.settings.masks(found, job.threads)
        with stages.of(STORING):
            store.write_mask(case_id, key, masks, job.settings)
    return ScanOutcome(key, notes=(*found.notes, *remarks), slices=len(found.hu))


def _too_large(folder: Path) -> SeriesError:
    return SeriesError(
        "not enough memory for this scan", where=folder, do="try again with a lower --jobs"
    )


def _reused(case_id: str, key: str, store: SliceStore) -> ScanOutcome:
    store.drop_outdated(case_id, key)
    return ScanOutcome(key, reused=True, notes=store.read(case_id, key).notes)


def report_of(outcomes: Mapping[str, ScanOutcome]) -> PreprocessReport:
    """The outcomes of all scans in one."""
    fine = {case: outcome for case, outcome in outcomes.items() if outcome.failure is None}
    return PreprocessReport(
        done=tuple(case for case, outcome in fine.items() if not outcome.reused),
        reused=tuple(case for case, outcome in fine.items() if outcome.reused),
        failures={case: o.failure for case, o in outcomes.items() if o.failure is not None},
        notes={case: outcome.notes for case, outcome in fine.items() if outcome.notes},
        keys={case: outcome.key for case, outcome in fine.items()},
    )
