"""Scans held out of a training: a share of each class, whatever the order, never a whole class."""

from __future__ import annotations

from collections import Counter

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.protocol import CLASSES
from spgc.systems.held_out import held_out_cases


def scans(*counts: int) -> list[LabelledScan]:
    return [
        LabelledScan(f"{label} {number}", None, label)  # type: ignore[arg-type]
        for label, count in zip(CLASSES, counts, strict=True)
        for number in range(count)
    ]


def held(*counts: int, share: float = 0.1, seed: int = 0) -> Counter[str]:
    return Counter(name.rpartition(" ")[0] for name in held_out_cases(scans(*counts), share, seed))


def test_a_tenth_of_the_patients_of_each_class() -> None:
    assert held(171, 60, 76) == {"COVID-19": 17, "CAP": 6, "Normal": 8}


def test_small_classes_give_one_and_never_all() -> None:
    assert held(2, 1, 3) == {"COVID-19": 1, "Normal": 1}
    assert held(2, 2, 2, share=0.9) == {"COVID-19": 1, "CAP": 1, "Normal": 1}
    assert held(9, 9, 9, share=0) == {}


def test_the_order_of_scans_does_not_matter_and_the_seed_does() -> None:
    train = scans(30, 30, 30)
    shuffled = [train[index] for index in np.random.default_rng(1).permutation(len(train))]
    assert held_out_cases(train, 0.1, 4) == held_out_cases(shuffled, 0.1, 4)
    assert held_out_cases(train, 0.1, 4) != held_out_cases(train, 0.1, 5)
