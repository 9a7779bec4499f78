"""Work begun in a thread: its result or its error, where it is asked for."""

import threading

import pytest

from spgc.jobs.ahead import begin


def test_result_comes_from_another_thread() -> None:
    assert begin(threading.current_thread, "worker").result().name == "worker"


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise KeyboardInterrupt("stop")

    work = begin(fail, "worker")
    with pytest.raises(KeyboardInterrupt, match="stop"):
        work.result()
