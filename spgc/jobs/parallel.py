"""Independent jobs in parallel by joblib, in local processes or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from joblib import Parallel, delayed
from joblib._parallel_backends import LokyBackend, SequentialBackend, ThreadingBackend
from joblib.parallel import get_active_backend

from spgc.errors import WorkerError
from spgc.jobs.child_processes import check_room, end_with_parent
from spgc.jobs.cores import jobs_for
from spgc.jobs.interrupts import calm_children

P = ParamSpec("P")
R = TypeVar("R")


def in_parallel(
    work: Callable[..., R],
    tasks: Mapping[str, tuple[Any, ...]],
    jobs: int,
) -> Iterator[tuple[str, R | WorkerError]]:
    """The result of `work(*arguments)` for each task, by its name, in the order of finishing.

    A task whose process dies (memory, a crash in a decoder) yields a WorkerError and doesn't stop
    the others, except with one job, which runs in this process. Since it may take neighbours
    along, those that were lost are tried again at the end, one at a time. jobs: processes, -1 for
    one per usable core; those on this machine end when this one does, however it ends.
    """
    waiting, lost = dict(tasks), []
    try:
        while waiting:
            sent: list[str] = []
            try:
                for name, result in _side_by_side(work, waiting, jobs, sent):
                    del waiting[name]
                    if isinstance(result, WorkerError):
                        lost.append(name)
                    else:
                        yield name, result
            except BrokenProcessPool:
                lost += [name for name in sent if waiting.pop(name, None) is not None]
        for name in lost:
            yield name, _alone(work, name, tasks[name])
    except BaseException:
        stop_workers()
        raise


def is_local() -> bool:
    """Whether joblib works on this machine: no cluster is set as its backend."""
    backend, _ = get_active_backend()
    return isinstance(backend, LokyBackend | SequentialBackend | ThreadingBackend)


def _side_by_side(
    work: Callable[..., R],
    tasks: Mapping[str, tuple[Any, ...]],
    jobs: int,
    sent: list[str],
) -> Iterator[tuple[str, R | WorkerError]]:
    def calls() -> Iterator[Any]:
        for name, arguments in list(tasks.items()):
            sent.append(name)
            yield delayed(named)(name, partial(_from, place, work), arguments)

    place = _place()
    run, calm = _pool(jobs, return_as="generator_unordered")
    with calm:
        results = run(calls())
    try:
        for result in results:  # noqa: UP028  it would close them, of which joblib warns
            yield result
    except GeneratorExit:
        with suppress(_CalledOff):
            results.throw(_CalledOff)
        raise


class _CalledOff(BaseException):
    """Nobody wants the results that are still to come."""


def in_order(work: Callable[..., R], tasks: Iterable[tuple[Any, ...]], jobs: int) -> list[R]:
    """The result of `work(*arguments)` for each task in the order of the tasks.

    jobs as for `in_parallel`. For work that kills no process: there it is an error.
    """
    try:
        if jobs == 1 and is_local():  # a pool of none would take longer than much of the work
            return [work(*arguments) for arguments in tasks]
        place = _place()
        run, calm = _pool(jobs, return_as="generator")
        with calm:
            results = run(delayed(_from)(place, work, *arguments) for arguments in tasks)
        return list(results)
    except BaseException:
        stop_workers()
        raise


@dataclass(frozen=True)
class _Place:
    """The process that asks for work, and its current folder."""

    process: int
    folder: Path


def _place() -> _Place | None:
    """Where relative paths of tasks start; None on a cluster, whose machines have other folders."""
    if not is_local():
        return None
    with suppress(FileNotFoundError):  # the folder has gone
        return _Place(os.getpid(), Path.cwd())
    return None


def _from(place: _Place | None, work: Callable[..., R], *arguments: Any) -> R:
    """The work, where relative paths mean what they mean to whoever asks.

    Processes outlive a change of folder in the one that started them.
    """
    if place is not None and place.process != os.getpid():
        with suppress(OSError):  # the folder has gone: what is asked for by it has as well
            os.chdir(place.folder)
    return work(*arguments)


def _pool(jobs: int, **form: Any) -> tuple[Parallel, AbstractContextManager[None]]:
    """joblib's runner of single jobs, and what to start it in."""
    if not is_local():
        return Parallel(n_jobs=jobs, batch_size=1, **form), nullcontext()
    count = jobs_for(jobs)
    if count > 1:
        check_room(2 * count + 3)  # a process and a watch each; a tracker, and the pool's own two
    run = Parallel(n_jobs=count, batch_size=1, initializer=begin_worker, **form)
    return run, nullcontext() if count == 1 else calm_children()


def begin_worker() -> None:
    """What a worker process on this machine does first."""
    end_with_parent()
    _spare_memory_watch()


def _spare_memory_watch() -> None:
    """Let a worker live where its own memory can't be asked for.

    After its first task loky asks psutil, whose error would end it: in a container without /proc,
    or with that of other process numbers, no scan would be read.
    """
    from joblib.externals.loky import process_executor as loky

    try:
        if loky._USE_PSUTIL:
            loky._get_memory_usage(os.getpid())
    except Exception:  # whatever psutil or another loky raises
        loky._USE_PSUTIL = False


def named(name: str, work: Callable[..., R], arguments: tuple[Any, ...]) -> tuple[str, R]:
    """A task's name with its result: they come back in any order."""
    return name, work(*arguments)


def _alone(work: Callable[..., R], name: str, arguments: tuple[Any, ...]) -> R | WorkerError:
    """One task in a process of its own."""
    try:
        [(_, result)] = _side_by_side(work, {name: arguments}, 2, [])
    except BrokenProcessPool:
        return process_lost(name)
    return result


def process_lost(name: str) -> WorkerError:
    """What is said of a task that killed its process."""
    return WorkerError(
        "the process that worked on this scan was killed",
        where=name,
        found="too little memory, or a file that crashes its decoder",
        do="try this scan again with --jobs 1 on a machine with more memory",
    )


def strange_answer(name: str, found: str) -> WorkerError:
    """What is said of a task whose worker answers with something else than its result."""
    return WorkerError(
        "a worker's answer is none that spgc gives",
        where=name,
        found=found,
        do="look into the log of the workers, and try again with those that you trust",
    )


def stop_workers() -> None:
    """End the processes of joblib's pool at once, so that none is left and none complains."""
    from joblib.externals.loky import get_reusable_executor

    if multiprocessing.active_children():
        with suppress(
            RuntimeError
        ):  # a pool whose thread could not be started: see what went wrong
            get_reusable_executor(kill_workers=True).shutdown(wait=True, kill_workers=True)
