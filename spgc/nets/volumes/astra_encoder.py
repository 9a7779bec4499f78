"""The image body of Astra, a 3-D chest CT encoder: an inflated ResNet-152 with frozen weights.

Three packages bring its weights (`spgc[astra]`): the body of zzzwzh/Astra_CTRG, which stands on
Stanford's Merlin, as a third party cut it out and uploaded it. Nothing here trains it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.nets.pinned_weights import check_tensors
from spgc.nets.volumes.astra_weights import ASTRA, RANDOM_WIDTH, STEM_WIDTH

RESNET_152 = (3, 8, 36, 3)
"""Blocks of each stage."""

EXPANSION = 4
"""A bottleneck gives this many times the channels that it has inside."""

BN_EPS = 1e-5
"""torch's default, which its normalisations were trained with."""

CHANNELS = 3
"""Equal copies of the volume that the published stem takes; here they are summed into one."""


class FrozenBottleneck(nn.Module):
    """Reduce, look around (at the stage's stride), expand; the input is added.

    Batch normalisation is folded into the convolutions.
    """

    def __init__(self, before: int, inside: int, stride: int, *, first: bool) -> None:
        super().__init__()
        after = inside * EXPANSION
        self.conv1 = nn.Conv3d(before, inside, 1)
        self.conv2 = nn.Conv3d(inside, inside, 3, stride, padding=1)
        self.conv3 = nn.Conv3d(inside, after, 1)
        self.downsample = nn.Conv3d(before, after, 1, stride) if first else nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, volumes: Tensor) -> Tensor:
        found = self.conv3(self.relu(self.conv2(self.relu(self.conv1(volumes)))))
        answer: Tensor = self.relu(found + self.downsample(volumes))
        return answer


class AstraEncoder(nn.Module):
    """(B, 1, D, H, W) volumes to (B, F) features and nothing, (B, 0); F is 32 · width.

    Volumes have the scan's axes: z head to feet, y front to back, x from the patient's right to the
    left. The encoder learnt from volumes whose axes run to the right, to the front and to the head
    (RAS), in the order z, x, y: they are turned first.
    """

    def __init__(self, blocks: tuple[int, ...] = RESNET_152, width: int = STEM_WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, width, (3, 7, 7), (1, 2, 2), padding=(1, 3, 3))
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool3d(3, 2, padding=1)
        before, stages = width, []
        for number, count in enumerate(blocks):
            inside, stage = width << number, nn.Sequential()
            for block in range(count):
                stride = 1 if block or not number else 2
                stage.append(FrozenBottleneck(before, inside, stride, first=not block))
                before = inside * EXPANSION
            stages.append(stage)
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.features = before

    def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        turned = volumes.flip(2, 3, 4).transpose(3, 4)
        found = self.pool(self.relu(self.conv1(turned)))
        found = self.layer4(self.layer3(self.layer2(self.layer1(found))))
        features = found.mean(dim=(2, 3, 4))
        return features, features[:, :0]


def load_astra() -> AstraEncoder:
    """The encoder with its published weights, in float32.

    Raises MissingExtraError without the packages, ModelError for weights that are not those.
    """
    found = ASTRA.tensors().get("state_dict")
    if not isinstance(found, Mapping):
        raise ModelError("packaged weights hold no state_dict", expected="Astra's image body")
    with torch.device("meta"):
        network = AstraEncoder()
    fold(network, found, "Astra's encoder")
    return network.eval().requires_grad_(False)


def random_encoder(seed: int) -> AstraEncoder:
    """A tiny encoder of the same form that has learnt nothing, for tries without the weights."""
    # numpy's old generator never changes its numbers: a model answers alike with every version.
    draw = np.random.RandomState(seed)
    network = AstraEncoder((1, 1, 1, 1), RANDOM_WIDTH)
    state = {}
    for name, like in network.state_dict().items():
        spread = (2 / max(1, like[0].numel())) ** 0.5 if name.endswith("weight") else 0.1
        drawn = draw.standard_normal(tuple(like.shape)) * spread
        state[name] = torch.from_numpy(drawn.astype(np.float32))
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def fold(network: AstraEncoder, published: Mapping[str, Any], what: str) -> None:
    """Give `network` the published tensors, each convolution one with what follows it.

    Raises ModelError unless all tensors are there, no other, and each of the right size.
    """
    check_tensors(published, dict(_published_sizes(network)), what)
    state: dict[str, Tensor] = {}
    for name in _convolutions(network):
        conv, norm = _published_names(name)
        kernel, gain, shift, mean, variance = (
            published[key].float()
            for key in (f"{conv}.weight", *(f"{norm}.{part}" for part in _NORM))
        )
        scale = gain / torch.sqrt(variance + BN_EPS)
        if name == "conv1":
            kernel = kernel.sum(dim=1, keepdim=True)
        state[f"{name}.weight"] = kernel * scale.view(-1, 1, 1, 1, 1)
        state[f"{name}.bias"] = shift - mean * scale
    network.load_state_dict(state, assign=True)


_NORM = ("weight", "bias", "running_mean", "running_var")


def _convolutions(network: AstraEncoder) -> Iterator[str]:
    for name, part in network.named_modules():
        if isinstance(part, nn.Conv3d):
            yield name


def _published_names(name: str) -> tuple[str, str]:
    """What the file calls a convolution and the normalisation behind it."""
    if name.endswith("downsample"):
        return f"{name}.0", f"{name}.1"
    return name, f"{name[:-5]}bn{name[-1]}"


def _published_sizes(network: AstraEncoder) -> Iterator[tuple[str, Tensor]]:
    """Each tensor of the file with one of its size that takes no memory."""
    for name in _convolutions(network):
        conv, norm = _published_names(name)
        kernel = network.get_parameter(f"{name}.weight")
        inputs = CHANNELS if name == "conv1" else kernel.shape[1]
        size = (kernel.shape[0], inputs, *kernel.shape[2:])
        yield f"{conv}.weight", torch.empty(size, device="meta")
        for part in _NORM:
            yield f"{norm}.{part}", torch.empty(kernel.shape[0], device="meta")
        yield f"{norm}.num_batches_tracked", torch.empty((), dtype=torch.int64, device="meta")
