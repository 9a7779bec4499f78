"""Networks see the box of the lungs; a scan without any is shown whole, and the run says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spgc.bench.measure_volumes import LongScan
from spgc.contract.volumes import VolumeBox
from spgc.ct.read_scan import read_scan
from spgc.jobs.progress import silent
from spgc.nets.device import Runtime
from spgc.nets.volumes import resnet3d
from spgc.runs.lung_settings import lung_settings
from spgc.systems.llscp_like.llscp_settings import LlscpSettings
from spgc.systems.llscp_like.lung_volume import NO_LUNG, lung_volume
from spgc.systems.llscp_like.system import LlscpLike
from tests.systems.small.scans import ArrayScan, array_cohort

TINY = LlscpSettings(
    weights="none", size=(16, 33, 33), members=2, epochs=1, pair_epochs=1, batch_size=3
)

REAL = ("covid-ct-md-sample", "lung-pet-ct-dx")


def two_lungs() -> ArrayScan:
    """Air outside, a body of 40 HU, two lungs of -800 HU; 2.5 mm a slice, 2 mm a pixel."""
    hu = np.full((12, 60, 80), -1000, np.int16)
    hu[:, 10:50, 10:70] = 40
    mask = np.zeros(hu.shape, bool)
    mask[2:10, 20:40, 20:35] = mask[2:10, 20:40, 45:60] = True
    hu[mask] = -800
    return ArrayScan(hu, mask, (2.5, 2.0, 2.0))


def test_the_box_is_that_of_the_lungs_and_ten_millimetres() -> None:
    made = lung_volume(TINY, two_lungs())
    assert made.box == VolumeBox((0.0, 15.0, 15.0), (12.0, 45.0, 65.0))
    assert made.volume.shape == (2, 16, 33, 33)
    assert made.volume.dtype == np.float16
    assert made.remark == ""
    grey, lung = made.volume.astype(np.float32)
    assert set(np.unique(lung)) == {0, 1}
    inside, between = grey[8, 16, 9], grey[8, 16, 16]
    assert inside == pytest.approx((-800 + 1200) / 1600, abs=1e-3)
    assert between == pytest.approx((40 + 1200) / 1600, abs=1e-3)
    assert (lung[8, 16, 9], lung[8, 16, 16], lung[0, 16, 9]) == (1, 0, 0)


def test_values_beyond_the_window_are_cut_off() -> None:
    scan = two_lungs()
    scan.hu[:, :30] = 3000
    scan.hu[:, 30:] = -2000
    grey = lung_volume(TINY, scan).volume[0]
    assert (grey.min(), grey.max()) == (0, 1)


def test_a_scan_without_lung_is_answered_by_a_named_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
    scan = two_lungs()
    empty = dataclasses.replace(scan, mask=np.zeros_like(scan.mask))
    made = lung_volume(TINY, empty)
    assert made.box == VolumeBox((0.0, 0.0, 0.0), (12.0, 60.0, 80.0))
    assert not made.volume[1].any()
    system = LlscpLike(TINY, Runtime("cpu"))
    system.fit(array_cohort(2, 1), [], tmp_path, silent)
    answers = system.predict([("full", scan), ("empty", empty)])
    assert set(answers) == {"full", "empty"}
    assert list(system.run_remarks()) == [f"{NO_LUNG}: empty"]


def test_explain_gets_every_network_with_its_mask_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
    system = LlscpLike(TINY, Runtime("cpu"))
    system.fit(array_cohort(2, 1), [], tmp_path, silent)
    inputs = system.volume_inputs("one", two_lungs())
    assert list(inputs) == ["stage-1", "pair-1", "pair-2"]
    for name, one in inputs.items():
        assert one.pictures == 1
        assert one.volume.dtype == np.float32
        shares = one.answer(np.stack([one.volume, np.zeros_like(one.volume)]))
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        assert (shares[:, 2] == 0).all() == (name != "stage-1")


@pytest.mark.real
def test_real_lungs_fill_the_volume(real_data: Path) -> None:
    """Five scanners' series, 2 to 8 mm a slice: a quarter to a third of each volume is lung, and
    dark; beyond the lungs' box lies none."""
    folders = {path.parent for name in REAL for path in (real_data / name).rglob("*.dcm")}
    assert len(folders) == 5
    method = lung_settings(TINY.lung_method, None)
    for folder in folders:
        read = read_scan(folder)
        mask = method.masks(read)
        made = lung_volume(LlscpSettings(weights="none"), LongScan(read.hu, mask, read.spacing))
        grey, lung = made.volume.astype(np.float32)
        assert made.remark == ""
        assert 0.2 < lung.mean() < 0.4, folder
        assert grey[lung > 0].mean() < 0.35, folder
        inside = tuple(
            slice(int(np.floor(low)), int(np.ceil(high)))
            for low, high in zip(made.box.low, made.box.high, strict=True)
        )
        assert mask[inside].sum() == mask.sum(), folder
