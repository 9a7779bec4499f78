"""Preprocessing: scan folders into the slice store, each scan a job of its own."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_to_store import ScanJob, ScanOutcome, store_scan, stored_scans
from spgc.ct.store import SliceStore
from spgc.errors import DiskFullError, SpgcError
from spgc.jobs.cores import jobs_for
from spgc.jobs.parallel import in_parallel, is_local, strange_answer
from spgc.jobs.progress import Track, silent

_MANY, _BLOCK = 1000, 100
"""Scans in the store from which on they are looked at in blocks, and scans of a block."""


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
    *,
    hand_on: bool = False,
    tell: bool = False,
) -> Generator[tuple[str, ScanOutcome], None, None]:
    """The outcomes that `preprocess` collects, each as soon as its scan is done.

    threads: for each scan, None for as many as leave no core idle; hand_on: with one job, give
    scans that are made as well; tell: give what is told of those that are there.
    Raises DiskFullError as `preprocess` does.
    """
    settings = settings or PreprocessSettings()
    # Workers outlive a change of folder in the caller: relative paths would lead elsewhere.
    place = SliceStore(store.root.absolute())
    place.sweep()
    threads = threads or threads_each(jobs, len(folders))
    caller = os.getpid() if is_local() else 0
    work = {
        case: ScanJob(
            case,
            folder.absolute(),
            place,
            settings,
            threads,
            caller=caller,
            hand_on=hand_on,
            tell=tell,
        )
        for case, folder in folders.items()
        if isinstance(folder, Path)
    }
    refused = {case: one for case, one in folders.items() if isinstance(one, SpgcError)}
    return _outcomes(work, refused, jobs)


def bring_in(
    case_id: str, folder: Path, store: SliceStore, settings: PreprocessSettings, threads: int = 1
) -> ScanOutcome:
    """One scan's outcome, made in this process even if another one has claimed it."""
    return store_scan(ScanJob(case_id, folder, store, settings, threads, take_over=True))


def threads_each(jobs: int, scans: int) -> int:
    """Threads for each scan, so that a few scans use the cores of many; 1 on a cluster."""
    cores = jobs_for(jobs) if is_local() else 1
    return max(1, cores // max(1, min(cores, scans)))


def _outcomes(
    work: Mapping[str, ScanJob], refused: Mapping[str, SpgcError], jobs: int
) -> Generator[tuple[str, ScanOutcome], None, None]:
    """Each scan's outcome, as they come.

    Scans that other processes have claimed are left to them and looked at again at the end. What
    is not in the store by then is done here, perhaps twice: claims of killed processes look the
    same, and waiting for those would be worse.
    """
    yield from ((case, ScanOutcome(failure=reason)) for case, reason in refused.items())
    left, claimed = dict(work), dict[str, ScanJob]()
    for case, stored in _stored(work, jobs):
        if left.pop(case, None) is not None:
            yield case, stored
    for case, outcome in in_parallel(store_scan, _packed(left), jobs):
        if isinstance(outcome, ScanOutcome) and outcome.elsewhere:
            claimed[case] = replace(work[case], take_over=True)
        else:
            yield case, _told(case, outcome)
    for case, outcome in in_parallel(store_scan, _packed(claimed), jobs):
        yield case, _told(case, outcome)


def _stored(work: Mapping[str, ScanJob], jobs: int) -> Iterator[tuple[str, ScanOutcome]]:
    """Scans of a large data set that the store holds already, looked at in blocks.

    To hand over each by itself takes longer than to look. What fails, or is not there, is left to
    whoever looks at each scan.
    """
    there = [job for job in work.values() if job.store.may_hold(job.case_id, job.settings)]
    if len(there) < _MANY or (is_local() and jobs_for(jobs) == 1):
        return
    blocks = {str(n): (there[n : n + _BLOCK],) for n in range(0, len(there), _BLOCK)}
    for _, found in in_parallel(stored_scans, blocks, jobs):
        if isinstance(found, list):  # of a cluster's worker it may be anything
            yield from (one for one in found if _is_outcome(one))


def _is_outcome(one: object) -> bool:
    match one:
        case (str(), ScanOutcome(reused=True)):
            return True
    return False


def _told(case: str, found: object) -> ScanOutcome:
    """The outcome, if there is any sense in going on to the next scan."""
    if isinstance(found, SpgcError):
        found = ScanOutcome(failure=found)
    elif not isinstance(found, ScanOutcome):  # of a cluster's worker
        found = ScanOutcome(failure=strange_answer(case, f"a {type(found).__name__}"))
    if isinstance(found.failure, DiskFullError):
        raise found.failure
    return found


def _packed(work: Mapping[str, ScanJob]) -> dict[str, tuple[ScanJob]]:
    """Jobs as arguments of `store_scan`."""
    return {case: (job,) for case, job in work.items()}


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
