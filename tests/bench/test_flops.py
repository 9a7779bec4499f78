"""Operations are counted, not computed, and rates are those of the best round."""

import pytest
import torch
from torch import nn

from spgc.bench import flops
from spgc.bench.flops import matrix_rate, slice_gflop
from spgc.bench.measure import Benching, opened_system
from spgc.nets.device import Runtime
from spgc.nets.engines.contract import Networks
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
    assert slice_gflop(networks) == pytest.approx(expected / 1e9, rel=1e-12)
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
    networks = opened_system(Benching(Runtime())).untrained_networks()
    assert networks.names == BACKBONES
    assert slice_gflop(networks.only("resnext50")) == pytest.approx(2 * 4.23, rel=0.01)
    assert slice_gflop(networks.only("wide_resnet50")) == pytest.approx(2 * 11.40, rel=0.01)
    assert slice_gflop(networks) == pytest.approx(58.12267808, rel=1e-9)
