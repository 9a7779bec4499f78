"""Warnings are silent in overlapping blocks of several threads, and as before afterwards."""

from __future__ import annotations

import threading
import warnings

import pytest

from spgc.jobs.quiet_warnings import no_warnings


@pytest.mark.parametrize("first_out", ["first in", "last in"])
def test_blocks_of_two_threads_overlap(first_out: str) -> None:
    before = list(warnings.filters)
    inside, leave = {n: threading.Event() for n in "ab"}, {n: threading.Event() for n in "ab"}
    raised: list[Warning] = []

    def block(name: str) -> None:
        with no_warnings():
            inside[name].set()
            leave[name].wait(10)
            try:
                warnings.warn("of a person", UserWarning, stacklevel=1)
            except UserWarning as warning:  # pytest makes errors of them
                raised.append(warning)

    threads = {name: threading.Thread(target=block, args=(name,)) for name in "ab"}
    for name, thread in threads.items():
        thread.start()
        assert inside[name].wait(10)
    for name in "ab" if first_out == "first in" else "ba":
        leave[name].set()
        threads[name].join(10)
    assert not raised
    assert list(warnings.filters) == before
    with pytest.raises(UserWarning, match="again"):
        warnings.warn("again", UserWarning, stacklevel=1)


def test_blocks_within_each_other() -> None:
    with no_warnings():
        with no_warnings():
            pass
        warnings.warn("inner block is over", UserWarning, stacklevel=1)


def test_an_error_ends_the_silence() -> None:
    with pytest.raises(ValueError, match="inside"), no_warnings():
        raise ValueError("inside")
    with pytest.raises(UserWarning):
        warnings.warn("heard", UserWarning, stacklevel=1)
