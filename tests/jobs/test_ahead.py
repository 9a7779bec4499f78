"""Working ahead changes neither items nor order nor errors, and stops when nobody listens."""

import threading
from collections.abc import Generator, Iterator

import pytest

from spgc.jobs.ahead import AllAhead, prefetched


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


PATIENCE = 60.0


def numbers(until: int, closed: threading.Event | None = None) -> Generator[int, None, None]:
    try:
        yield from range(until)
    finally:
        if closed is not None:
            closed.set()


def test_all_items_in_the_same_order() -> None:
    with AllAhead(lambda: numbers(50), "worker") as items:
        assert list(items) == list(range(50))
        assert list(items) == []
    with AllAhead(lambda: numbers(0), "worker") as items:
        assert list(items) == []


def test_all_are_made_before_the_first_is_used() -> None:
    closed = threading.Event()
    with AllAhead(lambda: numbers(1000, closed), "worker") as items:
        assert closed.wait(PATIENCE)
        first = iter(items)
        assert next(first) == 0
        assert next(iter(items)) == 1  # whoever asks next goes on from there


def test_the_error_of_all_comes_in_its_turn_and_again() -> None:
    def source() -> Generator[int, None, None]:
        assert threading.current_thread().name == "worker"
        yield 1
        raise KeyError("two")

    with AllAhead(source, "worker") as items:
        given = iter(items)
        assert next(given) == 1
        for asked in (given, iter(items)):
            with pytest.raises(KeyError, match="two"):
                next(asked)


def test_an_error_before_the_first_item() -> None:
    def make() -> Generator[int, None, None]:
        raise ValueError("no source")

    with AllAhead(make, "worker") as items, pytest.raises(ValueError, match="no source"):
        list(items)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_leaving_waits_for_the_item_in_hand_but_not_on_ctrl_c(
    error: type[BaseException] | None,
) -> None:
    """The generator is closed in any case, and no further item is made."""
    begun, goes_on, closed, made = threading.Event(), threading.Event(), threading.Event(), []

    def source() -> Generator[int, None, None]:
        try:
            for number in range(3):
                made.append(number)
                yield number
                begun.set()
                assert goes_on.wait(PATIENCE)
        finally:
            closed.set()

    work = AllAhead(source, "worker")
    try:
        with work as items:
            assert next(iter(items)) == 0
            assert begun.wait(PATIENCE)
            if error is not KeyboardInterrupt:
                threading.Timer(0.05, goes_on.set).start()
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert closed.is_set() == (error is not KeyboardInterrupt)
    goes_on.set()
    assert closed.wait(PATIENCE)
    assert made == [0, 1]
    assert list(work) == []
