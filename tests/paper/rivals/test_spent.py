"""What a step cost is kept over stops, and says where a killed process took its time along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spgc.paper.rivals import spent
from spgc.paper.rivals.spent import SPENT, read_spent, sitting


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the clock shows at its next readings."""
    times: list[float] = []
    monkeypatch.setattr(spent.time, "perf_counter", lambda: times.pop(0))
    return times


def test_a_sitting_is_noted_before_it_begins(tmp_path: Path) -> None:
    """So that a process that is killed leaves a mark."""
    with sitting(tmp_path, "training", "a"):
        assert read_spent(tmp_path)["training"].at_least


def test_sittings_add_up(tmp_path: Path, clock: list[float]) -> None:
    clock += [10, 14, 100, 103]
    with pytest.raises(KeyboardInterrupt), sitting(tmp_path, "training", "a"):
        raise KeyboardInterrupt
    with sitting(tmp_path, "training", "a"):
        pass
    found = read_spent(tmp_path)["training"]
    assert (found.seconds, found.begun, found.ended, found.at_least) == (7, 2, 2, False)


def test_a_killed_sitting_leaves_its_mark(tmp_path: Path, clock: list[float]) -> None:
    clock += [50, 52]
    begun = {"of": "a", "seconds": 0.0, "begun": 1, "ended": 0, "peak_gib": None}
    (tmp_path / SPENT).write_text(json.dumps({"training": begun}))
    with sitting(tmp_path, "training", "a"):
        pass
    found = read_spent(tmp_path)["training"]
    assert (found.seconds, found.begun, found.ended, found.at_least) == (2, 2, 1, True)


def test_another_work_begins_anew(tmp_path: Path, clock: list[float]) -> None:
    clock += [0, 5, 10, 11, 20, 21]
    for step, of in (("training", "a"), ("prediction", "p"), ("training", "b")):
        with sitting(tmp_path, step, of):
            pass
    found = read_spent(tmp_path)
    assert (found["training"].of, found["training"].seconds) == ("b", 1)
    assert found["prediction"].seconds == 1


@pytest.mark.parametrize("content", ["{", "[]", '{"training": {"seconds": 1}}', '{"training": 3}'])
def test_a_damaged_file_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / SPENT).write_text(content)
    assert read_spent(tmp_path) == {}
    with sitting(tmp_path, "training", "a"):
        pass
    assert json.loads((tmp_path / SPENT).read_text())["training"]["ended"] == 1


def test_memory_is_that_of_the_sitting(tmp_path: Path) -> None:
    """What an earlier step held and gave back does not count (where the system resets it)."""
    held = bytearray(400 * 2**20)
    del held
    with sitting(tmp_path, "small", "a"):
        pass
    with sitting(tmp_path, "large", "a"):
        held = bytearray(400 * 2**20)
        del held
    found = read_spent(tmp_path)
    small, large = found["small"].peak_gib, found["large"].peak_gib
    if small is not None and large is not None:
        assert large - small > 0.3
