"""A residual network in miniature: the stages of torchvision's ResNets, one small layer each."""

from __future__ import annotations

import pytest
from torch import Tensor, nn

from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone

CHANNELS = (4, 6, 8, 10)


class TinyStages(nn.Module):
    """(B, 3, s, s) to (B, 10), by way of `layer1` to `layer4`."""

    def __init__(self, weights: None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 5, stride=2, padding=2)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(2)
        before = 4
        for number, channels in enumerate(CHANNELS, 1):
            setattr(self, f"layer{number}", _layer(before, channels, 1 if number == 1 else 2))
            before = channels
        self.fc: nn.Module = nn.Linear(before, 4)

    def forward(self, images: Tensor) -> Tensor:
        found = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for number in range(1, 5):
            found = getattr(self, f"layer{number}")(found)
        return self.fc(found.mean(dim=(2, 3)))


def _layer(before: int, after: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 3, stride=stride, padding=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU())


def in_the_place_of(name: str, patch: pytest.MonkeyPatch) -> None:
    """Let the backbone called `name` be the small one."""
    small = Backbone(TinyStages, None, "fc")
    patch.setattr(backbones, "SPECS", {**backbones.SPECS, name: small})
