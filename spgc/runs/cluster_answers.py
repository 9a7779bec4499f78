"""A trained system's answers from a Dask cluster: each worker reads, answers and keeps answers.

A task is one scan, so that a lost worker costs the scans that it was at: Dask gives these to
another one. What a scan is read to and answered with does not depend on who does it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spgc.ct.preprocess import report_of
from spgc.ct.scan_key import is_key_of
from spgc.ct.scan_to_store import ScanOutcome
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DiskFullError, SpgcError, WorkerError
from spgc.jobs.parallel import in_parallel, strange_answer
from spgc.jobs.progress import Track, silent
from spgc.jobs.stages import Stage, joined
from spgc.runs.answers import Answers
from spgc.runs.missing import refuse_missing
from spgc.runs.scans import prepared_of
from spgc.runs.usage import run_report
from spgc.runs.worker_system import ScanAnswer, WorkerModel, answer_scan


def answer_on_cluster(
    dataset: Dataset,
    cases: Sequence[Case],
    model: WorkerModel,
    store: SliceStore,
    *,
    allow_missing: bool = False,
    track: Track = silent,
) -> Answers:
    """As `spgc.runs.answers.answer`, by the workers that `spgc.jobs.cluster` has joined.

    Raises DataError when a case has no folder, unless `allow_missing` is true, WorkerError where
    workers answer by different engines, the scan's own error when not one could be read, and what
    a worker lacks to answer at all.
    """
    start = time.perf_counter()
    missing = tuple(case.case_id for case in cases if not dataset.holds(case.case_id))
    if not allow_missing:
        refuse_missing(missing)
    folders = dataset.sources(case.case_id for case in cases)
    store.sweep()
    done = _Done()
    for case, found in track(_answers(folders, model), "predicting scans", len(folders)):
        done.add(case, found)
    prepared = prepared_of(
        report_of({case: done.outcomes[case] for case in folders}), store, missing
    )
    if not prepared.scans:
        raise next(iter(prepared.failures.values()))
    slices = sum(scan.n_slices for scan in prepared.scans.values())
    report = run_report(
        time.perf_counter() - start,
        len(done.answers),
        slices,
        done.stages(),
        done.facts.get("device"),
    )
    ordered = {case: done.answers[case] for case in folders if case in done.answers}
    return Answers(
        {case: one.prediction for case, one in ordered.items() if one.prediction is not None},
        prepared,
        {**report, "workers": len(done.workers)},
        done.remarks(),
        done.facts,
        {case: one.slices for case, one in ordered.items() if one.slices is not None},
    )


def _answers(
    folders: Mapping[str, Path | SpgcError], model: WorkerModel
) -> Iterator[tuple[str, ScanAnswer]]:
    """Each scan's answer as it comes; those that can't be taken first."""
    for case, reason in folders.items():
        if isinstance(reason, SpgcError):
            yield case, ScanAnswer(ScanOutcome(failure=reason))
    tasks = {
        case: (model, case, folder.absolute())
        for case, folder in folders.items()
        if isinstance(folder, Path)
    }
    known: set[str] = set()
    for case, found in in_parallel(answer_scan, tasks, -1):
        one = _answer_of(case, found)
        if one.prediction is not None and one.worker not in known:
            if other := _other_files(tasks[case][2], one):
                one = ScanAnswer(ScanOutcome(failure=other))
            else:
                known.add(one.worker)
        yield case, one


def _other_files(folder: Path, found: ScanAnswer) -> SpgcError | None:
    """Why a worker has not answered the scan that lies here, or None: its data may be a copy.

    Asked until a worker has read one scan right: to read all of them here would take the time
    that workers save.
    """
    try:
        same = is_key_of(found.outcome.key, folder)
    except SpgcError as error:
        return error
    if same:
        return None
    return WorkerError(
        "a worker finds other files of a scan",
        where=folder,
        found=f"other content, or other names, by {found.worker}",
        expected="the same data at one path on every machine",
        do="put the data on a file system that all workers share",
    )


def _answer_of(case: str, found: object) -> ScanAnswer:
    """What a worker gave; where that is no answer, why there is none."""
    if isinstance(found, ScanAnswer):
        return found
    if not isinstance(found, WorkerError):
        found = strange_answer(case, f"a {type(found).__name__}")
    return ScanAnswer(ScanOutcome(failure=found))


@dataclass
class _Done:
    """What has come back so far.

    workers: of each, the last word on its stages and remarks, by the name that it gave itself.
    """

    outcomes: dict[str, ScanOutcome] = field(default_factory=dict)
    answers: dict[str, ScanAnswer] = field(default_factory=dict)
    workers: dict[str, ScanAnswer] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def add(self, case: str, found: ScanAnswer) -> None:
        """Take one scan's answer. Raises what stopped its worker from answering at all."""
        if found.trouble is not None:
            raise found.trouble
        if isinstance(found.outcome.failure, DiskFullError):
            raise found.outcome.failure
        self.outcomes[case] = found.outcome
        if found.prediction is None:
            return
        if self.answers and found.facts != self.facts:
            raise _unlike(self.facts, found)
        self.facts = found.facts
        self.answers[case] = found
        last = self.workers.get(found.worker)
        if last is None or last.count < found.count:
            self.workers[found.worker] = found

    def stages(self) -> list[Stage]:
        """Seconds and slices, summed over the workers."""
        reading = [
            replace(stage, slices=outcome.slices)
            for outcome in self.outcomes.values()
            for stage in outcome.stages
        ]
        answering = [stage for worker in self.workers.values() for stage in worker.stages]
        return joined([*reading, *answering])

    def remarks(self) -> tuple[str, ...]:
        """What the workers found damaged and made again, each line once."""
        lines = (line for worker in self.workers.values() for line in worker.remarks)
        return tuple(dict.fromkeys(lines))


def _unlike(facts: Mapping[str, str], other: ScanAnswer) -> WorkerError:
    """Workers of two kinds: their answers may differ where one kind's would not."""
    return WorkerError(
        "workers answer by different engines or precisions",
        where=other.worker,
        found=", ".join(other.facts.values()),
        expected=", ".join(facts.values()),
        do="name them with --device, --engine and --precision; kept answers stay",
    )
