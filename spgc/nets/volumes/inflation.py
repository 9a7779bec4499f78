"""Filters of 2-D networks copied along z: a 3-D network that starts from ImageNet.

Divided by their number, the copies answer a volume that is the same in every slice as the filter
answers the slice, so activations keep the size that the 2-D network's later layers expect.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def inflated(state: Mapping[str, Tensor], head: str = "fc.") -> dict[str, Tensor]:
    """The tensors of a 2-D network in three dimensions, but for its head.

    A square filter (O, I, k, k) becomes (O, I, k, k, k); all other tensors stay as they are.
    """
    body = {name: tensor for name, tensor in state.items() if not name.startswith(head)}
    return {name: inflated_filter(t) if t.dim() == 4 else t for name, t in body.items()}


def inflated_filter(weight: Tensor) -> Tensor:
    """A filter (O, I, k, k) as (O, I, k, k, k): copied along z, divided by k."""
    depth = weight.shape[-1]
    return weight[:, :, None].repeat(1, 1, depth, 1, 1) / depth


def for_channels(weight: Tensor, channels: int) -> Tensor:
    """The first filter, made for colours (O, 3, …), for `channels` input channels.

    Its colours are summed: a grey picture answers as the same picture in three equal colours.
    Further channels, a mask say, start with zeroes, so that at first they change no answer. With
    as many channels as there are, nothing changes.
    """
    if weight.shape[1] == channels:
        return weight
    grey = weight.sum(dim=1, keepdim=True)
    rest = torch.zeros_like(grey).repeat_interleave(channels - 1, dim=1)
    return torch.cat([grey, rest], dim=1)
