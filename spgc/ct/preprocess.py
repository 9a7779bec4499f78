"""From scan folders to the slice store: read, segment, keep; each scan a job of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from joblib import Parallel, delayed

from spgc.ct.lungs import DEFAULT_LUNGS, check_method, segment_lungs
from spgc.ct.scan import read_scan
from spgc.ct.store import SliceStore
from spgc.errors import SpgcError
from spgc.progress import Track, silent


@dataclass(frozen=True)
class PreprocessSettings:
    """What the stored arrays depend on besides the files; part of each scan's key."""

    lung_method: str = DEFAULT_LUNGS


@dataclass(frozen=True)
class PreprocessReport:
    """What became of each scan, in the order of the folders.

    `failures` and `notes` are by case ID; `notes` holds the scans with anything doubtful.
    """

    done: tuple[str, ...]
    reused: tuple[str, ...]
    failures: Mapping[str, SpgcError]
    notes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Outcome:
    case_id: str
    reused: bool = False
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
    neither on `jobs` nor on earlier runs. Runs on joblib: `jobs` local processes, or whatever
    backend `joblib.parallel_config` names (Dask, Ray). Raises UsageError for an unknown method.
    """
    settings = settings or PreprocessSettings()
    check_method(settings.lung_method)
    # Workers outlive a change of folder in the caller: relative paths would lead elsewhere.
    place = SliceStore(store.root.absolute())
    work = (
        delayed(_bring_in)(case, folder.absolute(), place, settings)
        for case, folder in folders.items()
    )
    parallel = Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
    outcomes: list[_Outcome] = list(track(parallel(work), "preprocess", len(folders)))
    fine = [outcome for outcome in outcomes if outcome.failure is None]
    return PreprocessReport(
        done=tuple(outcome.case_id for outcome in fine if not outcome.reused),
        reused=tuple(outcome.case_id for outcome in fine if outcome.reused),
        failures={o.case_id: o.failure for o in outcomes if o.failure is not None},
        notes={o.case_id: o.notes for o in fine if o.notes},
    )


def _bring_in(
    case_id: str, folder: Path, store: SliceStore, settings: PreprocessSettings
) -> _Outcome:
    """One scan's job."""
    try:
        key = store.key_for(folder, settings)
        if store.fresh(case_id, key):
            return _Outcome(case_id, reused=True, notes=store.read(case_id).notes)
        volume = read_scan(folder)
        mask = segment_lungs(volume.hu, settings.lung_method, volume.spacing)
        store.write(case_id, key, volume, mask)
    except SpgcError as failure:
        return _Outcome(case_id, failure=failure)
    return _Outcome(case_id, notes=volume.notes)
