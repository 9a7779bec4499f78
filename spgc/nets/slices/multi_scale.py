"""A slice classifier that looks at several depths of a residual network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.nets.slices.backbones import build_features, image_scale
from spgc.nets.slices.sizes import RESNET_STAGES
from spgc.protocol import CLASSES


class MultiScaleClassifier(nn.Module):
    """(B, 3, s, s) images in [0, 1] to (B, 3) logits and (B, 4 · width) features.

    The features are the averages of each stage over the image, each through a 1 × 1 convolution of
    `width` outputs and ReLU. The average comes first: the two commute, and so it costs nothing.
    Without ReLU projection and head would be one linear map. backbone: one
    of `SPECS` with the stages of a ResNet.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: str, width: int = 256) -> None:
        super().__init__()
        self.features, _ = build_features(backbone)
        if not all(hasattr(self.features, stage) for stage in RESNET_STAGES):
            raise ModelError(
                "backbone without stages",
                found=backbone,
                expected="resnet50 | resnet18 | efficientnet_lite0",
            )
        channels = [_channels(getattr(self.features, stage)) for stage in RESNET_STAGES]
        self.projections = nn.ModuleList(nn.Linear(count, width) for count in channels)
        self.head = nn.Linear(len(RESNET_STAGES) * width, len(CLASSES))
        mean, std = image_scale(backbone)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, images: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        maps = self._stem((images - self.mean) / self.std)
        scales = []
        for stage, projection in zip(RESNET_STAGES, self.projections, strict=True):
            maps = getattr(self.features, stage)(maps)
            scales.append(torch.relu(projection(maps.mean(dim=(2, 3)))))
        features = torch.cat(scales, dim=1)
        return self.head(features), features

    def _stem(self, images: Tensor) -> Tensor:
        network = self.features
        found: Tensor = network.maxpool(network.relu(network.bn1(network.conv1(images))))  # type: ignore[operator]
        return found


def _channels(stage: nn.Module) -> int:
    """Channels that a stage ends with: those of its last normalisation."""
    norms = [part for part in stage.modules() if isinstance(part, nn.BatchNorm2d)]
    return int(norms[-1].num_features)
