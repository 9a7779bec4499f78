"""Independent jobs on a Dask cluster, which is checked before work starts."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from joblib import parallel_config, register_parallel_backend

from spgc.errors import WorkerError
from spgc.jobs.cluster_trust import security_for
from spgc.jobs.extras import need
from spgc.jobs.worker_watch import loss_of_workers_told
from spgc.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Security

CONNECT_SECONDS = 5
"""How long the scheduler may take to answer."""

WORKER_SECONDS = 60
"""How long a cluster may take to start its first worker."""

_BACKEND = "spgc-dask"

_LOGGERS = ("distributed", "distributed.client", "tornado.application", "asyncio")


@dataclass(frozen=True)
class DaskAddress:
    """Where the scheduler of a Dask cluster is, and how to connect to it: see `dask_cluster`."""

    address: str
    tls: Path | None = None
    insecure: bool = False

    def joined(
        self, read: Path, write: Path, *more: Path, say: Callable[[str], None] | None = None
    ) -> AbstractContextManager[None]:
        """`dask_cluster` at this address."""
        return dask_cluster(
            self.address, read, write, *more, tls=self.tls, insecure=self.insecure, say=say
        )


@contextmanager
def dask_cluster(
    address: str,
    read: Path,
    write: Path,
    *more: Path,
    tls: Path | None = None,
    insecure: bool = False,
    say: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Run the jobs of `in_parallel` on the Dask cluster whose scheduler is at `address`.

    The cluster can run programs as the user of this process (see `spgc.jobs.cluster_trust`, which
    also explains `tls` and `insecure`). read, write, more: folders that every worker must see under
    the same path; `write` is made here; say: hears when no worker is left. Raises UsageError for a
    connection that is not protected, MissingExtraError when Dask is not installed, and WorkerError
    when the scheduler doesn't answer, it has no worker, or a worker lacks spgc, has another version
    of it, or doesn't see one of the folders.
    """
    need("cluster")
    security = security_for(address, tls, insecure=insecure)
    with _quiet(), _client(address, security) as client, _loss_named(address):
        _wait_for_a_worker(client, address)
        _check_workers(
            client, address, [path.absolute() for path in (read, *more)], write.absolute()
        )
        register_parallel_backend(_BACKEND, _make_backend)
        watched = nullcontext() if say is None else loss_of_workers_told(client, address, say)
        with watched, parallel_config(backend=_BACKEND, client=client):
            yield


@contextmanager
def _client(address: str, security: Security) -> Iterator[Client]:
    from distributed import Client

    try:
        asyncio.run(_greet(address, security))
    except Exception as error:  # refused, too late, no address, or something that is no scheduler
        raise WorkerError(
            "can't reach the Dask scheduler",
            where=address,
            expected=f"an answer within {CONNECT_SECONDS} s at an address such as tcp://host:8786",
            do="check that `dask scheduler` runs there, and with TLS that its authority signed "
            "your certificate",
        ) from error
    with Client(
        address, timeout=CONNECT_SECONDS, set_as_default=False, security=security
    ) as client:
        yield client


async def _greet(address: str, security: Security) -> None:
    """Shake hands first: a `Client` that fails to connect complains again when Python ends."""
    from distributed.comm.core import connect

    how = security.get_connection_args("client")
    async with asyncio.timeout(CONNECT_SECONDS):  # `connect` waits for ever for a silent server
        comm = await connect(address, timeout=CONNECT_SECONDS, **how)
    await comm.close()


@contextmanager
def _loss_named(address: str) -> Iterator[None]:
    try:
        yield
    except CancelledError as error:
        raise _lost(address) from error


def _lost(address: str) -> WorkerError:
    return WorkerError(
        "the Dask scheduler was lost",
        where=address,
        do="start it again, then the same command: what is finished is kept",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask and its event loop log tracebacks of what is told here in a line."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _wait_for_a_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        raise WorkerError(
            "the Dask cluster has no worker",
            where=address,
            found=f"none within {WORKER_SECONDS} s",
            do=f"dask worker {address} --nthreads 1",
        ) from error


def _check_workers(client: Client, address: str, read: Sequence[Path], write: Path) -> None:
    """A marker shows that workers see the same store, not just one of the same name."""
    marker = write / f".seen-by-workers-{uuid.uuid4().hex}"
    paths = {**{str(path): path for path in read}, str(marker): write}
    try:
        _touch(marker)
        answers = _asked(client, address, list(paths))
    finally:
        with suppress(OSError):  # what went wrong before must not be hidden by this
            marker.unlink(missing_ok=True)
    for worker, answer in answers.items():
        _judge(worker, answer, paths)


def _touch(marker: Path) -> None:
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        raise WorkerError("can't write", where=marker.parent, found=error.strerror) from error


def _asked(client: Client, address: str, paths: list[str]) -> Mapping[str, object]:
    """What each worker lacks, or what came instead; `Client.run` would wait for ever."""
    try:
        found: Mapping[str, object] = client.sync(
            client._run,
            what_a_worker_lacks,
            paths,
            on_error="return",
            callback_timeout=WORKER_SECONDS,
        )
    except TimeoutError as error:
        raise WorkerError(
            "a Dask worker does not answer",
            where=address,
            found=f"nothing within {WORKER_SECONDS} s",
            do="look at the workers, and start those that hang again",
        ) from error
    except OSError as error:
        raise _lost(address) from error
    return found


def what_a_worker_lacks(paths: list[str]) -> tuple[str, list[str]]:
    """Runs on a worker: its version of spgc, and those of `paths` that it does not see."""
    return __version__, [path for path in paths if not Path(path).exists()]


def _judge(worker: str, answer: object, paths: dict[str, Path]) -> None:
    """Raise WorkerError unless the worker has this version of spgc and sees everything."""
    match answer:
        case (str(version), []) if version == __version__:
            return
        case (str(version), [str(missing), *_]) if version == __version__ and missing in paths:
            raise WorkerError(
                "a Dask worker doesn't see a folder",
                where=worker,
                found=f"no {paths[missing]}",
                expected="data, store and model on a file system that all workers share, at one "
                "path",
            )
        case (str(version), *_):
            raise _other_spgc(worker, version[:40])
        case _:
            raise _other_spgc(worker, "none that it can load")


def _other_spgc(worker: str, found: str) -> WorkerError:
    return WorkerError(
        "a Dask worker lacks this version of spgc",
        where=worker,
        found=found,
        expected=__version__,
        do="install the same spgc and Python where the workers run",
    )


def _make_backend(**options: object) -> object:
    from spgc.jobs.dask_backend import DaskBackend

    return DaskBackend(**options)
