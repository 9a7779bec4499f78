"""Scans in memory, a small network and the spec that fits both."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from spgc.contract.scan import Scan
from spgc.nets.device import Runtime
from spgc.nets.volumes.grid import on_grid, whole_box
from spgc.nets.volumes.volume_predictor import VolumePredictor, volume_predictor
from spgc.nets.volumes.volume_spec import PreparedVolume, VolumeSpec
from tests.systems.small.scans import ArrayScan, array_scan

SIZE = (6, 10, 12)


class TinyNetwork(nn.Module):
    """Two convolutions and a mean: (B, 2, D, H, W) to (B, K) and (B, 4)."""

    def __init__(self, outputs: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.conv1 = nn.Conv3d(2, 4, 3, stride=2, padding=1)
            self.conv2 = nn.Conv3d(4, 4, 3, padding=1)
            self.fc = nn.Linear(4, outputs)

    def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        features = self.conv2(self.conv1(volumes).relu()).relu().mean(dim=(2, 3, 4))
        return self.fc(features), features


def tiny_volume(scan: Scan) -> PreparedVolume:
    """All of the scan: HU over 1000, and its mask."""
    hu, mask = scan.arrays()
    box = whole_box(hu.shape)
    parts = [on_grid(hu, box, SIZE) / 1000, on_grid(mask, box, SIZE, "area")]
    remark = "" if mask.any() else "no lung, all of the scan shown"
    return PreparedVolume(np.stack(parts).astype(np.float16), box, remark)


SPEC = VolumeSpec(SIZE, 2, {"one": 3, "two": 2}, tiny_volume, "HU / 1000 and mask, all of the scan")

NETWORKS = {"one": TinyNetwork(3, 1).eval(), "two": TinyNetwork(2, 2).eval()}

DIGESTS = {"one": "ab" * 32, "two": "cd" * 32}


def runtime(answers: Path | None = None, engine: str = "torch") -> Runtime:
    return Runtime("cpu", "fp32", engine=engine, answers=answers)


def tiny_predictor(run: Runtime, **changes: object) -> VolumePredictor:
    """The two networks; changes: of the spec."""
    return volume_predictor(
        NETWORKS.__getitem__, dataclasses.replace(SPEC, **changes), run, DIGESTS
    )


def scans(*labels: str) -> list[tuple[str, ArrayScan]]:
    return [(f"c{number}", array_scan(label, number)[0]) for number, label in enumerate(labels)]
