"""Jobs side by side: a job that kills its process costs its own result and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spgc.errors import WorkerError
from spgc.jobs.parallel import in_order, in_parallel
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
