"""TheSaviours' networks and how they are trained: one optimiser for both stages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from imagecodecs import jpeg8_decode, jpeg8_encode
from torch import Tensor, nn
from torch.optim import Optimizer

from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.network_training import built_network
from spgc.nets.slices.samples import Copies
from spgc.nets.training.binary_task import BinaryTask
from spgc.nets.training.lowest_loss import LowestLossTask
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.thesaviours.settings import BETAS, EPSILON, LEVELS, Settings

JPEG_QUALITY = 95
"""What cv2.imwrite does where nothing is said."""


def binary_network(
    settings: Settings, weights: str = "none", folder: Path | None = None
) -> SliceClassifier:
    """A network of stage 1: one logit, images as they are, dense layers started as by Keras."""
    make = partial(
        SliceClassifier,
        settings.slice_backbone,
        hidden=settings.slice_hidden,
        classes=1,
        normalised=False,
        glorot=True,
    )
    return built_network(make, settings.slice_backbone, weights, folder, settings.seed)


def class_network(
    settings: Settings, weights: str = "none", folder: Path | None = None
) -> SliceClassifier:
    """The network of stage 2: three logits, images normalised as ImageNet's."""
    make = partial(SliceClassifier, settings.backbone, hidden=settings.hidden, glorot=True)
    return built_network(make, settings.backbone, weights, folder, settings.seed)


def binary_task(settings: Settings) -> BinaryTask:
    """Infected or normal, by binary cross-entropy."""
    return BinaryTask(partial(_adam, settings), partial(_rate, settings), CLASSES.index(NORMAL))


def class_task(settings: Settings) -> LowestLossTask:
    """The class, by cross-entropy; the epoch of the lowest loss is the best."""
    return LowestLossTask(partial(_adam, settings), partial(_rate, settings))


def _adam(settings: Settings, parameters: Iterable[nn.Parameter]) -> Optimizer:
    return torch.optim.Adam(
        parameters, lr=settings.learning_rate, betas=BETAS, eps=EPSILON, fused=True
    )


def _rate(settings: Settings, epoch: int, step: int) -> float:
    """The same in every step."""
    return settings.learning_rate


def copies_of(settings: Settings) -> Copies | None:
    """What becomes of training images: nothing, or JPEG and back."""
    if not settings.jpeg:
        return None
    return Copies((0,) * len(CLASSES), through_jpeg, settings.seed, originals=False)


def through_jpeg(image: Tensor, seed: int) -> Tensor:
    """(3, s, s) of three equal channels in [0, 1], as a JPEG of quality 95 gives it back.

    `seed` is not used: nothing is drawn.
    """
    grey = (image[0] * (LEVELS - 1)).round().to(torch.uint8).numpy()
    file = jpeg8_encode(grey, level=JPEG_QUALITY)
    found = jpeg8_decode(file).astype(np.float32) / np.float32(LEVELS - 1)
    return torch.from_numpy(found).expand(3, -1, -1).clone()
