"""Networks whose batch normalisation has seen something, so that a wrong tensor shows."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

Network = TypeVar("Network", bound=nn.Module)


def used(network: Network, seed: int = 0) -> Network:
    """The network with running means, variances, weights and biases unlike those of a new one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, _BatchNorm):
                for tensor in (layer.running_mean, layer.bias):
                    assert tensor is not None
                    tensor.normal_(0, 0.1, generator=generator)
                for tensor in (layer.running_var, layer.weight):
                    assert tensor is not None
                    tensor.uniform_(0.7, 1.3, generator=generator)
    return network.eval()
