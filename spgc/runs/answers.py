"""A trained system's answers for cases of a data set, reading and answering at the same time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spgc.contract.abilities import run_facts, run_remarks, run_stages
from spgc.contract.system import Prediction, System
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import StoreError
from spgc.jobs.cpu_time import cpu_seconds
from spgc.jobs.progress import Telling, Track, silent
from spgc.jobs.stages import Stage
from spgc.runs.first_answer import get_ready
from spgc.runs.lung_settings import lung_settings
from spgc.runs.missing import refuse_missing
from spgc.runs.reading_ahead import ReadAhead
from spgc.runs.scans import Prepared
from spgc.runs.usage import run_report
from spgc.systems.evaluation import answers_of

T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """Predictions by case ID, what became of each scan, and what the run used and took.

    remarks: what the system found damaged and made again; facts: what answered, see `run_facts`;
    slices: what each slice classifier says, by case ID, where workers were asked for it.
    """

    predictions: Mapping[str, Prediction]
    prepared: Prepared
    run: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, Mapping[str, NDArray[np.float32]]] = field(default_factory=dict)


def answer(
    dataset: Dataset,
    cases: Sequence[Case],
    system: System,
    store: SliceStore,
    *,
    jobs: int = 1,
    allow_missing: bool = False,
    track: Track = silent,
    settings: PreprocessSettings | None = None,
) -> Answers:
    """Answer `cases`: scans are read by `jobs` processes while the system answers earlier ones.

    settings: how scans are segmented, None for the system's method with what it finds by itself.
    A scan that can't be read doesn't stop the others; what is kept of their answers (see
    `RunSettings.answers`) is there for the next run. Raises DataError when a case has no folder,
    unless `allow_missing` is true, and the scan's own error when not one could be read.
    """
    start, before = time.perf_counter(), cpu_seconds()[0]
    missing = tuple(case.case_id for case in cases if not dataset.holds(case.case_id))
    if not allow_missing:
        refuse_missing(missing)  # at once: hours of work would not change it
    folders = dataset.sources(case.case_id for case in cases)
    settings = settings or lung_settings(system.lung_method)
    with ReadAhead(folders, missing, store, settings, jobs) as scans:
        get_ready(system, track)  # while the first scans are read
        answers = _answers(system, scans, _telling(track, scans))
    prepared = scans.prepared()
    if not prepared.scans:
        raise next(iter(prepared.failures.values()))
    slices = sum(scan.n_slices for scan in prepared.scans.values())
    report = run_report(
        time.perf_counter() - start,
        len(answers),
        slices,
        _stages(system, scans),
        run_facts(system).get("device"),
        (before, cpu_seconds()[0]),
    )
    return Answers(answers, prepared, report, tuple(run_remarks(system)), run_facts(system))


def _answers(system: System, scans: ReadAhead, track: Track) -> Mapping[str, Prediction]:
    """Answers of all scans that can be read: one that fails in the middle stops no other.

    It is made again and everything is asked once more; systems that keep answers read those back.
    """
    while True:
        try:
            return answers_of(system, scans, len(scans), track)
        except StoreError as error:
            if not scans.set_right(error):
                raise


def _telling(track: Track, scans: ReadAhead) -> Track:
    """The same, telling also how far reading has come."""

    def told(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        return track(Telling(items, scans.status), label, total)

    return told


def _stages(system: System, scans: ReadAhead) -> list[Stage]:
    return [*scans.stages(), *run_stages(system)]
