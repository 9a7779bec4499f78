"""What workers of a cluster say that spgc never says is one line, for its scan if it has one."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from spgc.ct.preprocess import _told
from spgc.ct.scan_to_store import ScanOutcome
from spgc.errors import DataError, WorkerError
from spgc.jobs import cluster
from spgc.runs.cluster_answers import _answer_of
from spgc.runs.worker_system import ScanAnswer
from spgc.version import __version__

pytest.importorskip("distributed")

from spgc.jobs.dask_backend import DaskBackend, _Answer, _result_or_error


@pytest.mark.parametrize(
    "answer",
    [
        None,
        17,
        (),
        ("0.0.1", []),
        (17, []),
        (__version__,),
        (__version__, 17),
        (__version__, ["elsewhere"]),
        (__version__, [17]),
        ("\x1b[31m" * 1000, []),
        SystemError("text of a stranger"),
    ],
    ids=repr,
)
def test_a_worker_that_says_something_else_lacks_spgc(answer: object) -> None:
    with pytest.raises(WorkerError, match="lacks this version") as caught:
        cluster._judge("tcp://worker", answer, {"/data": Path("/data")})
    assert len(str(caught.value)) < 300
    assert "stranger" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [(TimeoutError(), "does not answer"), (OSError("closed"), "scheduler was lost")],
    ids=repr,
)
def test_workers_are_not_waited_for_without_end(error: OSError, said: str) -> None:
    """Nor is a scheduler that goes meanwhile told as a folder that can't be written to."""

    class Client:
        _run = None

        def sync(self, *_: object, callback_timeout: float, **__: object) -> Any:
            assert callback_timeout == cluster.WORKER_SECONDS
            raise error

    with pytest.raises(WorkerError, match=said):
        cluster._asked(Client(), "tcp://scheduler", [])  # type: ignore[arg-type]


def backend() -> DaskBackend:
    """One that is asked for results alone, and has no client."""
    return DaskBackend.__new__(DaskBackend)


@pytest.mark.parametrize(
    "content",
    [None, 17, [], [("P2", 1)], [("P1", 1, 2)], [("P1", 1), ("P1", 2)], [17], SystemError("text")],
    ids=repr,
)
def test_a_task_that_brings_no_result_is_named(content: object) -> None:
    [(name, found)] = backend().retrieve_result_callback(_Answer("P1", content))
    assert name == "P1"
    assert isinstance(found, WorkerError)
    assert (found.where, "text" in str(found)) == ("P1", False)


def test_a_result_that_can_not_be_fetched_is_its_error() -> None:
    """Dask gives out nothing of it, and whoever asks would wait for ever."""
    error = TypeError("can't be unpickled")

    async def fetch(*, raiseit: bool) -> object:
        assert not raiseit
        raise error

    assert asyncio.run(_result_or_error(fetch, raiseit=False)) is error
    with pytest.raises(CancelledError):
        backend().retrieve_result_callback(_Answer("P1", CancelledError()))


def test_results_and_errors_of_spgc_come_as_they_are() -> None:
    assert backend().retrieve_result_callback(_Answer("P1", [("P1", 9)])) == [("P1", 9)]
    with pytest.raises(DataError, match="no room"):
        backend().retrieve_result_callback(_Answer("P1", DataError("no room")))


def test_a_result_of_another_kind_fails_its_scan_alone() -> None:
    for found in (_told("P1", 17), _answer_of("P1", 17).outcome):
        assert isinstance(found.failure, WorkerError)
        assert found.failure.where == "P1"
    outcome = ScanOutcome("key")
    assert _told("P1", outcome) is outcome
    answer = ScanAnswer(outcome)
    assert _answer_of("P1", answer) is answer
