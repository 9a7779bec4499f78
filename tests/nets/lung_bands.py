"""Weights of R231's network that need no training: it finds lungs by how dark they are.

Of all its layers one path is open, from the first block over the longest bridge to the last; the
right lung is darker than the left one, and air outside is darker still.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

RIGHT, LEFT = -850, -700
"""HU of the lungs of `chest`."""

_EDGES = (-930, -780, -400)
"""HU between air and the right lung, between the lungs, and between the left one and the body."""


def chest(slices: int = 6, size: int = 128) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """HU, head to feet, and lungs that grow from slice to slice, the left one behind the right."""
    z, y, x = np.mgrid[:slices, :size, :size]
    unit = size / 128
    hu = np.full((slices, size, size), -1000, np.int16)
    hu[(y / unit - 64) ** 2 / 45**2 + (x / unit - 64) ** 2 / 60**2 < 1] = 40
    right = (y / unit - 56) ** 2 + (x / unit - 38) ** 2 < (10 + z) ** 2
    left = (y / unit - 72) ** 2 + (x / unit - 88) ** 2 < (12 + z) ** 2
    hu[right], hu[left] = RIGHT, LEFT
    return hu, right | left


def band_state() -> dict[str, torch.Tensor]:
    """Names and shapes as the package spells them."""
    state = {name: torch.zeros_like(tensor) for name, tensor in untrained_state().items()}
    for name in state:
        if name.endswith("running_var"):
            state[name].fill_(1)
    low, middle, high = ((hu + 1024) / 1624 for hu in _EDGES)
    first, last = "down_path.0.block", "up_path.3.conv_block.block"
    # Channels of darkness: how far a pixel lies below each edge.
    for channel, edge in enumerate((low, middle, high)):
        state[f"{first}.0.weight"][channel, 0, 1, 1] = -1
        state[f"{first}.0.bias"][channel] = edge
        for name in (f"{first}.3", f"{last}.3"):
            state[f"{name}.weight"][channel, channel, 1, 1] = 1
        state[f"{last}.0.weight"][channel, 64 + channel, 1, 1] = 1
    for block in (first, last):
        for norm in (2, 5):
            state[f"{block}.{norm}.weight"].fill_(1)
    state["last.bias"][0] = 1e-4
    state["last.weight"][1, :3, 0, 0] = torch.tensor([-1000.0, 100, 0])
    state["last.weight"][2, :3, 0, 0] = torch.tensor([-1000.0, -1000, 1])
    return state


def untrained_state() -> dict[str, torch.Tensor]:
    """The tensors of the package's own network."""
    with warnings.catch_warnings():
        from lungmask.resunet import UNet

    torch.manual_seed(0)
    network: Any = UNet(
        n_classes=3, padding=True, depth=5, up_mode="upsample", batch_norm=True, residual=False
    )
    return dict(network.state_dict())


def write_bands(folder: Path, name: str = "unet_r231-d5d2fc3d.pth") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(band_state(), folder / name)
    return folder / name
