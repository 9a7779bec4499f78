"""joblib's Dask backend, extended to report a task that kills its worker."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from joblib._dask import DaskDistributedBackend

from spgc.jobs.parallel import process_lost

_ALL_AT_ONCE = 100_000


class DaskBackend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """As joblib's, except for tasks that Dask gives up on.

    Dask moves the tasks of a dead worker to another one, and gives up on those that killed
    several. joblib's backend then never calls back, and the caller would wait for ever.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        """So many that Dask gets all tasks at once, and workers that join later get theirs.

        joblib's own counts the workers of this moment, gives up when all are being restarted, and
        with a single one would work in this process instead.
        """
        return _ALL_AT_ONCE

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Future[Any]:
        """Send a batch of one `named` task."""
        future: Future[Any] = super().submit(func, callback)
        name = func.items[0][1][0]

        def give_up(done: Future[Any]) -> None:
            if callback is not None and done.exception() is not None:
                callback(_Lost(name))

        future.add_done_callback(give_up)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """The results of a batch; for a lost one a WorkerError in place of its result."""
        if isinstance(out, _Lost):
            return [(out.name, process_lost(out.name))]
        return super().retrieve_result_callback(out)


class _Lost:
    def __init__(self, name: str) -> None:
        self.name = name
