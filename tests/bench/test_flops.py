"""Operations are counted, not computed, and rates are those of the best round."""

import numpy as np
import pytest
import torch
from torch import nn

from spgc.bench import flops
from spgc.bench.flops import item_gflop, matrix_rate
from spgc.bench.measure import opened_system
from spgc.bench.measure_volumes import long_scan
from spgc.bench.scan_stages import Benching
from spgc.ct.series import Volume
from spgc.nets.device import Runtime
from spgc.nets.engines.contract import HasNetworks, Networks
from spgc.nets.volumes.volume_networks import HasVolumeNetworks
from spgc.systems.cnr_iemn.config import BACKBONES


class Small(nn.Module):
    """A 3 × 3 convolution of 3 to 4 channels, then a product of its means and both positions."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.head = nn.Linear(6, 3, bias=False)

    def forward(self, images: torch.Tensor, positions: torch.Tensor) -> tuple[torch.Tensor, None]:
        means = self.convolution(images).mean(dim=(2, 3))
        return self.head(torch.cat((means, positions), dim=1)), None


def test_two_operations_for_each_multiply_add() -> None:
    """9 · 3 · 4 for each pixel and 6 · 3 in the head, at each network's own size."""
    devices = []

    def load(name: str) -> Small:
        network = Small()
        devices.append(network.head.weight.device.type)
        return network

    networks = Networks(load, {}, {"a": 10, "b": 20})  # type: ignore[arg-type]
    expected = sum(2 * (9 * 3 * 4 * side**2 + 6 * 3) for side in (10, 20))
    assert item_gflop(networks) == pytest.approx(expected / 1e9, rel=1e-12)
    assert devices == ["meta", "meta"]  # built without memory


def test_the_fastest_matrices_count(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {2: 5.0, 3: 9.0, 4: 7.0}
    monkeypatch.setattr(flops, "SIDES", tuple(rates))
    monkeypatch.setattr(flops, "_rate", lambda side, dtype, device: rates[side])
    assert matrix_rate("bf16") == 9.0
    with pytest.raises(KeyError):
        matrix_rate("int3")


def test_gflop_of_a_slice() -> None:
    """ResNeXt-50 32x4d is 4.23 and Wide ResNet-50-2 11.40 G multiply-adds (torchvision's tables);
    two operations each."""
    system = opened_system(Benching(Runtime()))
    assert isinstance(system, HasNetworks)
    networks = system.untrained_networks()
    assert networks.names == BACKBONES
    assert item_gflop(networks.only("resnext50")) == pytest.approx(2 * 4.23, rel=0.01)
    assert item_gflop(networks.only("wide_resnet50")) == pytest.approx(2 * 11.40, rel=0.01)
    assert item_gflop(networks) == pytest.approx(58.12267808, rel=1e-9)


def test_gflop_of_a_volume() -> None:
    """The stem of two channels at 64 × 192 × 192: 7³ · 2 · 64 for each of 32 · 96² places, 12.9 G
    multiply-adds of 41.8."""
    system = opened_system(Benching(Runtime(), system="llscp-like"))
    assert isinstance(system, HasVolumeNetworks)
    networks = system.untrained_volume_networks()
    assert len(networks.names) == 6
    assert item_gflop(networks) == pytest.approx(6 * 2 * 41.8, rel=0.01)


def test_a_scan_of_any_length_is_made_of_what_was_read() -> None:
    hu = np.arange(4, dtype=np.int16)[:, None, None] * np.ones((1, 2, 2), np.int16)
    read = Volume(hu, (5.0, 1.0, 1.0), np.zeros(4), ())
    scan = long_scan(read, hu > 1, 6)
    assert scan.hu[:, 0, 0].tolist() == [0, 0, 1, 2, 2, 3]
    assert scan.mask[:, 0, 0].tolist() == [False, False, False, True, True, True]
    assert scan.spacing == (pytest.approx(10 / 3), 1.0, 1.0)
