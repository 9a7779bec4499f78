"""Stages add up over threads, in the order in which they first came, and know their rate."""

from __future__ import annotations

import threading
import time

import pytest

from spgc.jobs import stages as module
from spgc.jobs.stages import Stage, Stages, joined


def test_a_stage_tells_its_rate() -> None:
    assert Stage("reading", 2.0, 5, 1.5).as_dict() == {
        "stage": "reading",
        "seconds": 2.0,
        "cpu_seconds": 1.5,
        "slices": 5,
        "slices_per_second": 2.5,
    }


@pytest.mark.parametrize("stage", [Stage("a", 2.0, 0), Stage("a", 0.0, 5)], ids=str)
def test_there_is_no_rate_without_slices_or_time(stage: Stage) -> None:
    assert stage.as_dict()["slices_per_second"] is None


def test_sums_in_the_order_of_the_first_call() -> None:
    stages = Stages()
    stages.add("reading", 1.0, 3)
    stages.add("answering", 0.5)
    stages.add("reading", 0.25, 2)
    assert stages.rows() == [Stage("reading", 1.25, 5), Stage("answering", 0.5, 0)]


def test_threads_lose_nothing() -> None:
    stages = Stages()

    def work() -> None:
        for _ in range(1000):
            stages.add("together", 1.0, 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stages.rows() == [Stage("together", 4000.0, 4000)]


def test_waiting_for_items_counts_and_using_them_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of our own: 1 s to make each item, 10 s to use it."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def made() -> object:
        for number in range(3):
            now[0] += 1
            yield number

    stages = Stages()
    got = []
    for item in stages.timed(made(), "waiting"):  # type: ignore[arg-type]
        got.append(item)
        now[0] += 10
    with stages.of("using", slices=7):
        now[0] += 2
    assert got == [0, 1, 2]
    assert stages.rows() == [Stage("waiting", 3.0, 0), Stage("using", 2.0, 7)]


def test_a_stage_within_another_counts_to_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """3 s of networks, of which 1 s is a second look that uses two cores."""
    now, cpu = [0.0], [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "thread_time", lambda: cpu[0])
    stages = Stages()
    with stages.of("networks", 8):
        now[0] += 2
        cpu[0] += 1.5
        with stages.of("again", 1):
            now[0] += 1
            cpu[0] += 2
    assert stages.rows() == [Stage("again", 1.0, 1), Stage("networks", 2.0, 8)]
    assert [stage.cpu for stage in stages.rows()] == [2.0, 1.5]


def test_a_stage_that_fails_does_not_count_and_leaves_the_outer_one_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    stages = Stages()
    with stages.of("outer"):
        with pytest.raises(ValueError, match="no"), stages.of("inner"):
            now[0] += 1
            raise ValueError("no")
        now[0] += 1
    assert stages.rows() == [Stage("outer", 2.0)]


def test_threads_of_libraries_count_where_they_work_for_a_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = iter([5.0, 7.5])
    monkeypatch.setattr(module, "library_seconds", lambda: next(libraries))
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    stages = Stages()
    with stages.of("networks", libraries=True):
        pass
    with stages.of("scaling"):
        pass
    assert [stage.cpu for stage in stages.rows()] == [2.5, 0.0]


def test_rows_of_one_name_are_joined() -> None:
    rows = [Stage("a", 1.0, 2, 0.5), Stage("b", 1.0), Stage("a", 2.0, 3, 1.0)]
    found = joined(rows)
    assert found == [Stage("a", 3.0, 5), Stage("b", 1.0)]
    assert found[0].cpu == 1.5


def test_work_of_the_whole_process_counts_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks of our own: this thread uses 1 s, all of them together 3 s."""
    used = {"thread": 0.0, "process": 0.0}
    monkeypatch.setattr(time, "thread_time", lambda: used["thread"])
    monkeypatch.setattr(time, "process_time", lambda: used["process"])
    for whole, cpu in ((False, 1.0), (True, 3.0)):
        stages = Stages(whole_process=whole)
        with stages.of("storing"):
            used = {"thread": used["thread"] + 1, "process": used["process"] + 3}
        (row,) = stages.rows()
        assert row.cpu == cpu
