"""Each slice lies in exactly the part whose bounds hold it, for any number of slices and parts."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spgc.contract.scan_parts import middle_of, part_edges, part_of

COUNTS, PARTS = st.integers(1, 700), st.integers(1, 40)


@given(COUNTS, PARTS)
def test_a_slice_lies_in_the_one_part_whose_bounds_hold_it(count: int, parts: int) -> None:
    bounds = list(pairwise(part_edges(count, parts)))
    assert len(bounds) == parts
    for index in range(count):
        holding = [part for part, (start, stop) in enumerate(bounds) if start <= index < stop]
        assert holding == [part_of(index, count, parts)]


@given(COUNTS, PARTS)
def test_parts_follow_each_other_and_differ_by_one_slice_at_most(count: int, parts: int) -> None:
    edges = part_edges(count, parts)
    assert edges[0] == 0
    assert edges[-1] == count
    sizes = {stop - start for start, stop in pairwise(edges)}
    assert max(sizes) - min(sizes) <= 1


@given(COUNTS, PARTS)
def test_a_slices_upper_edge_decides(count: int, parts: int) -> None:
    """Against exact fractions of the scan."""
    for index in range(count):
        part = part_of(index, count, parts)
        assert Fraction(part, parts) <= Fraction(index, count) < Fraction(part + 1, parts)


@given(COUNTS, PARTS)
def test_the_middle_slice_covers_the_middle_of_its_part(count: int, parts: int) -> None:
    for part in range(parts):
        index, middle = middle_of(part, count, parts), (part + Fraction(1, 2)) / parts
        assert Fraction(index, count) <= middle < Fraction(index + 1, count)


def test_parts_of_a_short_scan_by_hand() -> None:
    """7 slices in 5 regions: 2, 1, 2, 1, 1; 3 slices leave two regions empty."""
    assert part_edges(7, 5) == [0, 2, 3, 5, 6, 7]
    assert [part_of(index, 7, 5) for index in range(7)] == [0, 0, 1, 2, 2, 3, 4]
    assert part_edges(3, 5) == [0, 1, 2, 2, 3, 3]
    assert [middle_of(part, 3, 5) for part in range(5)] == [0, 0, 1, 2, 2]
