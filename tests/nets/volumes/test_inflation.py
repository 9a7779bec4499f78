"""Inflated networks answer a volume of equal slices as the 2-D network answers the slice.

Zeroes beyond the first and the last slice would make these unlike the others, and the field of
view of a ResNet is larger than any scan is deep. So the test pads along z with the slices from the
other end, which are the same; in plane, padding stays what it is in both networks.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models

from spgc.nets.volumes.inflation import for_channels, inflated, inflated_filter
from spgc.nets.volumes.resnet3d import Body, VolumeResNet
from spgc.nets.volumes.volume_weights import fitting, put
from tests.nets.volumes.random_state import used

DEPTHS = {18: models.resnet18, 50: models.resnet50, 101: models.resnet101}


class _Endless(nn.Module):
    """A convolution whose input has no first and no last slice."""

    def __init__(self, inner: nn.Conv3d) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, volumes: Tensor) -> Tensor:
        inner = self.inner
        z, y, x = (int(p) for p in inner.padding)
        around = F.pad(F.pad(volumes, (0, 0, 0, 0, z, z), mode="circular"), (x, x, y, y))
        return F.conv3d(around, inner.weight, inner.bias, inner.stride)


def without_ends(network: nn.Module) -> nn.Module:
    for name, child in network.named_children():
        if isinstance(child, nn.Conv3d):
            setattr(network, name, _Endless(child))
        else:
            without_ends(child)
    return network


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("depth", DEPTHS)
@torch.inference_mode()
def test_equal_slices_are_answered_as_one(depth: int, channels: int, tmp_path: Path) -> None:
    """Features agree to float32's precision; a grey slice is three equal colours in 2-D."""
    torch.manual_seed(depth)
    flat = used(DEPTHS[depth](weights=None))
    body = Body(depth, channels)
    network = VolumeResNet(body, 3).eval()
    put(network, fitting(inflated(flat.state_dict()), body, tmp_path))  # type: ignore[arg-type]
    flat.fc = nn.Identity()
    slices = torch.randn(2, channels, 64, 48)
    volumes = slices[:, :, None].repeat(1, 1, 16, 1, 1)
    _, features = without_ends(network)(volumes)
    expected = flat(slices if channels == 3 else slices.repeat(1, 3, 1, 1))
    largest = float(expected.abs().max())
    assert largest > 0.1
    assert float((features - expected).abs().max()) < 2e-5 * largest


def test_a_filter_is_copied_and_divided_by_its_depth() -> None:
    weight = torch.arange(18.0).view(1, 2, 3, 3)
    three = inflated_filter(weight)
    assert three.shape == (1, 2, 3, 3, 3)
    torch.testing.assert_close(three.sum(dim=2), weight)
    assert torch.equal(three[:, :, 0], three[:, :, 2])


def test_names_stay_and_the_head_is_left_out() -> None:
    state = models.resnet18(weights=None).state_dict()
    found = inflated(state)
    assert found.keys() == {name for name in state if not name.startswith("fc.")}
    assert torch.equal(found["bn1.weight"], state["bn1.weight"])


def test_colours_are_summed_and_further_channels_start_with_zeroes() -> None:
    weight = torch.randn(4, 3, 7, 7, 7)
    two = for_channels(weight, 2)
    torch.testing.assert_close(two[:, 0], weight.sum(dim=1))
    assert two[:, 1].abs().max() == 0
    assert for_channels(weight, 3) is weight
