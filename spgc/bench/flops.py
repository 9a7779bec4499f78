"""GFLOP/s of the machine's matrix product, and GFLOP that the networks need for one slice."""

from __future__ import annotations

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from spgc.nets.engines.contract import Networks
from spgc.nets.slices.slice_places import EXTRA_INPUTS

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


def slice_gflop(networks: Networks) -> float:
    """GFLOP of one slice in all networks, counted by torch without computing anything.

    networks: untrained ones, which are built without memory here (on torch's `meta` device).
    """
    return sum(_gflop(networks, name) for name in networks.names)


def _gflop(networks: Networks, name: str) -> float:
    size = networks.sizes[name]
    with torch.device("meta"):
        network = networks.load(name)
        images, places = torch.empty(1, 3, size, size), torch.empty(1, EXTRA_INPUTS)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images, places)
    return float(counter.get_total_flops()) / 1e9
