"""Residual blocks in three dimensions, and how they pass by what they add to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class BlockStyle:
    """What ResNets of different origin do differently inside their blocks.

    stride_first: whether the first convolution of a bottleneck takes the stride (Keras, MATLAB)
    or the middle one (torchvision, MedicalNet); padded: whether a shortcut to a wider stage takes
    every second voxel and fills up with zeroes (MedicalNet's ResNet-18) or has a convolution; eps:
    of batch normalisation.
    """

    stride_first: bool = False
    padded: bool = False
    eps: float = 1e-5


class _Block(nn.Module):
    """A block's shortcut: nothing, a convolution with batch normalisation, or zeroes."""

    downsample: nn.Module | None

    def __init__(self, width: int, wide: int, stride: int, style: BlockStyle) -> None:
        super().__init__()
        self._more, self._stride = 0, stride
        self.downsample = None
        if stride == 1 and width == wide:
            return
        if style.padded:
            self._more = wide - width
            return
        self.downsample = nn.Sequential(
            nn.Conv3d(width, wide, 1, stride, bias=False), nn.BatchNorm3d(wide, eps=style.eps)
        )

    def shortcut(self, x: Tensor) -> Tensor:
        if self.downsample is not None:
            return self.downsample(x)  # type: ignore[no-any-return]
        s = self._stride
        taken = x[:, :, ::s, ::s, ::s] if s > 1 else x
        return F.pad(taken, (0, 0, 0, 0, 0, 0, 0, self._more)) if self._more else taken


class BasicBlock3d(_Block):
    """Two convolutions of 3 × 3 × 3."""

    expansion = 1

    def __init__(self, width: int, planes: int, stride: int, style: BlockStyle) -> None:
        super().__init__(width, planes, stride, style)
        self.conv1 = nn.Conv3d(width, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes, eps=style.eps)
        self.conv2 = nn.Conv3d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes, eps=style.eps)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.relu_(self.bn1(self.conv1(x)))
        return torch.relu_(self.bn2(self.conv2(out)) + self.shortcut(x))


class Bottleneck3d(_Block):
    """Convolutions of 1, 3 and 1 voxels a side, the last four times as wide."""

    expansion = 4

    def __init__(self, width: int, planes: int, stride: int, style: BlockStyle) -> None:
        wide = planes * self.expansion
        super().__init__(width, wide, stride, style)
        first, middle = (stride, 1) if style.stride_first else (1, stride)
        self.conv1 = nn.Conv3d(width, planes, 1, first, bias=False)
        self.bn1 = nn.BatchNorm3d(planes, eps=style.eps)
        self.conv2 = nn.Conv3d(planes, planes, 3, middle, 1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes, eps=style.eps)
        self.conv3 = nn.Conv3d(planes, wide, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(wide, eps=style.eps)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.relu_(self.bn1(self.conv1(x)))
        out = torch.relu_(self.bn2(self.conv2(out)))
        return torch.relu_(self.bn3(self.conv3(out)) + self.shortcut(x))
