"""Windows of slices: theirs count from the feet, ours from the head; odd numbers differ by one."""

from __future__ import annotations

import pytest

from spgc.systems.thesaviours.windows import answering_window, released_window, training_window


def from_the_feet(slices: int, first: int, last: int) -> set[int]:
    """Slices `first` to `last` of a scan sorted feet to head, Python's -1 among them."""
    ascending = list(range(slices))[::-1]  # the head-first number of each slice, feet first
    return {ascending[number] for number in range(first, last + 1)}


@pytest.mark.parametrize("slices", [81, 82, 100, 131, 133, 150, 167, 200])
def test_long_scans(slices: int) -> None:
    mid = slices // 2
    for window, down in ((training_window, 0), (answering_window, 0), (released_window, 1)):
        found = window(slices)
        assert set(found) == from_the_feet(slices, mid - 40 - down, mid + 39 - down)
        assert len(found) == 80
    assert training_window(slices)[0] == slices - mid - 40
    assert training_window(slices) == tuple(sorted(training_window(slices)))
    if slices > 81:
        assert released_window(slices)[0] == slices - mid - 39


def test_odd_scans_look_one_slice_nearer_to_the_head_than_counting_from_there() -> None:
    assert training_window(151)[0] == 151 // 2 - 40 + 1
    assert training_window(150)[0] == 150 // 2 - 40


def test_81_slices_begin_with_the_last_one_as_released() -> None:
    """Its first number is -1, which Python takes for the slice nearest to the head."""
    assert released_window(81)[-1] == 0
    assert set(released_window(81)) == set(range(81)) - {1}


@pytest.mark.parametrize("slices", [1, 5, 20, 39, 40, 41, 64, 79, 80])
def test_short_scans(slices: int) -> None:
    """40 slices about the middle vote, as the published sums of eight short scans need it."""
    mid = slices // 2
    first, last = max(0, mid - 20), min(slices, mid + 20) - 1
    assert set(answering_window(slices)) == from_the_feet(slices, first, last)
    assert released_window(slices) == ()
    assert training_window(slices) == tuple(range(slices))


def test_79_and_80_slices_are_learnt_from_whole() -> None:
    assert [len(training_window(n)) for n in (79, 80, 81)] == [79, 80, 80]
