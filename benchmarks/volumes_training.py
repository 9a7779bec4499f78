"""Training of networks that read whole scans: seconds, GMAC/s and memory of a step, beside torch.

    python benchmarks/volumes_training.py                            # some minutes on two cores
    python benchmarks/volumes_training.py --depths 18 50 101 --steps 3
    python benchmarks/volumes_training.py --size 96 --ways whole alone

UniSheff's network on cubes of noise, batches of two, each way in a process of its own:

- plain: torch alone, a loop of a few lines, float32, the usual layout, Adam as torch gives it;
- whole: as `spgc train` does it, both volumes at once, in float32;
- alone: one volume at a time (`--micro-batch 1`);
- bf16: both volumes at once, `--precision bf16`.

A step is forward, backward and Adam; its GMAC are counted by torch, three times those of an answer
but for the first layer. The share is that of this machine's matrix rate in the same precision,
measured in the same process. The fastest step counts, the first never. GiB: the process's memory
at its highest, with reading, evaluation and saving.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tabulate import tabulate
from torch.utils.flop_counter import FlopCounterMode

from spgc.bench.flops import matrix_rate
from spgc.jobs.machine import hardware, peak_memory
from spgc.nets.device import Runtime
from spgc.nets.training import recorder
from spgc.nets.training.learner import Learner
from spgc.nets.training.start import RandomStart
from spgc.nets.training.task import Batch
from spgc.nets.volumes.resnet3d import VolumeResNet
from spgc.nets.volumes.volume_samples import ScansByNumber, VolumeDataset, VolumeSample
from spgc.nets.volumes.volume_training import train_volumes
from spgc.protocol import CLASSES
from spgc.systems.unisheff.unisheff_settings import UniSheffSettings
from spgc.systems.unisheff.unisheff_training import body_of, build_network, recipe_of

WAYS = {
    "plain": Runtime("cpu"),
    "whole": Runtime("cpu", workers=0),
    "alone": Runtime("cpu", workers=0, micro_batch=1),
    "bf16": Runtime("cpu", "bf16", workers=0),
}

BATCH = 2


@contextmanager
def timed_steps() -> Iterator[list[float]]:
    """Seconds of each step of learning inside the block; reading and saving are none of it."""
    seconds: list[float] = []
    step = Learner.step

    def timed(self: Learner, number: int, batch: Batch) -> torch.Tensor:
        start = time.perf_counter()
        sums = step(self, number, batch)
        seconds.append(time.perf_counter() - start)
        return sums

    Learner.step = timed  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        Learner.step = step  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--depths", nargs="+", type=int, default=[18, 50])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.depths[0], options.one, options.size, options.steps)))
        return
    machine = hardware("cpu")
    print(machine["processor"], "·", machine["cores"], "cores", flush=True)
    for depth in options.depths:
        rows = [row_of(depth, way, options) for way in options.ways]
        print(f"\nunisheff, {depth} layers, {BATCH} volumes of {options.size} voxels a side")
        heads = ["way", "s a step", "volumes/s", "GMAC/s", "of matrix rate", "GiB"]
        print(tabulate(rows, heads), flush=True)


def row_of(depth: int, way: str, options: argparse.Namespace) -> list[str]:
    """One way's figures, from a process of its own."""
    words = ["--depths", depth, "--size", options.size, "--steps", options.steps, "--one", way]
    run = subprocess.run(
        [sys.executable, __file__, *map(str, words)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        return [way, (run.stderr.splitlines() or ["killed"])[-1]]
    found = json.loads(run.stdout.splitlines()[-1])
    seconds, rate = found["seconds"], found["gmac"] / found["seconds"]
    return [
        way,
        f"{seconds:.1f}",
        f"{BATCH / seconds:.2f}",
        f"{rate:.0f}",
        f"{2 * rate / found['matrix']:.0%}",
        f"{found['gib']:.1f}",
    ]


def measured(depth: int, way: str, size: int, steps: int) -> dict[str, Any]:
    """What a step takes in one way."""
    settings = UniSheffSettings(depth=depth, weights="none", size=size, epochs=1)
    run = plain_steps if way == "plain" else our_steps
    seconds = run(settings, WAYS[way], steps + 1)
    peak = peak_memory()
    return {
        "seconds": min(seconds[1:]),
        "gib": peak["this_process"] if peak else float("nan"),
        "gmac": step_gmac(settings),
        "matrix": matrix_rate("bf16" if way == "bf16" else "fp32"),
    }


def our_steps(settings: UniSheffSettings, runtime: Runtime, steps: int) -> list[float]:
    """Seconds of each step of the training that `spgc train` does."""
    recorder.SAVE_EVERY = 0.0  # saving is part of the peak
    shape = settings.volumes.shape

    def load(case_id: str, scan: Any, copy: int) -> np.ndarray:
        return noise(shape, int(case_id))

    def data(count: int) -> VolumeDataset:
        scans = ScansByNumber([(str(number), None) for number in range(count)], load)  # type: ignore[list-item]
        return VolumeDataset(scans, [VolumeSample(n, n % 3) for n in range(count)], shape)

    with tempfile.TemporaryDirectory() as folder, timed_steps() as seconds:
        train_volumes(
            settings.network,
            lambda _: build_network(settings),
            RandomStart(),
            data(BATCH * steps),
            data(1),
            recipe_of(settings),
            {},
            runtime,
            Path(folder),
        )
    return seconds


def plain_steps(settings: UniSheffSettings, runtime: Runtime, steps: int) -> list[float]:
    """Seconds of each step of a loop of torch alone."""
    shape = settings.volumes.shape
    network = build_network(settings).to(memory_format=torch.contiguous_format).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4, weight_decay=1e-4)
    seconds = []
    for step in range(steps):
        numbers = range(BATCH * step, BATCH * step + BATCH)
        batch = torch.stack([torch.from_numpy(noise(shape, n)).float() for n in numbers])
        classes = torch.tensor([n % 3 for n in numbers])
        start = time.perf_counter()
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(batch)[0], classes).backward()
        optimiser.step()
        seconds.append(time.perf_counter() - start)
    return seconds


def step_gmac(settings: UniSheffSettings) -> float:
    """Multiplications of forward and backward of one batch, counted without computing anything."""
    with torch.device("meta"):
        network = VolumeResNet(body_of(settings), len(CLASSES), hidden=settings.hidden)
        volumes = torch.empty(BATCH, *settings.volumes.shape)
    with FlopCounterMode(display=False) as counter:
        network(volumes)[0].sum().backward()
    return counter.get_total_flops() / 2e9


def noise(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """A volume of noise, and a mask of half of it."""
    made = np.random.default_rng(seed).random(shape, np.float32).astype(np.float16)
    made[1:] = made[1:] > 0.5
    return made


if __name__ == "__main__":
    main()
