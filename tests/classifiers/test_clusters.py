"""Clusters of slices: the groups that are there, the largest first, the same ones every time."""

import numpy as np

from spgc.classifiers.clusters import clusters_by_size


def groups(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features in well parted groups, and the group of each row."""
    random = np.random.default_rng(seed)
    home = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(home)
    features = random.normal(0, 0.1, (len(home), 5)) + 3 * np.eye(5)[home]
    return features.astype(np.float32), home


def test_groups_are_found_and_numbered_by_size() -> None:
    features, home = groups((10, 40, 5, 25))
    found = clusters_by_size(features, 4, 0)
    assert np.bincount(found).tolist() == [40, 25, 10, 5]
    for group in range(4):
        assert len(set(found[home == group])) == 1


def test_units_of_features_do_not_matter() -> None:
    features, _ = groups((20, 12, 8))
    scaled = features * np.array([1, 1000, 1e-3, 7, 1], np.float32)
    np.testing.assert_array_equal(clusters_by_size(features, 3, 1), clusters_by_size(scaled, 3, 1))


def test_fewer_different_slices_than_clusters() -> None:
    rows = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 1.0]], np.float32)
    assert clusters_by_size(rows, 4, 0).tolist() == [0, 1, 0]
