"""ResNets in three dimensions: 18, 50 and 101 layers, MedicalNet's names, masks inside if wanted.

He et al. 2016 with every convolution and pooling in three dimensions. Tensors are named as
MedicalNet names them (Chen, Ma, Zheng 2019), which is as torchvision names those of its 2-D ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spgc.errors import ModelError
from spgc.nets.volumes.deterministic_pool import StemPool
from spgc.nets.volumes.residual_blocks import BasicBlock3d, BlockStyle, Bottleneck3d

Triple = tuple[int, int, int]

BLOCKS: Mapping[int, tuple[int, int, int, int]] = MappingProxyType(
    {18: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
)
"""Residual blocks of the four stages, by the number of layers."""

WIDTHS = (64, 128, 256, 512)

_HALVES = (2, 2, 2)


@dataclass(frozen=True)
class Stem:
    """The first convolution: kernel and stride along z, y, x; pool: whether pooling follows."""

    kernel: Triple = (7, 7, 7)
    stride: Triple = (2, 2, 2)
    pool: bool = True


KINETICS_STEM = Stem((3, 7, 7), (1, 2, 2), pool=False)
"""As in torchvision's `r3d_18`; fourteen times the work of the usual one at 64 × 192 × 192."""


@dataclass(frozen=True)
class Body:
    """How the body is built.

    depth: 18, 50 or 101 layers; channels: of the input, without the mask; stem, style: see there;
    masks: whether the last channel of a volume is a mask of 0 and 1 that hides what lies outside
    it: it is multiplied onto the activations behind the stem and behind stages 1, 2 and 3. Where
    these halve a side the mask does too, and a place counts as inside when any voxel among it and
    its neighbours was: single points would miss whole lungs at the coarsest of the four.
    """

    depth: int = 18
    channels: int = 1
    stem: Stem = field(default_factory=Stem)
    style: BlockStyle = field(default_factory=BlockStyle)
    masks: bool = False

    @property
    def features(self) -> int:
        """How many features the network gives of a volume."""
        return WIDTHS[-1] * block_type(self.depth).expansion


class VolumeResNet(nn.Module):
    """Volumes (B, C, D, H, W) to the pair logits (B, K) and features (B, F), global means.

    C is `body.channels`, and one more with masks. mean, std: numbers for each of these channels
    but the mask, by which they are normalised first; they are stored with the weights. hidden:
    width of a layer with ReLU and dropout before the logits, 0 for none.

    Each side of a volume needs two voxels or more behind the last stage in training on single
    volumes: batch normalisation has no spread to work with in one.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        body: Body,
        classes: int,
        *,
        hidden: int = 0,
        dropout: float = 0.0,
        mean: Sequence[float] = (),
        std: Sequence[float] = (),
    ) -> None:
        super().__init__()
        self.body = body
        stem, style = body.stem, body.style
        deep, high, wide = (k // 2 for k in stem.kernel)
        self.conv1 = nn.Conv3d(
            body.channels,
            WIDTHS[0],
            stem.kernel,
            stem.stride,
            (deep, high, wide),
            bias=False,
        )
        self.bn1 = nn.BatchNorm3d(WIDTHS[0], eps=style.eps)
        self.pool = StemPool() if stem.pool else nn.Identity()
        width = WIDTHS[0]
        expansion = block_type(body.depth).expansion
        stages = zip(WIDTHS, BLOCKS[body.depth], (1, 2, 2, 2), strict=True)
        for number, (planes, count, stride) in enumerate(stages, 1):
            stage = _stage(body, width, planes, count, stride)
            self.add_module(f"layer{number}", stage)
            width = planes * expansion
        self.fc = _head(width, classes, hidden, dropout)
        self.apply(_start)
        self.register_buffer("mean", torch.tensor(mean or [0.0] * body.channels))
        self.register_buffer("std", torch.tensor(std or [1.0] * body.channels))

    def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        mask = volumes[:, -1:] if self.body.masks else None
        pictures = volumes[:, :-1] if self.body.masks else volumes
        each = (-1, 1, 1, 1)
        x = (pictures - self.mean.view(each)) / self.std.view(each)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        mask = _coarser(mask, self.body.stem.stride)
        x = self.pool(_within(x, mask))
        mask = _coarser(mask, _HALVES) if self.body.stem.pool else mask
        for number in (1, 2, 3, 4):
            x = self.get_submodule(f"layer{number}")(x)
            if number < 4:
                mask = _coarser(mask, _HALVES) if number > 1 else mask
                x = _within(x, mask)
        features = x.mean(dim=(2, 3, 4))  # average pooling has no deterministic CUDA backward
        return self.fc(features), features


def block_type(depth: int) -> type[BasicBlock3d] | type[Bottleneck3d]:
    """The kind of block of a ResNet. Raises ModelError for a depth that is not offered."""
    if depth not in BLOCKS:
        known = " | ".join(map(str, BLOCKS))
        raise ModelError("unknown depth of a 3-D ResNet", found=depth, expected=known)
    return BasicBlock3d if depth == 18 else Bottleneck3d


def body_tensors(network: VolumeResNet) -> dict[str, Tensor]:
    """The network's tensors by name, but for its head and the numbers of its normalisation."""
    return {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith("fc.") and name not in ("mean", "std")
    }


def _stage(body: Body, width: int, planes: int, count: int, stride: int) -> nn.Sequential:
    block = block_type(body.depth)
    layers: list[nn.Module] = [block(width, planes, stride, body.style)]
    wide = planes * block.expansion
    layers += [block(wide, planes, 1, body.style) for _ in range(1, count)]
    return nn.Sequential(*layers)


def _head(width: int, classes: int, hidden: int, dropout: float) -> nn.Module:
    if not hidden:
        return nn.Linear(width, classes)
    return nn.Sequential(
        nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes)
    )


def _within(x: Tensor, mask: Tensor | None) -> Tensor:
    return x if mask is None else x * mask


def _coarser(mask: Tensor | None, stride: Triple) -> Tensor | None:
    """The mask at every `stride`th place, each with the largest value around it."""
    if mask is None:
        return None
    sizes, edges = [2 * s - 1 for s in stride], [s - 1 for s in stride]
    return F.max_pool3d(mask, sizes, stride, edges)


def _start(layer: nn.Module) -> None:
    """He's start, as in torchvision's ResNets."""
    if isinstance(layer, nn.Conv3d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
