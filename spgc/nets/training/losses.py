"""Focal loss for several classes (Lin et al. 2017; paper, section 4.1: gamma 1.5)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def focal_loss(logits: Tensor, targets: Tensor, gamma: float) -> Tensor:
    """Mean of -(1 - p)^gamma · log p over a batch, p the probability of the true class.

    `logits: (B, K)`, `targets: (B,) int64`. No class weights: the paper names none.
    """
    log_p = F.log_softmax(logits.float(), dim=1).gather(1, targets[:, None]).squeeze(1)
    # clamp: for p within rounding of 1 the base would be negative, its power NaN.
    return -((1 - log_p.exp()).clamp_min(0) ** gamma * log_p).mean()
