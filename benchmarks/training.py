"""Training throughput: our loop, store and augmentation included, beside a bare torch loop.

    python benchmarks/training.py                          # all four backbones, on the CPU
    python benchmarks/training.py --device cuda --precision bf16 --batch-size 64 --steps 40
    python benchmarks/training.py --backbones resnext50 --parts
    python benchmarks/training.py --most 3                 # exit code 1 where ours takes 3 % longer
    python benchmarks/training.py --beside 1 --most 10     # beside one busy process
    python benchmarks/training.py --minutes 10             # fewer rounds where time runs out

Prints images per second, forward, backward and Adam, of both loops for each backbone at the
paper's size, each the median of five rounds, how much longer ours takes by the median of the
rounds' ratios, with the smallest and the largest, and the CPU seconds of both per image. A round is
some steps of ours and as many of the bare loop, which works on one random batch of the same shape
with the same network and losses, so that what else the machine does meets both alike. Ours reads
slices of a phantom from a slice store in a temporary folder, half of them augmented (the paper's
share is 52 %). `--parts` prints what loading one slice costs, stage by stage, in CPU time of one
thread.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tabulate import tabulate

from spgc.bench.busy import busy
from spgc.contract.scan import LabelledScan
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume
from spgc.ct.slice_images import resize, stack
from spgc.ct.store import SliceStore
from spgc.nets.device import Runtime
from spgc.nets.slices.samples import Sample, SliceDataset
from spgc.nets.slices.sizes import input_size
from spgc.nets.training.learner import Learner
from spgc.nets.training.loading import Loading
from spgc.nets.training.losses import focal_loss
from spgc.nets.training.schedule import Schedule
from spgc.nets.training.task import Batch
from spgc.phantoms.draw import draw_phantom
from spgc.systems.cnr_iemn.augmentation import augmented
from spgc.systems.cnr_iemn.config import BACKBONES, Config
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask
from spgc.systems.cnr_iemn.train_backbones import copies_of, plan_of

SLICES = 40


def write_store(root: Path) -> LabelledScan:
    """Forty slices of a synthetic chest, 512 × 512, with a mask."""
    rng = np.random.default_rng(0)
    hu = draw_phantom("COVID-19", rng, slices=SLICES).hu
    mask = (hu < -400) & (hu > -1000)
    positions = np.arange(SLICES, 0, -1, dtype=np.float64) * 2
    store = SliceStore(root)
    settings = PreprocessSettings()
    store.write("P1", "0" * 64, Volume(hu, (2.0, 0.7, 0.7), positions, ()), mask, settings)
    return LabelledScan("P1", store.read("P1"), "COVID-19", np.ones(SLICES, np.uint8), True)


def dataset(scan: LabelledScan, size: int, config: Config, images: int) -> SliceDataset:
    """So many images, every second of them an augmented copy."""
    samples = [Sample(0, i % SLICES, i % 3) for i in range(images // 2)]
    return SliceDataset([scan], samples, size, config.spec, copies_of(config))


def bare_steps(
    learner: Learner, config: Config, batch: Batch, runtime: Runtime, steps: int
) -> None:
    """The loop that everybody writes: no store, no augmentation, nothing counted."""
    network, optimiser = learner.network, learner.optimiser
    images, positions, classes, regions = batch
    network.train()
    for _ in range(steps):
        optimiser.zero_grad()
        with runtime.autocast():
            class_logits, region_logits = network(images, positions)
        loss = focal_loss(class_logits, classes, config.focal_gamma)
        loss = loss + config.region_weight * focal_loss(region_logits, regions, config.focal_gamma)
        loss.backward()
        optimiser.step()


class Row(NamedTuple):
    """What one backbone's rounds gave: medians, but for the range."""

    backbone: str
    size: int
    ours: float
    bare: float
    longer: float
    span: str
    rounds: int
    cpu: float
    bare_cpu: float
    waiting: float


def random_batch(count: int, size: int, device: torch.device) -> Batch:
    images = torch.rand(count, 3, size, size, device=device)
    labels = torch.randint(0, 3, (count,), device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    return images, torch.rand(count, 2, device=device), labels, labels


def seconds(work: Callable[[], object], device: torch.device) -> tuple[float, float]:
    """Seconds on the clock, and of all this process's threads on the CPU."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, time.process_time() - busy


def our_steps(learner: Learner, batches: Iterator[Batch], steps: int) -> None:
    for number in range(steps):
        learner.step(number, next(batches)).tolist()


def compare(
    name: str, scan: LabelledScan, runtime: Runtime, options: argparse.Namespace, end: float
) -> Row:
    """One row of the table; no round begins after `end`, but for the first one."""
    device = runtime.torch_device()
    size = input_size(name, None)
    count = options.batch_size * (options.steps + 8)
    config = Config(batch_size=options.batch_size, epochs=1, copies=(1, 1, 1), weights="none")
    data = dataset(scan, size, config, count)
    network = build_slice_net(name).to(device)
    task = CnrIemnTask(config, region_head=True)
    learner = Learner(network, task, Schedule(len(data), plan_of(config)), runtime)
    random = random_batch(options.batch_size, size, device)
    ours, bare = [], []
    waited = 0.0
    for number in range(options.rounds):
        if number and time.monotonic() > end:
            break
        loading = Loading(data, runtime)
        with closing(loading.batches(learner.schedule.shares(0, 0))) as batches:
            our_steps(learner, batches, 1)  # fills the queue, which a training finds full
            loading.waited = 0.0
            ours.append(seconds(partial(our_steps, learner, batches, options.steps), device))
        bare_steps(learner, config, random, runtime, 1)
        bare.append(
            seconds(partial(bare_steps, learner, config, random, runtime, options.steps), device)
        )
        waited += loading.waited
    images = options.batch_size * options.steps
    (wall, cpu), (bare_wall, bare_cpu) = (np.median(times, axis=0) for times in (ours, bare))
    longer = [100 * (one / other - 1) for (one, _), (other, _) in zip(ours, bare, strict=True)]
    return Row(
        name,
        size,
        images / wall,
        images / bare_wall,
        float(np.median(longer)),
        f"{min(longer):.1f} to {max(longer):.1f}",
        len(longer),
        cpu / images,
        bare_cpu / images,
        100 * waited / sum(t for t, _ in ours),
    )


def print_parts(scan: LabelledScan, size: int) -> None:
    """Milliseconds of each stage of loading one slice, on one thread."""
    torch.set_num_threads(1)
    slices = [scan.scan.slice(i) for i in range(SLICES)]
    stacked = [stack(*pair) for pair in slices]
    images = [torch.from_numpy(resize(image, size)) for image in stacked]
    stages: dict[str, Callable[[int], object]] = {
        "read from the store": scan.scan.slice,
        "stack three channels": lambda i: stack(*slices[i]),
        f"resize to {size}": lambda i: resize(stacked[i], size),
        f"augment at {size}": lambda i: augmented(images[i], i),
    }
    cpu = torch.device("cpu")
    rows = []
    for stage, work in stages.items():
        times = [seconds(partial(work, i), cpu)[1] for i in range(SLICES)]
        rows.append([stage, 1000 * float(np.median(times))])
    print(tabulate(rows, ["stage", "ms"], floatfmt=".2f"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--backbones", nargs="+", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--workers", type=int, default=-1)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=2, help="timed steps a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=60.0, help="no round begins after them")
    parser.add_argument("--beside", type=int, default=0, help="processes that keep a core busy")
    parser.add_argument("--most", type=float, help="percent that ours may take longer")
    parser.add_argument("--parts", action="store_true")
    options = parser.parse_args()
    runtime = Runtime(options.device, options.precision, workers=options.workers)
    with tempfile.TemporaryDirectory() as folder:
        scan = write_store(Path(folder))
        if options.parts:
            for size in (224, 299):
                print_parts(scan, size)
            return 0
        each = 60 * options.minutes / len(options.backbones)
        with runtime.training(), busy(options.beside):
            rows = [
                compare(name, scan, runtime, options, time.monotonic() + each)
                for name in options.backbones
            ]
    print(
        f"{runtime.torch_device()}, {options.precision}, batches of {options.batch_size}, "
        f"{torch.get_num_threads()} threads, {runtime.loaders()} loading processes, "
        f"{options.beside} busy processes beside"
    )
    head = ["backbone", "size", "ours /s", "bare /s", "longer %", "from", "rounds"]
    head += ["CPU s ours", "bare", "waiting %"]
    digits = (".0f", ".0f", ".1f", ".1f", ".1f", "", ".0f", ".3f", ".3f", ".1f")
    print(tabulate(rows, head, floatfmt=digits, disable_numparse=[5]))
    late = [row.backbone for row in rows if options.most is not None and row.longer > options.most]
    if late:
        print(f"more than {options.most:g} % longer: {', '.join(late)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
