"""One run on a GPU machine: networks, prediction of 90 scans, training, memory and balance.

    python benchmarks/gpu.py --minutes 14 --out gpu.json          # on a machine with a GPU
    python benchmarks/gpu.py --device cpu --tiny --minutes 2      # does the script itself work?

Four parts, each a process of its own that is ended when its share of the time is up; what it has
printed by then counts. All inputs are SYNTHETIC and all networks have random weights.

    networks    each backbone of CNR-IEMN and the networks of every other system, in fp32, tf32,
                bf16 and fp16: slices or scans per second and peak memory of the GPU
    prediction  from DICOM to submission for `--scans` scans, twice: as it comes, and with all scans
                in the store; the share of the run in which the networks waited for slices
    training    each backbone at the paper's size and batch of 64 in bf16: slices per second, the
                share that waits for data, and peak memory
    balance     lungs and reading on the processor, by `--jobs`, in slices per second: where they
                are fewer than the networks', the processor bounds the run

Prints JSON: one line as soon as it is measured, and with --out all of them in a file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RIVALS = ("thesaviours", "winter", "iitdelhi-like", "bingo-like", "unisheff", "llscp-like", "astra")
PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
SHARES = {"networks": 0.35, "prediction": 0.35, "training": 0.2, "balance": 0.1}
"""Of the time, by part."""

TINY = {"cnr-iemn": {"image_size": "64"}, "thesaviours": {"image_size": "64"}}
SECONDS = 2.0
"""That one network is timed in one precision."""

Row = dict[str, Any]


def rate(work: Callable[[], object], device: str, items: int) -> float:
    """Items per second over `SECONDS`, after two calls that do not count."""
    import torch

    def done() -> None:
        work()
        if device == "cuda":
            torch.cuda.synchronize()

    done()
    done()
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        done()
        calls += 1
    return calls * items / (time.perf_counter() - start)


def peak_gib(device: str, *, reset: bool = False) -> float | None:
    """Of the GPU's memory, since it was last reset."""
    import torch

    if device != "cuda":
        return None
    if reset:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    return torch.cuda.max_memory_allocated() / 2**30


def networks(options: argparse.Namespace) -> Iterator[Row]:
    from spgc.systems.cnr_iemn.config import BACKBONES

    names = list(BACKBONES)
    for backbone in names[:1] if options.tiny else names:
        yield from _system(options, "cnr-iemn", {"backbones": backbone}, backbone)
    for name in RIVALS[4:5] if options.tiny else RIVALS:
        yield from _system(options, name, {}, name)


def _system(options: argparse.Namespace, name: str, asked: Row, label: str) -> Iterator[Row]:
    """The networks of one system together, in every precision that the device has."""
    from spgc.errors import SpgcError

    asked = {"weights": "none", **asked, **(TINY.get(name, {}) if options.tiny else {})}
    if name == "astra":
        asked["encoder"] = "random"
        del asked["weights"]
    for precision in PRECISIONS:
        row: Row = {"part": "networks", "networks": label, "precision": precision}
        try:
            yield {**row, **_timed(name, asked, precision, options.device)}
        except SpgcError as error:
            yield {**row, "refused": str(error)}


def _timed(name: str, asked: Row, precision: str, device: str) -> Row:
    """Slices or scans per second of a system's networks. Raises SpgcError for what can't be had."""
    import numpy as np

    from spgc.nets.device import Runtime
    from spgc.nets.engines.choice import build_engine, build_row_engine, choose
    from spgc.nets.volumes.volume_networks import HasVolumeNetworks
    from spgc.systems.registry import system_named

    runtime = Runtime(device, precision, engine="torch")
    choice = choose(runtime)
    peak_gib(choice.device, reset=True)
    system: Any = system_named(name).create(asked, runtime)
    if isinstance(system, HasVolumeNetworks):
        made = system.untrained_volume_networks()
        volume = np.zeros((1, *made.shape), np.float32)
        rows = build_row_engine(choice, made, None)
        found = rate(lambda: [rows.outputs(n, volume) for n in made.names], choice.device, 1)
        return {"scans_per_second": found, "peak_gib": peak_gib(choice.device)}
    nets, batch = system.untrained_networks(), choice.batch
    images = {side: np.zeros((batch, 3, side, side), np.float32) for side in nets.sizes.values()}
    places, engine = np.zeros((batch, 2), np.float32), build_engine(choice, nets, None)
    found = rate(
        lambda: [engine.logits(n, images[side], places, batch) for n, side in nets.sizes.items()],
        choice.device,
        batch,
    )
    return {"slices_per_second": found, "batch": batch, "peak_gib": peak_gib(choice.device)}


def prediction(options: argparse.Namespace) -> Iterator[Row]:
    """A system of random weights over a cohort, its scans read first and then all stored."""
    import contextlib

    from spgc.phantoms.cohort import write_cohort
    from spgc.phantoms.plan import CohortPlan

    each = 1 if options.tiny else max(1, options.scans // 3)
    plan = CohortPlan(
        {"train": (2, 2, 2), "val": (1, 1, 1), "test2": (each, each, each)},
        slices=(5, 6) if options.tiny else (120, 160),
        size=128 if options.tiny else 512,
    )
    place = Path(options.folder)
    write_cohort(place / "data", plan, seed=1)
    known = ["--data", str(place / "data"), "--model", str(place / "model"), "--device"]
    known += [options.device]
    small = ["--image-size", "64"] if options.tiny else []
    words = ["--preset", "demo", "--weights", "none", "--epochs", "1", *small]
    spgc("train", *known, "--store", str(place / "trained"), *words)
    for name in ("from DICOM", "from the store"):
        for answers in (place / "store").glob("answers/*.slices"):
            with contextlib.suppress(OSError):
                answers.unlink()
        start = time.perf_counter()
        out = ["--store", str(place / "store"), "--out", str(place / "out"), "--split", "test2"]
        spgc("predict", *known, *out, "--engine", "torch")
        seconds = time.perf_counter() - start
        run = json.loads((place / "out" / "submission.run.json").read_text())["run"]
        stages = {stage["stage"]: stage["seconds"] for stage in run["stages"]}
        waiting = stages.get("networks waiting for slices", 0.0)
        yield {
            "part": "prediction",
            "run": name,
            "scans": run["scans"],
            "slices": run["slices"],
            "seconds": seconds,
            "waiting_share": waiting / run["seconds"],
            "stages": stages,
            "peak_memory_gib": run["peak_memory_gib"],
            "hardware": run["hardware"],
        }


def training(options: argparse.Namespace) -> Iterator[Row]:
    """`benchmarks/training.py`'s rounds, a backbone at a time."""
    import torch
    from training import compare, write_store  # the script beside this one

    from spgc.bench.busy import busy
    from spgc.nets.device import Runtime
    from spgc.systems.cnr_iemn.config import BACKBONES

    precision = "fp32" if options.device == "cpu" else "bf16"
    runtime = Runtime(options.device, precision, workers=-1)
    asked = argparse.Namespace(batch_size=2 if options.tiny else 64, steps=1 if options.tiny else 8)
    asked.rounds = 1 if options.tiny else 3
    scan = write_store(Path(options.folder) / "store")
    with runtime.training(), busy(0):
        for name in BACKBONES[:1] if options.tiny else BACKBONES:
            peak_gib(options.device, reset=True)
            row = compare(name, scan, runtime, asked, time.monotonic() + options.seconds)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            yield {"part": "training", **row._asdict(), "peak_gib": peak_gib(options.device)}


def balance(options: argparse.Namespace) -> Iterator[Row]:
    """Reading and lungs of many scans by 1, 2, 4, ... processes, in slices per second."""
    from spgc.bench.scan_stages import PHANTOM_SLICES, phantom_series
    from spgc.ct.preprocess import preprocess
    from spgc.ct.store import SliceStore
    from spgc.jobs.cores import usable_cores

    place = Path(options.folder)
    source = phantom_series(place / "phantom")
    jobs = 1
    while jobs <= usable_cores():
        folders = {f"P{n}": source for n in range(2 if options.tiny else 4 * jobs)}
        start = time.perf_counter()
        preprocess(folders, SliceStore(place / f"store-{jobs}"), jobs=jobs)
        seconds = time.perf_counter() - start
        rate_of = len(folders) * PHANTOM_SLICES / seconds
        yield {"part": "balance", "jobs": jobs, "slices_per_second": rate_of}
        jobs *= 2


def spgc(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "spgc", *words, "--quiet"], check=True, stdout=2)


PARTS = {
    "networks": networks,
    "prediction": prediction,
    "training": training,
    "balance": balance,
}


def in_time(part: str, options: argparse.Namespace, folder: str) -> list[Row]:
    """The rows of a part that came before its time was up."""
    seconds = 60 * options.minutes * SHARES[part]
    words = [sys.executable, __file__, "--only", part, "--folder", folder, f"--seconds={seconds}"]
    words += ["--device", options.device, "--scans", str(options.scans)]
    words += ["--tiny"] if options.tiny else []
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            out, _ = process.communicate()
    rows = [json.loads(line) for line in out.splitlines()]
    if process.returncode:
        rows.append({"part": part, "ended": process.returncode, "after_seconds": seconds})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--minutes", type=float, default=14.0)
    parser.add_argument("--scans", type=int, default=90)
    parser.add_argument("--tiny", action="store_true", help="as little of each as there can be")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=60.0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        for row in PARTS[options.only](options):
            print(json.dumps(row), flush=True)
        return
    rows: list[Row] = []
    for part in PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for row in in_time(part, options, folder):
                rows.append(row)
                print(json.dumps(row), flush=True)
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
