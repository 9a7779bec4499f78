"""From scan folders to the slice store: read, segment, keep; each scan a job of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spgc.ct.lungs import DEFAULT_LUNGS, check_method, segment_lungs
from spgc.ct.scan import read_scan
from spgc.ct.store import SliceStore
from spgc.errors import SeriesError, SpgcError
from spgc.parallel import in_parallel
from spgc.progress import Track, silent


@dataclass(frozen=True)
class PreprocessSettings:
    """What the stored arrays depend on besides the files; part of each scan's key."""

    lung_method: str = DEFAULT_LUNGS


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


@dataclass(frozen=True)
class _Outcome:
    key: str = ""
    reused: bool = False
    elsewhere: bool = False
    failure: SpgcError | None = None
    notes: tuple[str, ...] = field(default=())


def preprocess(
    folders: Mapping[str, Path],
    store: SliceStore,
    settings: PreprocessSettings | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> PreprocessReport:
    """Bring every scan into the store that is not there yet, or was made from other input.

    folders: by case ID. A scan that fails doesn't stop the others. What is stored depends
    neither on `jobs` nor on earlier runs nor on other processes at work on the same store. Runs
    on joblib: `jobs` local processes, or whatever backend `joblib.parallel_config` names (Dask,
    Ray). Raises UsageError for an unknown method.
    """
    settings = settings or PreprocessSettings()
    check_method(settings.lung_method)
    # Workers outlive a change of folder in the caller: relative paths would lead elsewhere.
    place = SliceStore(store.root.absolute())
    place.sweep()
    tasks = {
        case: (case, folder.absolute(), place, settings, False) for case, folder in folders.items()
    }
    outcomes = dict(track(_outcomes(tasks, jobs), "preprocess", len(folders)))
    return _report({case: outcomes[case] for case in folders})


_Task = tuple[str, Path, SliceStore, PreprocessSettings, bool]


def _outcomes(tasks: Mapping[str, _Task], jobs: int) -> Iterator[tuple[str, _Outcome]]:
    """Each scan's outcome, as they come.

    Scans that other processes have claimed are left to them and looked at again at the end. What
    is not in the store by then is done here, perhaps twice: claims of killed processes look the
    same, and waiting for those would be worse.
    """
    claimed: dict[str, _Task] = {}
    for case, outcome in in_parallel(_bring_in, tasks, jobs):
        if isinstance(outcome, _Outcome) and outcome.elsewhere:
            claimed[case] = (*tasks[case][:-1], True)
        else:
            yield case, _told(outcome)
    for case, outcome in in_parallel(_bring_in, claimed, jobs):
        yield case, _told(outcome)


def _told(outcome: _Outcome | SpgcError) -> _Outcome:
    return _Outcome(failure=outcome) if isinstance(outcome, SpgcError) else outcome


def _bring_in(
    case_id: str, folder: Path, store: SliceStore, settings: PreprocessSettings, take_over: bool
) -> _Outcome:
    """One scan's job."""
    try:
        key = store.key_for(folder, settings)
        if store.fresh(case_id, key):
            return _reused(case_id, key, store)
        if not (store.claim(case_id, key) or take_over):
            return _Outcome(elsewhere=True)
        try:
            return _make(case_id, folder, store, settings, key)
        finally:
            store.release(case_id, key)
    except SpgcError as failure:
        return _Outcome(failure=failure)
    except MemoryError:
        return _Outcome(failure=_too_large(folder))


def _make(
    case_id: str, folder: Path, store: SliceStore, settings: PreprocessSettings, key: str
) -> _Outcome:
    if store.fresh(case_id, key):  # finished by another process between the look and the claim
        return _reused(case_id, key, store)
    volume = read_scan(folder)
    mask = segment_lungs(volume.hu, settings.lung_method, volume.spacing)
    store.write(case_id, key, volume, mask, settings)
    return _Outcome(key, notes=volume.notes)


def _too_large(folder: Path) -> SeriesError:
    return SeriesError(
        "not enough memory for this scan", where=folder, do="try again with a lower --jobs"
    )


def _reused(case_id: str, key: str, store: SliceStore) -> _Outcome:
    store.drop_outdated(case_id, key)
    return _Outcome(key, reused=True, notes=store.read(case_id, key).notes)


def _report(outcomes: Mapping[str, _Outcome]) -> PreprocessReport:
    fine = {case: outcome for case, outcome in outcomes.items() if outcome.failure is None}
    return PreprocessReport(
        done=tuple(case for case, outcome in fine.items() if not outcome.reused),
        reused=tuple(case for case, outcome in fine.items() if outcome.reused),
        failures={case: o.failure for case, o in outcomes.items() if o.failure is not None},
        notes={case: outcome.notes for case, outcome in fine.items() if outcome.notes},
        keys={case: outcome.key for case, outcome in fine.items()},
    )
