"""joblib's Dask backend, extended to report a task that kills its worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from distributed import as_completed
from joblib._dask import DaskDistributedBackend

from spgc.errors import SpgcError
from spgc.jobs.parallel import process_lost, strange_answer

_ALL_AT_ONCE = 100_000


class DaskBackend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """As joblib's, except for tasks that Dask gives up on.

    Dask moves the tasks of a dead worker to another one, and gives up on those that killed
    several. joblib's backend then never calls back, and the caller would wait for ever.
    """

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        settings = {"with_results": True, "raise_errors": False}
        self.waiting_futures = _Results(  # type: ignore[no-untyped-call]
            [], self.client.loop, **settings
        )

    def effective_n_jobs(self, n_jobs: int) -> int:
        """So many that Dask gets all tasks at once, and workers that join later get theirs.

        joblib's own counts the workers of this moment, gives up when all are being restarted, and
        with a single one would work in this process instead.
        """
        return _ALL_AT_ONCE

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Future[Any]:
        """Send a batch of one `named` task."""
        name = func.items[0][1][0]

        def answer(out: Any) -> None:
            if callback is not None:
                callback(_Answer(name, out))

        future: Future[Any] = super().submit(func, answer)

        def give_up(done: Future[Any]) -> None:
            if callback is not None and done.exception() is not None:
                callback(_Lost(name))

        future.add_done_callback(give_up)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """The results of a batch; in place of a result that is none, a WorkerError."""
        if isinstance(out, _Lost):
            return [(out.name, process_lost(out.name))]
        try:
            found = super().retrieve_result_callback(out.content)
        except (SpgcError, CancelledError):  # the latter where the scheduler is lost
            raise
        except Exception as error:  # whatever a worker, which may be anybody's, raises
            return [(out.name, strange_answer(out.name, type(error).__name__))]
        match found:
            case [(out.name, _)]:
                return found
            case _:
                return [(out.name, strange_answer(out.name, f"a {type(found).__name__}"))]


class _Results(as_completed):
    """As Dask's, but for results that can't be fetched: Dask never gives these out."""

    def add(self, future: Any) -> None:
        """Take a future whose result is the error where fetching it fails."""
        future._result = partial(_result_or_error, future._result)
        super().add(future)  # type: ignore[no-untyped-call]


async def _result_or_error(fetch: Callable[..., Awaitable[Any]], *, raiseit: bool = True) -> Any:
    try:
        return await fetch(raiseit=raiseit)
    except Exception as error:
        return error


@dataclass(frozen=True)
class _Answer:
    """What came back of the task `name`."""

    name: str
    content: Any


@dataclass(frozen=True)
class _Lost:
    """The task `name`, which Dask gave up."""

    name: str
