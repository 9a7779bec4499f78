"""Image sizes of the backbones. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from spgc.errors import ModelError

SIZES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "resnext50": (224, 32),
        "densenet161": (224, 32),
        "inception_v3": (299, 75),
        "wide_resnet50": (224, 32),
        "densenet121": (224, 32),
        "resnet50": (224, 32),
        "resnet18": (224, 32),
        "resnet101": (224, 32),
        "efficientnet_b5": (456, 32),
        "efficientnet_b0": (224, 32),
        "efficientnet_lite0": (224, 32),
    }
)
"""Pixels of the square input by backbone: its own, and the smallest that its layers can take."""

RESNET_STAGES = ("layer1", "layer2", "layer3", "layer4")
"""Stages of a ResNet as torchvision names them, whose places are 4, 8, 16, 32 pixels wide."""


def check_backbone(name: str) -> None:
    """Raise ModelError, listing the known ones, when there is no such backbone."""
    if name not in SIZES:
        raise ModelError("unknown backbone", found=repr(name), expected=" | ".join(SIZES))


def input_size(name: str, wanted: int | None) -> int:
    """Pixels of the square input: the backbone's own, or `wanted` but not below its floor."""
    check_backbone(name)
    own, floor = SIZES[name]
    return own if wanted is None else max(wanted, floor)
