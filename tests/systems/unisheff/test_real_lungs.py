"""Lungs from intensities on real CT: against masks made by hand, and a cube of a whole scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.ct.read_scan import read_scan
from spgc.systems.unisheff.lung_extraction import slice_lungs, slice_stretched
from spgc.systems.unisheff.shown_part import prepared
from tests.systems.small.scans import ArrayScan

pytestmark = pytest.mark.real


def test_lungs_are_those_drawn_by_hand(real_data: Path) -> None:
    """Dice over 60 slices; two of them are below 0.9."""
    io = pytest.importorskip("skimage.io")
    dice = []
    for path in sorted((real_data / "lung-masks/2d_images").glob("*.tif")):
        hu = np.maximum(io.imread(path), -1024).astype(np.int16)
        drawn = io.imread(path.parents[1] / "2d_masks" / path.name) > 0
        found = slice_lungs(slice_stretched(hu))
        dice.append(2 * (found & drawn).sum() / (found.sum() + drawn.sum()))
    assert len(dice) == 60
    assert np.mean(dice) > 0.965
    assert np.median(dice) > 0.98


def test_a_cube_of_a_scan_of_the_challenge(real_data: Path) -> None:
    """The middle slices, where the lungs are widest; a third of the cube is lung."""
    series = real_data / "covid-ct-md-sample/Sample data/COVID-19 subjects/P002"
    hu = read_scan(series).hu
    made = prepared(ArrayScan(hu, np.zeros(hu.shape, bool)), 64, 0.8, masks=True)
    assert made.remark == ""
    assert made.box.low == pytest.approx((39.8, 31.5, 31.5), abs=0.1)
    assert made.box.high == pytest.approx((99.8, 479.5, 479.5), abs=0.1)
    assert 0.3 < float(made.volume[1].mean()) < 0.4
