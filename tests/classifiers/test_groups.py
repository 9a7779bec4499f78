"""Twenty groups for any number of slices, and the 240 features of a scan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.classifiers.groups import (
    FEATURES,
    feature_names,
    group_bounds,
    group_features,
    group_mean_probabilities,
    scan_features,
)
from spgc.errors import ModelError
from spgc.protocol import CLASSES, GROUPS


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


@given(st.integers(1, 10))
def test_groups_of_the_paper(size: int) -> None:
    """Where slices divide by 20, "each group contains the same number of slices" (3.3.2)."""
    expected = [(g * size, (g + 1) * size) for g in range(GROUPS)]
    assert group_bounds(GROUPS * size) == expected


@given(st.integers(1, 400))
def test_groups_run_from_head_to_feet_for_any_count(count: int) -> None:
    """Every group holds a slice, none begins above the one before."""
    bounds = group_bounds(count)
    assert all(0 <= a < b <= count for a, b in bounds)
    assert bounds == sorted(bounds)
    assert bounds[0][0] == 0
    assert bounds[-1][1] == count


@given(st.integers(1, GROUPS - 1))
def test_an_empty_group_takes_the_slice_at_its_middle(count: int) -> None:
    """Slice i covers [i/n, (i + 1)/n) of the scan; a group without a start of its own asks it."""
    own = {GROUPS * i // count for i in range(count)}
    for group, (start, _) in enumerate(group_bounds(count)):
        if group not in own:
            middle = (group + 0.5) / GROUPS
            assert start / count <= middle < (start + 1) / count


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_both_kinds_are_shares(count: int, seed: int) -> None:
    rows = np.random.default_rng(seed).random((count, 3), dtype=np.float32)
    rows /= rows.sum(axis=1, keepdims=True)
    for kind in FEATURES:
        features = scan_features({"a": rows}, ("a",), kind).reshape(GROUPS, 3)
        np.testing.assert_allclose(features.sum(axis=1), 1, rtol=1e-5)
        assert features.dtype == np.float32


@given(st.integers(GROUPS, 200), st.integers(0, 2**32 - 1))
def test_weighed_by_size_the_shares_are_the_whole_scans(count: int, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 3, count)
    sizes = np.array([b - a for a, b in group_bounds(count)])
    shares = group_features(labels).reshape(GROUPS, 3)
    counts = np.bincount(labels, minlength=3)
    np.testing.assert_allclose((shares * sizes[:, None]).sum(axis=0), counts, atol=1e-3)


def test_kinds_of_features_differ_where_slices_are_unsure() -> None:
    rows = np.tile(np.array([[0.5, 0.3, 0.2]], np.float32), (40, 1))
    assert scan_features({"a": rows}, ("a",))[:3].tolist() == [1, 0, 0]
    np.testing.assert_allclose(scan_features({"a": rows}, ("a",), "probabilities")[:3], rows[0])
    with pytest.raises(ModelError, match=r"counts \| probabilities"):
        scan_features({"a": rows}, ("a",), "votes")
