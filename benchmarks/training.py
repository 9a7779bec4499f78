"""Training throughput: our loop, store and augmentation included, beside a bare torch loop.

    python benchmarks/training.py                          # all four backbones, on the CPU
    python benchmarks/training.py --device cuda --precision bf16 --batch-size 64 --steps 40
    python benchmarks/training.py --backbones resnext50 --parts

Prints images per second, forward, backward and Adam, of both loops for each backbone at the
paper's size, each by its fastest round, and the CPU seconds of both per image. A round is some
steps of ours and as many of the bare loop, which works on one random batch of the same shape with
the same network and losses, so that what else the machine does meets both alike. Ours reads slices
of a phantom from a slice store in a temporary folder, half of them augmented (the paper's share is
52 %). `--parts` prints what loading one slice costs, stage by stage, in CPU time of one thread.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tabulate import tabulate

from spgc.contract.scan import LabelledScan
from spgc.ct.preprocess import PreprocessSettings
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
    positions = np.arange(SLICES, 0, -1) * 2.0
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
    name: str, scan: LabelledScan, runtime: Runtime, options: argparse.Namespace
) -> list[object]:
    """One row of the table: name, size, images per second of ours and of the bare loop, ..."""
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
    for _ in range(options.rounds):
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
    (wall, busy), (bare_wall, bare_busy) = (np.min(times, axis=0) for times in (ours, bare))
    return [
        name,
        size,
        images / wall,
        images / bare_wall,
        100 * (wall / bare_wall - 1),
        busy / images,
        bare_busy / images,
        100 * waited / sum(t for t, _ in ours),
    ]


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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--backbones", nargs="+", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--workers", type=int, default=-1)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=2, help="timed steps a round")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--parts", action="store_true")
    options = parser.parse_args()
    runtime = Runtime(options.device, options.precision, workers=options.workers)
    with tempfile.TemporaryDirectory() as folder:
        scan = write_store(Path(folder))
        if options.parts:
            for size in (224, 299):
                print_parts(scan, size)
            return
        with runtime.training():
            rows = [compare(name, scan, runtime, options) for name in options.backbones]
    print(
        f"{runtime.torch_device()}, {options.precision}, batches of {options.batch_size}, "
        f"{torch.get_num_threads()} threads, {runtime.loaders()} loading processes"
    )
    head = ["backbone", "size", "ours /s", "bare /s", "slower %", "CPU s ours", "bare", "waiting %"]
    print(tabulate(rows, head, floatfmt=(".0f", ".0f", ".1f", ".1f", ".1f", ".3f", ".3f", ".1f")))


if __name__ == "__main__":
    main()
