"""A scan as statistics of its slices, for any number of slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.classifiers.slice_summary import STATISTICS, slice_summary
from spgc.errors import ModelError


def test_statistics_written_by_hand() -> None:
    """20 slices: the largest tenth are two, of each number by itself."""
    first = np.arange(20.0)
    second = np.where(np.arange(20) < 3, 6.0, 1.0)
    found = slice_summary(np.stack([first, second], axis=1).astype(np.float32))
    mean, most, spread, top = found.reshape(len(STATISTICS), 2)
    assert mean.tolist() == [9.5, 1.75]
    assert most.tolist() == [19, 6]
    np.testing.assert_allclose(spread, [first.std(), second.std()], rtol=1e-6)
    assert top.tolist() == [18.5, 6]


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_order_and_number_of_slices_are_divided_out(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(0, 1, (count, 5)).astype(np.float32)
    found = slice_summary(rows)
    assert found.shape == (20,)
    np.testing.assert_allclose(slice_summary(random.permutation(rows)), found, atol=1e-6)
    twice = slice_summary(np.repeat(rows, 2, axis=0))
    np.testing.assert_allclose(twice[:15], found[:15], atol=1e-6)


def test_a_single_slice_is_its_own_statistic() -> None:
    row = np.array([[0.25, -3.0]], np.float32)
    assert slice_summary(row).tolist() == [0.25, -3, 0.25, -3, 0, 0, 0.25, -3]


def test_no_slice_is_refused() -> None:
    with pytest.raises(ModelError, match="0 slices"):
        slice_summary(np.zeros((0, 3), np.float32))
