"""Training and prediction beside other busy processes, by how OpenMP's threads wait.

    python benchmarks/busy_machine.py
    python benchmarks/busy_machine.py --data PHANTOMS --store STORE --model MODEL
    python benchmarks/busy_machine.py --policies default passive 1000 3000 --beside 0 2

Times a training step (ResNeXt-50, 64 pixels, 8 slices, torch on the CPU) and, with a cnr-iemn model
and scans, answering the test2 split from the store without kept answers (--engine torch), alone and
beside processes that do nothing but keep a core busy. Policies, each in processes of its own:

    default   as libgomp is: a thread spins 300,000 rounds before it sleeps
    passive   OMP_WAIT_POLICY=passive: it sleeps at once
    bounded   what spgc sets: GOMP_SPINCOUNT=10000

Nothing else should run. About 6 minutes; a single step or run is given up after --patience
seconds, and shown as more than that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tabulate import tabulate

from spgc.jobs.idle_threads import SPINS

POLICIES = {
    "default": {"GOMP_SPINCOUNT": "300000"},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "bounded": {"GOMP_SPINCOUNT": SPINS},
}
VARIABLES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS", "KMP_BLOCKTIME")
SIZE, BATCH = 64, 8


def training_step() -> Callable[[], object]:
    """Forward, backward and Adam of one batch."""
    import torch
    from torchvision.models import resnext50_32x4d

    torch.manual_seed(0)
    network = resnext50_32x4d(num_classes=3)
    optimiser = torch.optim.Adam(network.parameters())
    images, labels = torch.rand(BATCH, 3, SIZE, SIZE), torch.arange(BATCH) % 3

    def step() -> None:
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        optimiser.step()

    return step


def prediction(options: argparse.Namespace) -> Callable[[], object]:
    """Answers for the test2 split from scans in the store."""
    from spgc.contract.system import RunSettings
    from spgc.ct.store import SliceStore
    from spgc.data.layout import open_dataset
    from spgc.runs.answers import answer
    from spgc.systems.registry import load_system

    dataset, store = open_dataset(options.data), SliceStore(options.store)
    system = load_system(options.model, RunSettings("cpu", engine=options.engine))
    return lambda: answer(dataset, dataset.cases("test2"), system, store)


def measure(work: Callable[[], object], seconds: float) -> None:
    """Print how long each round took, as JSON, a line as soon as it is done."""
    work()
    end = time.monotonic() + seconds
    while True:
        start = time.monotonic()
        work()
        print(json.dumps(time.monotonic() - start), flush=True)
        if time.monotonic() > end:
            return


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that keep a core busy each."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def timed(what: str, policy: str, beside: int, options: argparse.Namespace) -> list[str]:
    """Smallest, median and largest seconds of a round, measured in a process of its own."""
    chosen = POLICIES.get(policy) or {"GOMP_SPINCOUNT": policy}
    environment = {k: v for k, v in os.environ.items() if k not in VARIABLES} | chosen
    places = [f"--{n}={getattr(options, n)}" for n in ("data", "store", "model", "engine")]
    words = [sys.executable, __file__, "--only", what, f"--seconds={options.seconds}", *places]
    limit = options.seconds + options.patience
    with busy(beside):
        try:
            done = subprocess.run(
                words, env=environment, stdout=subprocess.PIPE, timeout=limit, check=True
            )
            out = done.stdout
        except subprocess.TimeoutExpired as late:
            out = late.stdout or b""
    times = [float(line) for line in out.decode().splitlines()]
    if not times:
        return ["", f"> {options.patience:.0f}", "", ""]
    middle = statistics.median(times)
    return [f"{min(times):.3f}", f"{middle:.3f}", f"{max(times):.3f}", str(len(times))]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--policies",
        nargs="+",
        default=list(POLICIES),
        help="of those above, or a number of rounds",
    )
    parser.add_argument("--beside", nargs="+", type=int, default=[0, 1, 2, 4])
    parser.add_argument("--seconds", type=float, default=6.0, help="rounds of each figure")
    parser.add_argument("--patience", type=float, default=14.0)
    for name in ("--data", "--store", "--model"):
        parser.add_argument(name, type=Path, default=Path())
    parser.add_argument("--engine", default="torch", choices=("torch", "openvino"))
    parser.add_argument("--only", choices=("training", "prediction"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only == "training":
        return measure(training_step(), options.seconds)
    if options.only == "prediction":
        return measure(prediction(options), options.seconds)
    works = ["training"] + (["prediction"] if options.model != Path() else [])
    rows = []
    for what in works:
        for beside in options.beside:
            for policy in options.policies:
                rows.append([what, beside, policy, *timed(what, policy, beside, options)])
                print(*rows[-1], file=sys.stderr, flush=True)
    head = ["what", "busy beside", "waiting", "min s", "median s", "max s", "rounds"]
    print(tabulate(rows, head, tablefmt="github", disable_numparse=True))
    return None


if __name__ == "__main__":
    main()
