"""3-D ResNets: sizes, masks, origins. Oracles: torchvision's r3d_18, a forward made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.video import r3d_18

from spgc.errors import ModelError
from spgc.nets.volumes.published_names import from_kinetics
from spgc.nets.volumes.residual_blocks import BasicBlock3d, BlockStyle
from spgc.nets.volumes.resnet3d import KINETICS_STEM, Body, VolumeResNet, body_tensors
from spgc.nets.volumes.volume_weights import fitting, put
from tests.nets.volumes.random_state import used


def counted(depth: int) -> int:
    """Parameters of a body from the paper's table of layers."""
    blocks = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}[depth]
    total, width = 64 * 343 + 128, 64
    for planes, count in zip((64, 128, 256, 512), blocks, strict=True):
        for number in range(count):
            wide = planes if depth == 18 else 4 * planes
            if depth == 18:
                total += planes * (width + planes) * 27 + 4 * planes
            else:
                total += width * planes + planes * planes * 27 + planes * wide
                total += 4 * planes + 2 * wide
            if number == 0 and width != wide:
                total += width * wide + 2 * wide
            width = wide
    return total


@pytest.mark.parametrize("depth", [18, 50, 101])
def test_bodies_have_the_parameters_of_their_tables(depth: int) -> None:
    with torch.device("meta"):
        network = VolumeResNet(Body(depth), 3)
    found = sum(p.numel() for name, p in network.named_parameters() if not name.startswith("fc."))
    assert found == counted(depth)
    assert network.body.features == (512 if depth == 18 else 2048)


@torch.inference_mode()
def test_logits_and_features_of_each_volume() -> None:
    network = VolumeResNet(Body(18, channels=2), 2, hidden=8, dropout=0.5).eval()
    logits, features = network(torch.randn(3, 2, 17, 40, 33))
    assert (logits.shape, features.shape) == ((3, 2), (3, 512))
    torch.testing.assert_close(network.fc(features), logits)


@torch.inference_mode()
def test_torchvisions_video_network_answers_alike(tmp_path: Path) -> None:
    """Its tensors under our names, with its stem: the same features."""
    torch.manual_seed(3)
    theirs = used(r3d_18(weights=None))
    body = Body(18, 3, KINETICS_STEM)
    ours = VolumeResNet(body, 3).eval()
    put(ours, fitting(from_kinetics(theirs.state_dict()), body, tmp_path))
    theirs.fc = nn.Identity()
    volumes = torch.randn(1, 3, 8, 32, 32)
    torch.testing.assert_close(ours(volumes)[1], theirs(volumes), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("depth", [18, 50])
@torch.inference_mode()
def test_a_mask_hides_at_the_four_places(depth: int) -> None:
    """As a slow forward with a mask resized by hand; a mask of ones changes nothing."""
    torch.manual_seed(4)
    network = used(VolumeResNet(Body(depth, masks=True), 3))
    plain = VolumeResNet(Body(depth), 3).eval()
    plain.load_state_dict(network.state_dict())
    volume = torch.randn(1, 1, 33, 32, 40)
    mask = torch.zeros(1, 1, 33, 32, 40)
    mask[:, :, 3:8, 20:, 5:30] = 1
    mask[0, 0, 30, 1, 1] = 1
    both = torch.cat([volume, mask], dim=1)
    assert torch.equal(network(torch.cat([volume, torch.ones_like(mask)], 1))[0], plain(volume)[0])
    torch.testing.assert_close(network(both)[1], by_hand(plain, volume, mask))
    assert not torch.allclose(network(both)[1], plain(volume)[1])


def by_hand(network: VolumeResNet, volume: Tensor, mask: Tensor) -> Tensor:
    """Every second place of the mask widened by one voxel, as often as the sides are halved."""

    def halved(mask: Tensor) -> Tensor:
        wide = ndimage.maximum_filter(mask.numpy(), (1, 1, 3, 3, 3))
        return torch.from_numpy(np.ascontiguousarray(wide[:, :, ::2, ::2, ::2]))

    stages = dict(network.named_children())
    mask = halved(mask)
    x = F.relu(network.bn1(network.conv1(volume))) * mask
    x, mask = F.max_pool3d(x, 3, 2, 1), halved(mask)
    x = stages["layer1"](x) * mask
    for number in (2, 3):
        mask = halved(mask)
        x = stages[f"layer{number}"](x) * mask
    return stages["layer4"](x).mean(dim=(2, 3, 4))


@pytest.mark.parametrize(("first", "expected"), [(False, (1, 2)), (True, (2, 1))])
def test_which_convolution_of_a_bottleneck_takes_the_stride(
    first: bool, expected: tuple[int, int]
) -> None:
    with torch.device("meta"):
        network = VolumeResNet(Body(50, style=BlockStyle(stride_first=first)), 3)
    block = network.get_submodule("layer2.0")
    convolutions = (block.conv1, block.conv2)
    assert tuple(c.stride[0] for c in convolutions) == expected  # type: ignore[union-attr,index]


@torch.inference_mode()
def test_a_padded_shortcut_takes_every_second_voxel_and_adds_zeroes() -> None:
    block = BasicBlock3d(2, 5, 2, BlockStyle(padded=True))
    x = torch.randn(1, 2, 5, 6, 7)
    found = block.shortcut(x)
    assert torch.equal(found[:, :2], x[:, :, ::2, ::2, ::2])
    assert found.shape == (1, 5, 3, 3, 4)
    assert found[:, 2:].abs().max() == 0
    assert not any(name.startswith("downsample") for name in block.state_dict())


@torch.inference_mode()
def test_normalisation_by_channel() -> None:
    body = Body(18, 2)
    network = VolumeResNet(body, 3, mean=(0.5, 0.0), std=(0.25, 1.0)).eval()
    plain = VolumeResNet(body, 3).eval()
    put(plain, body_tensors(network))
    plain.fc = network.fc
    volume = torch.rand(1, 2, 32, 32, 32)
    scaled = torch.cat([(volume[:, :1] - 0.5) / 0.25, volume[:, 1:]], dim=1)
    torch.testing.assert_close(network(volume)[0], plain(scaled)[0])


def test_an_unknown_depth_is_refused() -> None:
    with pytest.raises(ModelError, match=r"unknown depth.*34.*18 \| 50 \| 101"):
        VolumeResNet(Body(34), 3)
