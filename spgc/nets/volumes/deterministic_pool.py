"""Max pooling in three dimensions whose gradients repeat bit for bit on CUDA too.

`MaxPool3d` has no deterministic backward there: its windows overlap, and threads add to the same
place in any order. Here each of the 27 places of a window adds its gradients in turn.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SIZE, _STRIDE, _PADDING = 3, 2, 1


class StemPool(nn.Module):
    """Max pooling of a ResNet's stem: windows of 3 voxels every 2, padded by 1.

    (B, C, D, H, W) to (B, C, D', H', W'), each side n to (n + 1) // 2.
    """

    def forward(self, volumes: Tensor) -> Tensor:
        if volumes.is_cuda and volumes.requires_grad:
            return pooled(volumes)
        return F.max_pool3d(volumes, _SIZE, _STRIDE, _PADDING)


def pooled(volumes: Tensor) -> Tensor:
    """The same pooling; of equal values in a window the first gets the gradient, as in torch."""
    result: Tensor = _Pool.apply(volumes)
    return result


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, volumes: Tensor) -> Tensor:
        result, chosen = F.max_pool3d_with_indices(
            volumes, (_SIZE,) * 3, (_STRIDE,) * 3, (_PADDING,) * 3
        )
        ctx.save_for_backward(chosen.int() if volumes[0, 0].numel() < 2**31 else chosen)
        ctx.shape = volumes.shape
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (chosen,), (gradient,) = ctx.saved_tensors, gradients
        depth, height, width = ctx.shape[2:]
        out = chosen.shape[2:]
        edge = [_STRIDE * (n - 1) + _SIZE for n in out]
        whole = gradient.new_zeros((*ctx.shape[:2], *edge))
        first = [_STRIDE * torch.arange(n, device=chosen.device) - _PADDING for n in out]
        for place in product(range(_SIZE), repeat=3):
            z, y, x = (at + step for at, step in zip(first, place, strict=True))
            here = (z[:, None, None] * height + y[:, None]) * width + x
            # A place in the padding must not pass for a voxel of the next row.
            inside = (z >= 0)[:, None, None] & ((y >= 0) & (y < height))[:, None] & (x >= 0)
            inside = inside & (x < width)
            taken = (chosen == here) & inside
            i, j, k = (slice(a, a + _STRIDE * n, _STRIDE) for a, n in zip(place, out, strict=True))
            whole[:, :, i, j, k] += gradient.where(taken, torch.zeros_like(gradient))
        p = _PADDING
        return whole[:, :, p : p + depth, p : p + height, p : p + width]
