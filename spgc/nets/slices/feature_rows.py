"""A slice network that gives its features behind its logits, as engines can carry them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FeatureRows(nn.Module):
    """(B, 3) logits and (B, F) features of `network` as one (B, 3 + F) first answer.

    network: gives the two as a pair, as it does in training, where the loss looks at the first.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        logits, features = self.network(images, positions)
        rows = torch.cat((logits, features.to(logits.dtype)), dim=1)
        return rows, rows.new_empty(rows.shape[0], 0)
