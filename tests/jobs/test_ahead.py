"""Working ahead changes neither items nor order nor errors, and stops when nobody listens."""

import threading
from collections.abc import Iterator

import pytest

from spgc.jobs.ahead import prefetched


def test_same_items_in_the_same_order() -> None:
    assert list(prefetched(iter(range(50)), ahead=3)) == list(range(50))
    assert list(prefetched([])) == []


def test_made_in_another_thread_but_never_far_ahead() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(10):
            assert threading.current_thread() is not threading.main_thread()
            made.append(number)
            yield number

    for used in prefetched(source(), ahead=2):
        assert len(made) <= used + 4


def test_an_error_comes_in_its_turn() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    items = prefetched(source())
    assert next(items) == 1
    with pytest.raises(KeyError, match="two"):
        next(items)


def test_stopping_early_stops_the_work() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    items = prefetched(source())
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert len(made) < 10
