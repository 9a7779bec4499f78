"""Backbones without their classification layer: torchvision's, and EfficientNet-Lite0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

from spgc.nets.slices.efficientnet_lite0 import EfficientNetLite0
from spgc.nets.slices.sizes import check_backbone

Three = tuple[float, float, float]
"""One number for each channel of an image."""

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision's weights were trained with (its weights API, `transforms`)."""


@dataclass(frozen=True)
class Backbone:
    """How to build one backbone: its constructor and its ImageNet weights.

    weights: torchvision's entry, None where it publishes none; head: the attribute with the final
    layer, or with a sequence that ends in it; mean, std: of the images that its weights were
    trained with, whose values lie from 0 to 1.
    """

    build: Callable[..., nn.Module]
    weights: Any
    head: str
    options: Mapping[str, Any] = field(default_factory=dict)
    mean: Three = IMAGENET_MEAN
    std: Three = IMAGENET_STD


SPECS: Mapping[str, Backbone] = MappingProxyType(
    {
        "resnext50": Backbone(
            models.resnext50_32x4d, models.ResNeXt50_32X4D_Weights.IMAGENET1K_V1, "fc"
        ),
        "densenet161": Backbone(
            models.densenet161, models.DenseNet161_Weights.IMAGENET1K_V1, "classifier"
        ),
        "inception_v3": Backbone(
            models.inception_v3,
            models.Inception_V3_Weights.IMAGENET1K_V1,
            "fc",
            # init_weights: a truncated normal for 24 million weights takes seconds for a start
            # that ImageNet weights overwrite. transform_input: its weights expect [-1, 1], and
            # this turns ImageNet's mean and standard deviation into that.
            MappingProxyType({"init_weights": False, "transform_input": True}),
        ),
        "wide_resnet50": Backbone(
            models.wide_resnet50_2, models.Wide_ResNet50_2_Weights.IMAGENET1K_V1, "fc"
        ),
        "densenet121": Backbone(
            models.densenet121, models.DenseNet121_Weights.IMAGENET1K_V1, "classifier"
        ),
        "resnet50": Backbone(models.resnet50, models.ResNet50_Weights.IMAGENET1K_V1, "fc"),
        "resnet18": Backbone(models.resnet18, models.ResNet18_Weights.IMAGENET1K_V1, "fc"),
        "resnet101": Backbone(models.resnet101, models.ResNet101_Weights.IMAGENET1K_V1, "fc"),
        "efficientnet_b5": Backbone(
            models.efficientnet_b5, models.EfficientNet_B5_Weights.IMAGENET1K_V1, "classifier"
        ),
        "efficientnet_b0": Backbone(
            models.efficientnet_b0, models.EfficientNet_B0_Weights.IMAGENET1K_V1, "classifier"
        ),
        # TensorFlow's scale: 0 to 255, less 127, divided by 128.
        "efficientnet_lite0": Backbone(
            EfficientNetLite0, None, "fc", mean=(127 / 255,) * 3, std=(128 / 255,) * 3
        ),
    }
)


def spec_named(name: str) -> Backbone:
    """The backbone called `name`; ModelError lists the known ones."""
    check_backbone(name)
    return SPECS[name]


def build_features(name: str) -> tuple[nn.Module, int]:
    """The backbone as a feature extractor (B, 3, s, s) -> (B, F), randomly started, and its F."""
    spec = spec_named(name)
    network = spec.build(weights=None, **spec.options)
    if isinstance(network, models.Inception3):
        network.aux_logits, network.AuxLogits = False, None  # the paper names no auxiliary loss
    last = getattr(network, spec.head)
    if isinstance(last, nn.Sequential):  # dropout and the layer; a head of our own follows
        last = last[-1]
    width = int(last.in_features)
    setattr(network, spec.head, nn.Identity())
    return network, width


def image_scale(name: str) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (1, 3, 1, 1) that a backbone's images are brought to."""
    spec = spec_named(name)
    return torch.tensor(spec.mean).view(1, 3, 1, 1), torch.tensor(spec.std).view(1, 3, 1, 1)


def feature_width(name: str) -> int:
    """How many features a backbone gives; none of its weights is made."""
    with torch.device("meta"):
        return build_features(name)[1]
