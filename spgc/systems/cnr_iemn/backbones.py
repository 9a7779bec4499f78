"""The four torchvision backbones without their classification layer, and their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import URLError

import torch
from torch import nn
from torchvision import models

from spgc.errors import ModelError
from spgc.systems.cnr_iemn.inputs import check_backbone


@dataclass(frozen=True)
class Backbone:
    """How to build one backbone: torchvision's constructor and its ImageNet weights.

    `head` names the attribute with the final layer.
    """

    build: Callable[..., nn.Module]
    weights: Any
    head: str
    options: Mapping[str, Any] = field(default_factory=dict)


SPECS: Mapping[str, Backbone] = MappingProxyType(
    {
        "resnext50": Backbone(
            models.resnext50_32x4d, models.ResNeXt50_32X4D_Weights.IMAGENET1K_V1, "fc"
        ),
        "densenet161": Backbone(
            models.densenet161, models.DenseNet161_Weights.IMAGENET1K_V1, "classifier"
        ),
        "inception_v3": Backbone(
            models.inception_v3, models.Inception_V3_Weights.IMAGENET1K_V1, "fc",
            # init_weights: a truncated normal for 24 million weights takes seconds for a start
            # that ImageNet weights overwrite. transform_input: its weights expect [-1, 1], and
            # this turns ImageNet's mean and standard deviation into that.
            MappingProxyType({"init_weights": False, "transform_input": True}),
        ),
        "wide_resnet50": Backbone(
            models.wide_resnet50_2, models.Wide_ResNet50_2_Weights.IMAGENET1K_V1, "fc"
        ),
    }
)  # fmt: skip


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
    width = int(getattr(network, spec.head).in_features)
    setattr(network, spec.head, nn.Identity())
    return network, width


def load_imagenet(network: nn.Module, name: str, folder: Path | None) -> None:
    """Put ImageNet weights into a network that `build_features` made.

    `folder` holds files named as torchvision names them; None means torchvision's own cache or
    download. Raises ModelError when the weights can't be had or do not fit: never a silent random
    start.
    """
    spec = spec_named(name)
    file_name = spec.weights.url.rsplit("/", 1)[-1]
    state = _state(spec, file_name, folder)
    wanted = network.state_dict()
    state = {key: value for key, value in state.items() if key in wanted}
    missing = sorted(set(wanted) - set(state) - {k for k in wanted if "num_batches" in k})
    wrong = [k for k, v in state.items() if v.shape != wanted[k].shape]
    if missing or wrong:
        raise ModelError(
            f"ImageNet weights do not fit {name}", where=folder or file_name,
            found=f"{len(missing)} tensors missing, {len(wrong)} of another shape",
            expected=f"torchvision's {file_name}", do="download the file again",
        )  # fmt: skip
    network.load_state_dict(state, strict=False)


def _state(spec: Backbone, file_name: str, folder: Path | None) -> Mapping[str, torch.Tensor]:
    if folder is None:
        try:
            return dict(spec.weights.get_state_dict(progress=False, check_hash=True))
        except (URLError, OSError, RuntimeError) as error:
            raise ModelError(
                "can't get ImageNet weights", where=spec.weights.url, found=str(error),
                do=f"put {file_name} into a folder and pass --weights FOLDER, "
                "or pass --weights none for a random start",
            ) from error  # fmt: skip
    path = folder / file_name
    if not path.is_file():
        raise ModelError(
            "weights file missing", where=path, expected=file_name,
            do=f"download {spec.weights.url} into {folder}",
        )  # fmt: skip
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged archive
        raise ModelError(
            "weights file can't be read", where=path, found=type(error).__name__,
            expected="torchvision's file of tensors", do="download it again",
        ) from error  # fmt: skip
    if not isinstance(state, Mapping):
        raise ModelError("weights file holds no tensors by name", where=path)
    return {_modern(key): value for key, value in state.items()}


def _modern(key: str) -> str:
    """DenseNet's files of 2017 spell `norm.1`; today's layers are called `norm1`."""
    for word in ("norm", "relu", "conv"):
        for digit in "12":
            key = key.replace(f".{word}.{digit}.", f".{word}{digit}.")
    return key
