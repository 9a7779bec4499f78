"""Focal loss against a float64 transcription of its definition."""

import math

import pytest
import torch
from torch.nn import functional as F

from spgc.nets.training.losses import focal_loss


def literal(logits: list[list[float]], targets: list[int], gamma: float) -> float:
    total = 0.0
    for row, target in zip(logits, targets, strict=True):
        p = math.exp(row[target]) / sum(math.exp(v) for v in row)
        total += -((1 - p) ** gamma) * math.log(p)
    return total / len(targets)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.5, 2.0])
def test_equals_its_definition(gamma: float) -> None:
    logits = torch.randn(32, 3, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(32) % 3
    expected = literal(logits.double().tolist(), targets.tolist(), gamma)
    assert float(focal_loss(logits, targets, gamma)) == pytest.approx(expected, rel=1e-5)


def test_gamma_zero_is_cross_entropy() -> None:
    logits, targets = torch.randn(8, 5), torch.arange(8) % 5
    assert torch.allclose(focal_loss(logits, targets, 0.0), F.cross_entropy(logits, targets))


def test_certain_answers_have_finite_gradients() -> None:
    """Where p rounds to 1 the power's base must not turn negative."""
    logits = torch.tensor([[200.0, 0.0, 0.0], [-200.0, 0.0, 0.0]], requires_grad=True)
    loss = focal_loss(logits, torch.tensor([0, 0]), 1.5)
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
