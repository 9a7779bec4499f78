"""The stem's pooling answers as torch's MaxPool3d does, and so do its gradients."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from spgc.nets.volumes.deterministic_pool import StemPool, pooled


@pytest.mark.parametrize("size", [(6, 8, 10), (7, 5, 9), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("values", ["any", "many alike"])
def test_values_and_gradients_are_those_of_torch(size: tuple[int, int, int], values: str) -> None:
    """Where values are alike the first gets the gradient, in both."""
    torch.manual_seed(1)
    given = torch.randn(2, 3, *size)
    if values == "many alike":
        given = given.round().relu()
    ours, theirs = (given.clone().requires_grad_() for _ in range(2))
    answer, expected = pooled(ours), F.max_pool3d(theirs, 3, 2, 1)
    assert torch.equal(answer, expected)
    weights = torch.randn_like(expected)
    (answer * weights).sum().backward()
    (expected * weights).sum().backward()
    assert ours.grad is not None
    assert theirs.grad is not None
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-6)
    assert ours.grad.abs().sum() > 0


def test_without_cuda_the_layer_is_torchs() -> None:
    given = torch.randn(1, 2, 5, 6, 7)
    assert torch.equal(StemPool()(given), F.max_pool3d(given, 3, 2, 1))
