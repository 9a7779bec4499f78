"""Jobs side by side: a job that kills its process costs its own result and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from joblib.externals.loky import process_executor

from spgc.errors import WorkerError
from spgc.jobs.parallel import begin_worker, in_order, in_parallel
from tests.jobs.crashing_work import content, die, square


def work(name: str, number: int) -> int:
    return die(number) if name == "bad" else square(number)


TASKS: dict[str, tuple[Any, ...]] = {name: (name, n) for n, name in enumerate("abcdefgh")}


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_by_name(jobs: int) -> None:
    results = dict(in_parallel(work, TASKS, jobs))
    assert results == {name: n * n for n, name in enumerate("abcdefgh")}


def test_a_crash_costs_one_result() -> None:
    results = dict(in_parallel(work, {**TASKS, "bad": ("bad", 0), "z": ("z", 9)}, 2))
    lost = results.pop("bad")
    assert isinstance(lost, WorkerError)
    assert "process that worked on this scan was killed [bad]" in str(lost)
    assert results == {name: n * n for n, name in enumerate("abcdefgh")} | {"z": 81}


def test_relative_paths_mean_the_callers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that are kept for the next work were started where the caller was before."""
    names = {name: (Path("here"),) for name in "abcd"}
    for text in ("one", "other"):
        (tmp_path / text).mkdir()
        (tmp_path / text / "here").write_text(text)
        monkeypatch.chdir(tmp_path / text)
        assert dict(in_parallel(content, names, 2)) == dict.fromkeys("abcd", text)
        assert in_order(content, [(Path("here"),)] * 4, 2) == [text] * 4


def test_an_error_of_the_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_parallel(divmod, {"a": (4, 2), "b": (1, 0)}, 2))


def test_a_worker_lives_where_its_memory_can_not_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in containers without /proc: psutil's error would end each worker after its first task."""

    def ask(process: int) -> int:
        raise LookupError(process)

    monkeypatch.setattr(process_executor, "_USE_PSUTIL", True)
    monkeypatch.setattr(process_executor, "_get_memory_usage", ask, raising=False)
    begin_worker()
    assert not process_executor._USE_PSUTIL


def test_loky_asks_as_it_did() -> None:
    """Names inside of joblib that `begin_worker` goes by."""
    assert process_executor._USE_PSUTIL in (True, False)
    assert not process_executor._USE_PSUTIL or process_executor._get_memory_usage(os.getpid()) > 0
