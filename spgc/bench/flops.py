"""GFLOP/s of the machine's matrix product, and GFLOP that networks need for a slice or a scan."""

from __future__ import annotations

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from spgc.nets.engines.contract import EngineNetworks

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


def item_gflop(networks: EngineNetworks) -> float:
    """GFLOP of one slice or volume in all networks, counted by torch without computing anything.

    networks: untrained ones, which are built without memory here (on torch's `meta` device).
    """
    return sum(_gflop(networks, name) for name in networks.names)


def _gflop(networks: EngineNetworks, name: str) -> float:
    with torch.device("meta"):
        network = networks.load(name)
        inputs = [torch.empty(1, *shape[1:]) for shape in networks.inputs(name)]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*inputs)
    return float(counter.get_total_flops()) / 1e9
