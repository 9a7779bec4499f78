"""A slice classifier: one backbone, hidden layers if any, and the class logits."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from spgc.nets.slices.backbones import build_features, image_scale
from spgc.protocol import CLASSES


class SliceClassifier(nn.Module):
    """(B, 3, s, s) images in [0, 1] to (B, classes) logits; places in the scan are not looked at.

    hidden: widths of fully connected layers with ReLU before the logits; classes: by default those
    of the challenge, in the order of `CLASSES`; normalised: whether images are brought to the scale
    of the backbone's ImageNet weights; glorot: start the layers behind the backbone as Keras does,
    uniformly with Glorot's bound and without bias, instead of as torch does.

    The second answer is empty, (B, 0), or with `deep` what the backbone makes of the image,
    (B, F): engines and training know networks with two heads.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        backbone: str,
        *,
        hidden: Sequence[int] = (),
        classes: int = len(CLASSES),
        normalised: bool = True,
        glorot: bool = False,
        deep: bool = False,
    ) -> None:
        super().__init__()
        self.features, width = build_features(backbone)
        self.normalised, self.deep = normalised, deep
        layers: list[nn.Module] = []
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        self.head = nn.Sequential(*layers, nn.Linear(width, classes))
        if glorot:
            self.head.apply(_glorot)
        mean, std = image_scale(backbone)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, images: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        scaled = (images - self.mean) / self.std if self.normalised else images
        deep = self.features(scaled)
        logits = self.head(deep)
        return logits, deep if self.deep else logits.new_empty(logits.shape[0], 0)


def _glorot(layer: nn.Module) -> None:
    if isinstance(layer, nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
