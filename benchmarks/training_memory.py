"""Main memory of preprocessing, training and prediction at the full data set's size.

    python benchmarks/training_memory.py                       # all four backbones, on the CPU
    python benchmarks/training_memory.py --micro-batch 16 --backbones densenet161

Makes a slice store of 307 scans with 190 slices of 512 × 512 (58,330 slices) in a temporary folder:
one phantom, hard-linked 307 times, so that it takes the disk space of one scan. Each stage runs in
a process of its own and reports the peak of its resident memory:

- imports: torch, torchvision and spgc, nothing else;
- preprocess: one scan of 190 slices from JPEG Lossless files to the store; each job takes as much,
  however many scans there are;
- data: every slice of every scan as a sample, the paper's copies, one slice read from each scan,
  one epoch's order drawn: what grows with the data set;
- train BACKBONE: the loop, batches of 64 in micro-batches, on those data, for some steps;
- predict: two whole scans by all four networks with the engine that `spgc predict` would take;
  scans are let go one by one (`prediction.py` measures it over 64).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from tabulate import tabulate

from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.ct.store_entry import ARRAYS, FACTS, StoreEntry
from spgc.files.hashes import facts_digest
from spgc.phantoms.draw import draw_phantom
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import BACKBONES, Config

SCANS, SLICES = 307, 190
DRAWN = 19
"""Slices that are drawn; the scan repeats them."""

CONFIG = Config(weights="none", epochs=1)


def write_store(root: Path) -> None:
    """One scan, and 306 that share its arrays."""
    rng = np.random.default_rng(0)
    hu = np.tile(draw_phantom("COVID-19", rng, slices=DRAWN).hu, (SLICES // DRAWN, 1, 1))
    mask = (hu < -400) & (hu > -1000)
    store = SliceStore(root)
    positions = np.arange(SLICES, 0, -1, dtype=np.float64) * 2
    volume = Volume(hu, (2.0, 0.7, 0.7), positions, ())
    key = f"{'0' * 64}-{'0' * 64}"
    store.write(case(0), key, volume, mask, PreprocessSettings())
    for entry in (store.volume_entry, store.mask_entry):
        for number in range(1, SCANS):
            link_entry(entry(case(0), key), entry(case(number), key))


def link_entry(first: StoreEntry, other: StoreEntry) -> None:
    """The same arrays for another case."""
    other.folder.mkdir(parents=True)
    facts = first.facts() | {"case_id": other.case_id}
    facts["digest"] = facts_digest(facts)
    (other.folder / FACTS).write_text(json.dumps(facts))
    for path in (first.folder / ARRAYS).rglob("*"):
        target = other.folder / path.relative_to(first.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            os.link(path, target)


def case(number: int) -> str:
    return f"P{number:03d}"


def cohort(root: Path):
    """All scans, every slice labelled."""
    from spgc.contract.scan import LabelledScan
    from spgc.systems.cnr_iemn.learnt_slices import slice_samples

    store = SliceStore(root)
    marks = np.ones(SLICES, np.uint8)
    scans = [
        LabelledScan(case(n), store.read(case(n)), CLASSES[n % 3], marks, True)
        for n in range(SCANS)
    ]
    return scans, slice_samples(scans, frozenset(s.case_id for s in scans), CONFIG)


def data(root: Path, options: argparse.Namespace) -> str:
    from spgc.nets.slices.samples import SliceDataset
    from spgc.nets.training.schedule import Schedule
    from spgc.systems.cnr_iemn.train_backbones import copies_of, plan_of

    scans, samples = cohort(root)
    items = SliceDataset(scans, samples, 224, CONFIG.spec, copies_of(CONFIG))
    for scan in scans:
        scan.scan.slice(7)
    steps = Schedule(len(items), plan_of(CONFIG)).steps
    return f"{len(samples)} slices, {len(items)} images, {steps} steps an epoch"


def train(root: Path, backbone: str, options: argparse.Namespace) -> str:
    from spgc.nets.device import Runtime
    from spgc.nets.training import recorder
    from spgc.systems.cnr_iemn.train_backbones import train_backbone

    class EnoughError(Exception):
        pass

    def some(items, label, total=None):
        for number, item in enumerate(items):
            if number == options.steps:
                raise EnoughError
            yield item

    recorder.SAVE_EVERY = 0.0  # saving is part of the peak
    scans, samples = cohort(root)
    runtime = Runtime(options.device, workers=options.workers, micro_batch=options.micro_batch)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(EnoughError):
        train_backbone(
            backbone, (scans, samples), (scans, samples[:64]), CONFIG, runtime, Path(folder), some
        )
    return f"{options.steps} steps of 64 in parts of {options.micro_batch}"


def predict(root: Path, options: argparse.Namespace) -> str:
    from spgc.nets.device import Runtime
    from spgc.nets.slices.predictor import predictor
    from spgc.systems.cnr_iemn.network import build_slice_net

    digests = {name: name.encode().hex().ljust(64, "0") for name in BACKBONES}
    runtime = Runtime("cpu", "auto", engine="auto")
    slices = predictor(lambda name: build_slice_net(name).eval(), CONFIG.spec, runtime, digests)
    store = SliceStore(root)
    names = [case(0), case(1)]
    for _ in slices.predict_many((name, store.read(name)) for name in names):
        pass
    choice = slices.choice
    return f"two scans, {choice.engine} {choice.precision}, {choice.batch} slices at a time"


def preprocess(root: Path, options: argparse.Namespace) -> str:
    from spgc.ct.preprocess import preprocess as run
    from spgc.phantoms.dicom import write_series

    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as place:
        hu, _ = SliceStore(root).read(case(0)).arrays()
        folder = Path(place) / "scan"
        write_series(hu, folder, pixel_mm=0.7, slice_mm=2.0, style="ordered", rng=rng)
        del hu
        words = [
            "-m",
            "spgc",
            "preprocess",
            "--data",
            place,
            "--store",
            f"{place}/store",
            "--quiet",
        ]
        subprocess.run(
            [sys.executable, *words, "--jobs", "1"], stdout=subprocess.DEVNULL, check=True
        )
        assert run({"scan": folder}, SliceStore(Path(place) / "store")).reused
    return "one scan of 190 slices, in a process of its own"


def run_stage(options: argparse.Namespace) -> None:
    """What the process of one stage does; prints its peak in MiB and a remark."""
    import spgc.systems.cnr_iemn.train_backbones  # noqa: F401

    root, (stage, *name) = Path(options.store), options.stage.split(":")
    remark = ""
    if stage == "train":
        remark = train(root, name[0], options)
    elif stage != "imports":
        remark = {"data": data, "predict": predict, "preprocess": preprocess}[stage](root, options)
    who = resource.RUSAGE_CHILDREN if stage == "preprocess" else resource.RUSAGE_SELF
    peak = resource.getrusage(who).ru_maxrss / 1024
    print(f"{peak:.0f}\t{remark}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--backbones", nargs="*", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--micro-batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        run_stage(options)
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_store(Path(folder))
        stages = [
            "imports",
            "preprocess",
            "data",
            *(f"train:{name}" for name in options.backbones),
            "predict",
        ]
        for stage in stages:
            words = [sys.executable, *sys.argv, "--stage", stage, "--store", folder]
            done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
            peak, remark = done.stdout.rstrip("\n").split("\t")
            rows.append([stage, int(peak), remark])
            print(tabulate(rows[-1:], tablefmt="plain"), flush=True)
    print(tabulate(rows, ["stage", "peak MiB", "what"]))


if __name__ == "__main__":
    main()
