"""Samples of whole scans: copies, balanced draws, and changes that depend on epoch and number."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import torch

from spgc.contract.scan import LabelledScan
from spgc.nets.volumes.volume_augmentation import VolumeChange
from spgc.nets.volumes.volume_samples import (
    BalancedDraws,
    ScansByNumber,
    VolumeDataset,
    VolumeSample,
    class_samples,
)
from spgc.protocol import CAP, COVID19, NORMAL

SHAPE = (2, 3, 8, 8)


def scans(*labels: str) -> list[LabelledScan]:
    nothing: Any = None
    return [LabelledScan(f"P{n:03}", nothing, label) for n, label in enumerate(labels)]


def volume(case_id: str, scan: object, copy: int) -> np.ndarray[Any, np.dtype[np.float16]]:
    number = int(case_id[1:])
    return np.full(SHAPE, (number + copy) / 100, np.float16)


def given(count: int) -> ScansByNumber:
    return ScansByNumber([(s.case_id, s.scan) for s in scans(*[CAP] * count)], volume)


def test_copies_by_class_stand_behind_their_scan() -> None:
    found = class_samples(scans(COVID19, NORMAL, CAP), copies=(1, 2, 0))
    labels = {0: 0, 1: 2, 2: 1}
    assert [s.label for s in found] == [labels[s.scan] for s in found]
    assert Counter(s.scan for s in found) == {0: 2, 1: 1, 2: 3}
    assert [s.copy for s in found] == [0, 1, 0, 0, 1, 2]


def test_two_classes_count_by_themselves() -> None:
    found = class_samples(scans(COVID19, NORMAL, CAP), (COVID19, CAP))
    assert [(s.scan, s.label) for s in found] == [(0, 0), (2, 1)]


def test_an_item_is_the_copy_of_its_scan() -> None:
    data = VolumeDataset(given(3), [VolumeSample(2, 1, 5)], SHAPE)
    item, label = data[7, 0]
    assert (item.dtype, tuple(item.shape), int(label)) == (torch.float32, SHAPE, 1)
    assert torch.allclose(item, torch.tensor(0.07), atol=1e-4)
    assert (len(data), data.item_bytes) == (1, 2 * 3 * 64 * 4)


def test_changes_depend_on_epoch_number_and_seed_alone() -> None:
    change = VolumeChange(noise=0.1)

    def data(seed: int) -> VolumeDataset:
        return VolumeDataset(
            given(2), [VolumeSample(0, 0), VolumeSample(0, 0)], SHAPE, change, seed
        )

    first = data(1)
    assert torch.equal(first[3, 1][0], data(1)[3, 1][0])
    others = [first[3, 0][0], first[4, 1][0], data(2)[3, 1][0]]
    assert not any(torch.equal(first[3, 1][0], other) for other in others)


def test_balanced_draws_take_every_scan_of_a_large_class_in_turn() -> None:
    many = [VolumeSample(n, 0) for n in range(7)] + [VolumeSample(7 + n, 1) for n in range(3)]
    draws = BalancedDraws(many, seed=1)
    assert [draws(epoch) for epoch in range(3)] == [draws(epoch) for epoch in range(3)]
    seen: Counter[int] = Counter()
    for epoch in range(7):
        drawn = draws(epoch)
        assert Counter(s.label for s in drawn) == {0: 3, 1: 3}
        assert len({s.scan for s in drawn if s.label == 1}) == 3
        seen.update(s.scan for s in drawn if s.label == 0)
    assert seen == dict.fromkeys(range(7), 3)
    other = BalancedDraws(many, seed=2)
    assert [other(e) for e in range(3)] != [draws(e) for e in range(3)]


def test_a_data_set_of_draws_changes_with_the_epoch() -> None:
    many = [VolumeSample(n, 0) for n in range(9)] + [VolumeSample(9, 1)]
    data = VolumeDataset(given(10), BalancedDraws(many, 0), SHAPE)
    shown = {round(float(data[epoch, 0][0].mean()), 2) for epoch in range(9)}
    assert len(data) == 2
    assert shown == {n / 100 for n in range(9)}
