"""A loading process that dies ends training in one line that says why, and it can go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from spgc.errors import WorkerError
from spgc.nets.device import Runtime
from spgc.nets.training.loading import Loading, _cause
from tests.nets.training import tiny_training as tiny

T = TypeVar("T")


def killing(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """A progress display during which the system ends the loading processes."""
    for number, item in enumerate(items):
        if number == 1:
            for child in multiprocessing.active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
        yield item


def test_a_killed_loading_process_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.known(monkeypatch)
    with pytest.raises(WorkerError, match="data-loading process died") as caught:
        tiny.train(tmp_path, workers=1, track=killing)
    assert caught.value.found == "killed, as the system does where memory runs out"
    assert "--workers 0" in str(caught.value)
    tiny.train(tmp_path, workers=0)
    assert (tmp_path / "tiny.safetensors").is_file()


def test_other_errors_of_torch_stay_what_they_are() -> None:
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert Loading([], Runtime(device="cpu"))._named(error) is error  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "words"),
    [(-signal.SIGKILL, "memory runs out"), (-signal.SIGBUS, "shared memory"), (-11, "signal 11")],
)
def test_the_cause_by_exit_code(code: int, words: str) -> None:
    assert words in _cause(code)
    assert _cause(1) == "exit code 1"
