"""Which slices are explained when nobody names them."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.contract.scan import KnownCase
from spgc.errors import DataError, UsageError
from spgc.explain.slice_choice import Wanted, choose_slices, slices_with_lung
from tests.systems.small.scans import ArrayScan

ANSWERS = {
    "a": np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.5, 0.4, 0.1]], np.float32),
    "b": np.array(
        [[0.6, 0.3, 0.1], [0.4, 0.3, 0.3], [0.08, 0.02, 0.9], [0.3, 0.6, 0.1]], np.float32
    ),
}
CASE = KnownCase("P001", "COVID-19", np.array([0, 1, 1, 1], np.uint8))


@pytest.mark.parametrize(
    ("wanted", "slices"),
    [
        (Wanted(), [2]),  # 0.8 for normal is the surest of all
        (Wanted(2, target=0), [0, 3]),
        (Wanted(2, target=0, infected=True), [3, 1]),
        (Wanted(worst=True), [2]),  # infected, COVID-19 at 0.09; slice 0 is normal at 0.1
        (Wanted(9, worst=True, infected=True), [2, 1, 3]),
    ],
)
def test_choice(wanted: Wanted, slices: list[int]) -> None:
    assert choose_slices(ANSWERS, CASE, wanted) == slices


def test_slices_chosen_together_lie_apart() -> None:
    """Neighbours look alike: a tenth of the scan between them, less where that is too much."""
    rising = np.linspace(0.1, 0.9, 40, dtype=np.float32)
    answers = {"a": np.stack([rising, (1 - rising) / 2, (1 - rising) / 2], axis=1)}
    chosen = choose_slices(answers, CASE, Wanted(3, target=0, apart=True))
    assert chosen == [39, 35, 31]
    assert choose_slices(answers, CASE, Wanted(3, target=0)) == [39, 38, 37]
    few = frozenset({10, 11, 13})
    assert choose_slices(answers, CASE, Wanted(3, 0, among=few, apart=True)) == [13, 11, 10]
    assert choose_slices(answers, CASE, Wanted(9, 0, among=few, apart=True)) == [13, 11, 10]


def test_slices_with_lung() -> None:
    """Half as much as the widest slice at least; without any lung every slice is as good."""
    mask = np.zeros((5, 4, 4), bool)
    mask[1, 0, :2], mask[2, :2], mask[3, 0] = True, True, True  # 2, 8 and 4 pixels
    hu = np.zeros(mask.shape, np.int16)
    assert slices_with_lung(ArrayScan(hu, mask)) == {2, 3}
    assert slices_with_lung(ArrayScan(hu, np.zeros_like(mask))) == set(range(5))


def test_truth_is_only_what_somebody_said() -> None:
    """Slices of an infected scan without slice labels have no known class; a normal scan's do."""
    assert [CASE.slice_truth(index) for index in (0, 1)] == [2, 0]
    assert KnownCase("P", "COVID-19").slice_truth(0) is None
    assert KnownCase("n", "Normal").slice_truth(0) == 2
    for wanted in (Wanted(worst=True), Wanted(infected=True)):
        with pytest.raises(DataError, match="no slice to choose from"):
            choose_slices(ANSWERS, KnownCase("P", "COVID-19"), wanted)
    with pytest.raises(UsageError, match="1 or more"):
        choose_slices(ANSWERS, CASE, Wanted(0))
