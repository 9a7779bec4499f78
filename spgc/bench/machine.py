"""What the machine could do at most: its matrix rate, and what the networks ask for."""

from __future__ import annotations

import time
from collections.abc import Iterable

import torch
from torch.utils.flop_counter import FlopCounterMode

from spgc.nets.slices.sizes import input_size
from spgc.nets.slices.slice_places import EXTRA_INPUTS
from spgc.systems.cnr_iemn.network import SliceNet

SIDES = (2048, 4096)
"""Square matrices: large enough for the full rate, small enough for a laptop's patience."""

ROUNDS = 3

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def matrix_rate(precision: str, device: str = "cpu") -> float:
    """GFLOP/s of torch's matrix product, the best of `ROUNDS` rounds of `SIDES`."""
    return max(_rate(side, DTYPES[precision], torch.device(device)) for side in SIDES)


def _rate(side: int, dtype: torch.dtype, device: torch.device) -> float:
    left = torch.ones(side, side, dtype=dtype, device=device)
    right = torch.ones_like(left)
    seconds = []
    for _ in range(ROUNDS + 1):
        _finish(device)
        start = time.perf_counter()
        left @ right
        _finish(device)
        seconds.append(time.perf_counter() - start)
    return float(2 * side**3 / min(seconds[1:]) / 1e9)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def slice_gflop(backbones: Iterable[str], image_size: int | None = None) -> float:
    """GFLOP of one slice in all `backbones`, counted by torch without computing anything."""
    return sum(_gflop(name, input_size(name, image_size)) for name in backbones)


def _gflop(backbone: str, size: int) -> float:
    with torch.device("meta"):
        network = SliceNet(backbone).eval()
        images, places = torch.empty(1, 3, size, size), torch.empty(1, EXTRA_INPUTS)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images, places)
    return float(counter.get_total_flops()) / 1e9
