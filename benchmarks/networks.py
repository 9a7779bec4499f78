"""The four CNNs alone, in every way of running them that is offered, and in those that were tried.

    python benchmarks/networks.py                                  # all ways, 8 slices at a time
    python benchmarks/networks.py --ways eager openvino-bf16 --batch 1 4 8 16 32
    python benchmarks/networks.py --ways eager compiled-bf16       # minutes of warm-up

Prints milliseconds a slice for each network at its own input size, their sum, how many times that
is faster than eager float32, and which share of this machine's matrix rate in bfloat16 it is, both
measured in the same run. Weights are random: speed does not depend on them. int8 is measured as
the networks alone are, without the slices that are answered again. Each figure is the fastest of
some rounds, in which all ways take turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tabulate import tabulate

from spgc.bench.flops import item_gflop, matrix_rate
from spgc.bench.plain import plain_network
from spgc.jobs.machine import hardware
from spgc.nets.engines.contract import BatchOwner, Networks, ScanBatch
from spgc.nets.engines.int8 import quantise
from spgc.nets.engines.int8_folder import Int8Network, network_file
from spgc.nets.engines.openvino_engine import OpenVinoEngine
from spgc.nets.slices.sizes import input_size
from spgc.nets.slices.slice_places import EXTRA_INPUTS
from spgc.systems.cnr_iemn.config import BACKBONES, Config
from spgc.systems.cnr_iemn.network import SliceNet, build_slice_net
from spgc.systems.cnr_iemn.system import CnrIemn

Run = Callable[[], object]
"""Answers one batch."""

ROUNDS = 5
CALIBRATION = 2
"""Batches of noise: enough to quantise for a measurement of speed."""


def eager(network: SliceNet, images: np.ndarray, places: np.ndarray) -> Run:
    return _torch(plain_network(network), images, places, torch.contiguous_format)


def channels_last(network: SliceNet, images: np.ndarray, places: np.ndarray) -> Run:
    return _torch(network, images, places, torch.channels_last)


def autocast(network: SliceNet, images: np.ndarray, places: np.ndarray) -> Run:
    run = _torch(network, images, places, torch.channels_last)

    def answer() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            run()

    return answer


def bf16_weights(network: SliceNet, images: np.ndarray, places: np.ndarray) -> Run:
    return _torch(network, images, places, torch.channels_last, torch.bfloat16)


def compiled_bf16(network: SliceNet, images: np.ndarray, places: np.ndarray) -> Run:
    import torch._inductor.config

    torch._inductor.config.freezing = True
    network.compile()
    run = _torch(network, images, places, torch.channels_last, torch.bfloat16)
    start = time.perf_counter()
    run()
    print(f"{network.backbone}: compiled in {time.perf_counter() - start:.0f} s", flush=True)
    return run


def _torch(
    network: torch.nn.Module,
    images: np.ndarray,
    places: np.ndarray,
    memory: torch.memory_format,
    dtype: torch.dtype = torch.float32,
) -> Run:
    held = network.eval().to(dtype).to(memory_format=memory)
    batch = torch.from_numpy(images).to(dtype, memory_format=memory)
    where = torch.from_numpy(places).to(dtype)

    def answer() -> None:
        with torch.no_grad():
            held(batch, where)

    return answer


TORCH: Mapping[str, Callable[[SliceNet, np.ndarray, np.ndarray], Run]] = {
    "eager": eager,
    "channels-last": channels_last,
    "autocast-bf16": autocast,
    "weights-bf16": bf16_weights,
    "compiled-bf16": compiled_bf16,
}
OPENVINO = {"openvino-fp32": "fp32", "openvino-bf16": "bf16", "openvino-int8": "int8"}
USUAL = [name for name in (*TORCH, *OPENVINO) if name != "compiled-bf16"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--ways", nargs="+", choices=[*TORCH, *OPENVINO], default=USUAL)
    parser.add_argument("--backbones", nargs="+", choices=BACKBONES, default=list(BACKBONES))
    parser.add_argument("--batch", type=int, nargs="+", default=[8])
    options = parser.parse_args()
    print(hardware("cpu")["processor"], "·", torch.get_num_threads(), "threads", flush=True)
    rate = matrix_rate("bf16")
    gflop = item_gflop(CnrIemn(Config(backbones=tuple(options.backbones))).untrained_networks())
    for batch in options.batch:
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(options.ways, options.backbones, batch, Path(scratch))
        rate = max(rate, matrix_rate("bf16"))
        print(f"{batch} slices at a time, ms a slice")
        show(found, options.backbones, rate, gflop)
    print(
        f"matrix products: {matrix_rate('fp32'):.0f} GFLOP/s in float32, {rate:.0f} in bfloat16, "
        f"{int8_rate():.0f} in int8; {gflop:.1f} GFLOP per slice"
    )


def int8_rate(side: int = 2048) -> float:
    """Billions of operations a second of torch's matrix product in 8-bit integers."""
    left, right = torch.randint(-128, 127, (2, side, side), dtype=torch.int8)
    seconds = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        torch._int_mm(left, right)
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds[1:]) / 1e9


def measure(
    ways: Sequence[str], backbones: Sequence[str], batch: int, scratch: Path
) -> dict[tuple[str, str], float]:
    """ms a slice by way and backbone."""
    found: dict[tuple[str, str], float] = {}
    for backbone in backbones:
        runs = dict(prepared(ways, backbone, batch, scratch))
        for run in runs.values():
            run()
        for _ in range(ROUNDS):
            for way, run in runs.items():
                start = time.perf_counter()
                run()
                seconds = time.perf_counter() - start
                key = way, backbone
                found[key] = min(found.get(key, np.inf), 1e3 * seconds / batch)
    return found


def prepared(
    ways: Sequence[str], backbone: str, batch: int, scratch: Path
) -> Iterator[tuple[str, Run]]:
    size = input_size(backbone, None)
    rng = np.random.default_rng(0)
    batches = [
        ScanBatch(
            {size: rng.random((batch, 3, size, size), np.float32)},
            rng.random((batch, EXTRA_INPUTS), np.float32),
            tuple(BatchOwner("noise", "0", batch) for _ in range(batch)),
        )
        for _ in range(CALIBRATION)
    ]
    images, places = batches[0].images[size], batches[0].positions
    networks = Networks(build_slice_net, {backbone: "0" * 64}, {backbone: size})
    for way in ways:
        if way in TORCH:
            yield way, TORCH[way](build_slice_net(backbone), images, places)
            continue
        quantised = {}
        if OPENVINO[way] == "int8":
            list(quantise(networks, batches, batches, scratch, {}))
            quantised = {backbone: Int8Network(network_file(scratch, backbone), "", 0.0)}
        engine = OpenVinoEngine(networks, OPENVINO[way], None, quantised)
        yield way, partial(engine.logits, backbone, images, places)


def show(
    found: Mapping[tuple[str, str], float], backbones: Sequence[str], rate: float, gflop: float
) -> None:
    totals = {way: sum(found[way, name] for name in backbones) for way, _ in found}
    rows = [
        [
            way,
            *(found[way, name] for name in backbones),
            total,
            totals["eager"] / total if "eager" in totals else None,
            f"{gflop / total * 1e3 / rate:.0%}",
        ]
        for way, total in totals.items()
    ]
    heads = ["way", *backbones, "all", "times faster", "of bf16 rate"]
    print(tabulate(rows, heads, floatfmt=".1f"), flush=True)


if __name__ == "__main__":
    main()
