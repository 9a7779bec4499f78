"""EfficientNet-Lite0 (TensorFlow, tpu/models/official/efficientnet/lite, 2020) in PyTorch.

EfficientNet-B0 without squeeze-and-excitation and with ReLU6 for swish. Its weights are
TensorFlow's, so that borders are padded as TensorFlow does: at stride 2 more on the far side.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

BN_EPS, BN_MOMENTUM = 1e-3, 0.01
"""TensorFlow's EfficientNet: batch_norm_epsilon 1e-3, batch_norm_momentum 0.99."""

STEM, HEAD, IMAGENET_CLASSES = 32, 1280, 1000

BLOCKS: tuple[tuple[int, int, int, int, int, int], ...] = (
    # depth (1 to 4), copies, kernel, stride of the first, expansion, channels
    (1, 1, 3, 1, 1, 16),
    (1, 2, 3, 2, 6, 24),
    (2, 2, 5, 2, 6, 40),
    (3, 3, 3, 2, 6, 80),
    (3, 3, 5, 1, 6, 112),
    (4, 4, 5, 2, 6, 192),
    (4, 1, 3, 1, 6, 320),
)
"""Tan and Le 2019, table 1; a depth ends where places are 4, 8, 16 and 32 pixels wide."""


class SamePadded(nn.Conv2d):
    """A convolution without bias whose output is ceil(size / stride) wide, as TensorFlow's SAME."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(before, after, kernel, stride, groups=groups, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        bottom, right = (self._missing(size) for size in images.shape[2:])
        sides = (right // 2, right - right // 2, bottom // 2, bottom - bottom // 2)
        return super().forward(F.pad(images, sides))

    def _missing(self, size: int) -> int:
        """How many places are added along one axis."""
        stride, kernel = self.stride[0], self.kernel_size[0]
        return max(0, (-(-size // stride) - 1) * stride + kernel - size)


class InvertedResidual(nn.Module):
    """Expand, look around channel by channel, project; added to the input where both are alike."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.expand = _layer(SamePadded(before, inner, 1)) if expansion > 1 else nn.Identity()
        self.around = _layer(SamePadded(inner, inner, kernel, stride, groups=inner))
        self.project = _layer(SamePadded(inner, after, 1), active=False)
        self.added = stride == 1 and before == after

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.project(self.around(self.expand(images)))
        return images + found if self.added else found


def _layer(convolution: nn.Conv2d, *, active: bool = True) -> nn.Sequential:
    layer = nn.Sequential(convolution, _norm(convolution.out_channels))
    return layer.append(nn.ReLU6()) if active else layer


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BN_EPS, momentum=BN_MOMENTUM)


class EfficientNetLite0(nn.Module):
    """(B, 3, s, s) images, (value - 127) / 128 of 0 to 255, to (B, 1000) logits.

    Its parts have the names of torchvision's ResNets, `layer1` to `layer4` among them: what looks
    at four depths of a network looks at those of this one as well.
    """

    def __init__(self, weights: None = None) -> None:
        super().__init__()
        self.conv1, self.bn1, self.relu = SamePadded(3, STEM, 3, 2), _norm(STEM), nn.ReLU6()
        self.maxpool = nn.Identity()
        before, depths = STEM, [nn.Sequential() for _ in range(4)]
        for depth, copies, kernel, stride, expansion, after in BLOCKS:
            for copy in range(copies):
                block = InvertedResidual(before, after, kernel, 1 if copy else stride, expansion)
                depths[depth - 1].append(block)
                before = after
        depths[-1].append(_layer(SamePadded(before, HEAD, 1)))
        self.layer1, self.layer2, self.layer3, self.layer4 = depths
        self.fc: nn.Module = nn.Linear(HEAD, IMAGENET_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        found = self.relu(self.bn1(self.conv1(images)))
        found = self.layer4(self.layer3(self.layer2(self.layer1(found))))
        logits: Tensor = self.fc(found.mean(dim=(2, 3)))
        return logits
