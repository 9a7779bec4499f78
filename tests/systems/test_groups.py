"""Twenty groups for any number of slices, and the 240 features of a scan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.errors import ModelError
from spgc.protocol import CLASSES, GROUPS
from spgc.systems.cnr_iemn.groups import (
    feature_names,
    group_bounds,
    group_features,
    group_mean_probabilities,
    scan_features,
)


@given(st.integers(GROUPS, 400))
def test_groups_part_the_scan(count: int) -> None:
    """With 20 slices or more each slice lies in one group, and sizes differ by one at most."""
    bounds = group_bounds(count)
    assert [i for a, b in bounds for i in range(a, b)] == list(range(count))
    sizes = {b - a for a, b in bounds}
    assert max(sizes) - min(sizes) <= 1
    assert all(GROUPS * i // count == g for g, (a, b) in enumerate(bounds) for i in range(a, b))


@given(st.integers(1, GROUPS - 1))
def test_short_scans_fill_every_group(count: int) -> None:
    bounds = group_bounds(count)
    assert len(bounds) == GROUPS
    assert all(b - a == 1 and 0 <= a < count for a, b in bounds)
    assert [a for a, _ in bounds] == sorted(a for a, _ in bounds)
    assert {a for a, _ in bounds} == set(range(count))


def test_no_slice_is_refused() -> None:
    with pytest.raises(ModelError, match="0 slices"):
        group_bounds(0)


@given(st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_shares_add_up_in_each_group(count: int, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 3, count)
    shares = group_features(labels).reshape(GROUPS, len(CLASSES))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)


def test_shares_of_a_scan_written_by_hand() -> None:
    """40 slices, two a group: COVID-19 throughout, but the last group has one CAP slice."""
    labels = np.array([0] * 39 + [1])
    shares = group_features(labels).reshape(GROUPS, 3)
    assert shares[0].tolist() == [1, 0, 0]
    assert shares[-1].tolist() == [0.5, 0.5, 0]


def test_mean_probabilities_of_certain_slices_are_their_shares() -> None:
    labels = np.array([0, 1, 2] * 11)
    certain = np.eye(3, dtype=np.float32)[labels]
    np.testing.assert_allclose(group_mean_probabilities(certain), group_features(labels))


def test_a_scan_has_240_named_features() -> None:
    backbones = ("a", "b", "c", "d")
    rng = np.random.default_rng(0)
    probabilities = {b: rng.random((31, 3), dtype=np.float32) for b in backbones}
    features = scan_features(probabilities, backbones)
    names = feature_names(backbones)
    assert features.shape == (240,) == (len(names),)
    assert names[0] == "a g01 COVID-19"
    assert names[-1] == "d g20 Normal"
    np.testing.assert_array_equal(
        features[60:120], group_features(probabilities["b"].argmax(axis=1))
    )
