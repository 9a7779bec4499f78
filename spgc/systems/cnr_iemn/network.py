"""The multi-task slice network: one backbone, two heads (paper, section 3.3.1, Figure 4)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.nets.slices.backbones import IMAGENET_MEAN, IMAGENET_STD, build_features
from spgc.nets.slices.network_training import WEIGHTS, built_network
from spgc.nets.slices.slice_places import EXTRA_INPUTS
from spgc.protocol import CLASSES, REGIONS
from spgc.systems.cnr_iemn.config import Config


class SliceNet(nn.Module):
    """(B, 3, s, s) images in [0, 1], (B, 2) positions to (B, 3) class, (B, 5) region logits.

    Without `regions` there is no second head and the second answer is (B, 0); without `positions`
    only the image counts (paper, sections 4.2.1 to 4.2.3).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: str, *, regions: bool = True, positions: bool = True) -> None:
        super().__init__()
        self.features, width = build_features(backbone)
        width += EXTRA_INPUTS if positions else 0
        self.positions = positions
        self.class_head = _uniform_linear(width, len(CLASSES))
        self.region_head = _uniform_linear(width, REGIONS) if regions else None
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        deep = self.features((images - self.mean) / self.std)
        joined = torch.cat((deep, positions.to(deep.dtype)), dim=1) if self.positions else deep
        classes = self.class_head(joined)
        none = classes.new_empty(classes.shape[0], 0)
        return classes, none if self.region_head is None else self.region_head(joined)


def _uniform_linear(inputs: int, outputs: int) -> nn.Linear:
    """A new layer started from a uniform distribution (paper, 3.3.1); its width is a choice."""
    layer = nn.Linear(inputs, outputs)
    bound = inputs**-0.5
    nn.init.uniform_(layer.weight, -bound, bound)
    nn.init.uniform_(layer.bias, -bound, bound)
    return layer


def build_slice_net(
    backbone: str,
    weights: str = "none",
    folder: Path | None = None,
    seed: int = 0,
    *,
    regions: bool = True,
    positions: bool = True,
) -> SliceNet:
    """A network ready to train; `regions` and `positions` as in `SliceNet`.

    `weights` is "imagenet" (from `folder`, or torchvision's cache or download when that is None)
    or "none" (random start). Raises ModelError when asked-for weights can't be had.
    """
    if weights not in WEIGHTS:
        raise ModelError("unknown weights", found=repr(weights), expected=" | ".join(WEIGHTS))
    make = partial(SliceNet, backbone, regions=regions, positions=positions)
    return built_network(make, backbone, weights, folder, seed)


def network_of(
    backbone: str, config: Config, weights: str = "none", folder: Path | None = None
) -> SliceNet:
    """The network that `config` describes; `weights` is "none" where trained ones are loaded."""
    return build_slice_net(
        backbone,
        weights,
        folder,
        config.seed,
        regions=config.region_weight > 0,
        positions=config.position_inputs,
    )
