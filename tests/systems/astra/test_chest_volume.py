"""What Astra's encoder is shown: cropped to the patient, pooled, grey from -1000 to 200 HU."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from spgc.contract.volumes import VolumeBox
from spgc.systems.astra.chest_volume import NOTHING, chest_volume
from tests.systems.small.scans import ArrayScan

SIZE = (32, 32, 64)


def scan(hu: np.ndarray) -> ArrayScan:
    return ArrayScan(hu.astype(np.int16), np.zeros(hu.shape, bool))


def chest() -> np.ndarray:
    """Air and padding around a body of noise from slice 2, row 5 and column 7 on."""
    hu = np.full((40, 90, 100), -1024)
    hu[:, :20] = -1000  # no foreground yet
    hu[2:38, 5:77, 7:99] = np.random.RandomState(0).randint(-999, 900, (36, 72, 92))
    return hu


def test_it_is_the_encoders_own_chain() -> None:
    """A literal one: crop, torch's area, scale; the axes stay the scan's."""
    hu = chest()
    made = chest_volume(scan(hu), SIZE)
    part = torch.tensor(hu[2:38, 5:77, 7:99], dtype=torch.float32)[None, None]
    pooled = torch.nn.functional.interpolate(part, size=SIZE, mode="area")[0].numpy()
    wanted = np.clip((pooled + 1000) / 1200, 0, 1)
    assert (made.volume.shape, made.volume.dtype) == ((1, *SIZE), np.float16)
    np.testing.assert_allclose(made.volume, wanted, atol=5e-4)
    assert made.box == VolumeBox((2, 5, 7), (38, 77, 99))
    assert made.remark == ""


def test_a_scan_of_air_is_shown_as_air_and_remarked_on() -> None:
    made = chest_volume(scan(np.full((4, 40, 40), -1000)), SIZE)
    assert not made.volume.any()
    assert made.box == VolumeBox((0, 0, 0), (4, 40, 40))
    assert made.remark == NOTHING
