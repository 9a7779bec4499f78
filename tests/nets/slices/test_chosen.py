"""Some slices of a scan answer like those slices, under a key of their own."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.nets.slices.chosen import ChosenSlices, chosen_slices
from tests.nets.training.tiny_training import NoiseScan


@pytest.mark.parametrize("indices", [(1, 2), (4, 0, 2, 3)])
def test_slices_are_those_of_the_scan(indices: tuple[int, ...]) -> None:
    scan = NoiseScan(0, "Normal", 5)
    chosen = chosen_slices(scan, indices)
    assert chosen.n_slices == len(indices)
    assert chosen.spacing == scan.spacing
    hu, mask = chosen.arrays()
    for number, index in enumerate(indices):
        for one, whole in zip(chosen.slice(number), scan.slice(index), strict=True):
            np.testing.assert_array_equal(one, whole)
        np.testing.assert_array_equal(hu[number], scan.slice(index)[0])
        np.testing.assert_array_equal(mask[number], scan.slice(index)[1])


def test_another_choice_has_another_key() -> None:
    scan = NoiseScan(0, "Normal", 5)
    keys = {chosen_slices(scan, indices).key for indices in [(0, 1), (0, 2), (1, 0)]}
    assert len(keys | {scan.key}) == 4


def test_all_slices_are_the_scan() -> None:
    scan = NoiseScan(0, "Normal", 3)
    assert chosen_slices(scan, range(3)) is scan
    assert isinstance(chosen_slices(scan, (2, 1, 0)), ChosenSlices)


@pytest.mark.parametrize("indices", [(), (0, 3), (-1,)])
def test_slices_that_are_not_there(indices: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="of 3"):
        chosen_slices(NoiseScan(0, "Normal", 3), indices)
