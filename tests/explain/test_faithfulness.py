"""Insertion, deletion and shares on a classifier that is known to look at one corner."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spgc.explain.faithfulness import faithfulness, random_map, share_inside
from spgc.explain.rise import RiseMap
from tests.explain.test_rise import sees_a_corner


def _map(values: np.ndarray) -> RiseMap:
    return RiseMap(values, target=1, masks=1, reliability=1.0, settled=True)


def test_a_true_map_beats_random_ones_and_its_opposite_does_not() -> None:
    image = torch.ones(3, 20, 26)
    truth = np.zeros((20, 26))
    truth[2:8, 12:18] = 1
    good = faithfulness(sees_a_corner, image, _map(truth), cells=4)
    bad = faithfulness(sees_a_corner, image, _map(-truth), cells=4)
    # Of a blank picture nothing is lost by blurring: insertion is flat, whatever the map.
    assert good.insertion.area == pytest.approx(bad.insertion.area)
    assert good.deletion.area < min(good.deletion.random)
    assert bad.deletion.area > max(bad.deletion.random)
    assert len(good.deletion.random) == 5


def test_areas_follow_from_the_curve() -> None:
    """A classifier that counts pixels: the curve is a straight line, its area one half."""

    def counts(x: torch.Tensor) -> torch.Tensor:
        share = x.mean(dim=(1, 2, 3))
        return torch.stack((1 - share, share), dim=1)

    image = torch.ones(1, 16, 16)
    found = faithfulness(counts, image, _map(random_map((16, 16), 4, 1)), cells=4, controls=2)
    assert found.deletion.area == pytest.approx(0.5, abs=1e-6)
    assert found.deletion.random == pytest.approx((0.5, 0.5), abs=1e-6)


def test_insertion_starts_blurred_and_rewards_the_detail_that_counts() -> None:
    """A chequered corner is lost in the blur; a map that brings it back first wins."""
    pattern = torch.zeros(1, 24, 24)
    pattern[:, :8, :8] = (torch.arange(8)[:, None] + torch.arange(8)) % 2

    def contrast(x: torch.Tensor) -> torch.Tensor:
        found = x[:, 0, :8, :8].std(dim=(1, 2)).clamp(0, 1)
        return torch.stack((1 - found, found), dim=1)

    truth = np.zeros((24, 24))
    truth[:8, :8] = 1
    good = faithfulness(contrast, pattern, _map(truth), cells=3)
    bad = faithfulness(contrast, pattern, _map(-truth), cells=3)
    assert good.insertion.area > good.insertion.random_mean > bad.insertion.area


def test_share_counts_from_the_lowest_value() -> None:
    values = np.array([[5.0, 5.0], [6.0, 8.0]])
    assert share_inside(values, np.array([[True, False], [True, False]])) == pytest.approx(0.25)
    assert share_inside(np.ones((2, 2)), np.eye(2, dtype=bool)) is None
