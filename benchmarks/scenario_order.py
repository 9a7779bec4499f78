"""The order of the paper's scenarios on SYNTHETIC phantoms: does a step help, and how sure is that?

    python benchmarks/scenario_order.py WORK                      # seeds 0 1 2; resumes in WORK
    python benchmarks/scenario_order.py WORK --seeds 3 4          # beside it, with cores to spare
    python benchmarks/scenario_order.py WORK --seeds 0 1 2 3 4    # all of them together

Draws the demo's cohort with more validation scans (`--val` of each class), trains Tables 1 to 4 at
the scale of `spgc reproduce --preset demo` once per seed, and checks them on every labelled slice.
Prints slices right by table and seed, and for each step (mask, copies, region task) the difference
to the table before on the same slices, with a 95 % interval that draws seeds and scans anew: luck
of training and luck of the scans. With few seeds such an interval is rather too narrow. Nothing in
it says anything about patients.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.nets.device import Runtime
from spgc.paper.density_rows import NAME as DENSITY
from spgc.paper.reproduction import Reproduction
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.recipe import plan_named
from spgc.protocol import CLASSES
from spgc.runs.scans import labelled_scans, prepare
from spgc.systems.cnr_iemn.scenarios import SCENARIOS, scale_named

TABLES = [name for name, scenario in SCENARIOS.items() if not scenario.patients]
RESAMPLES = 4000

Right = dict[tuple[str, str], NDArray[np.bool_]]
"""(K, N) by backbone and table: K seeds, N slices in one order."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--val", type=int, default=20, help="validation scans of each class")
    parser.add_argument("--backbones", nargs="+", default=["resnext50"])
    parser.add_argument("--precision", default="fp32")
    options = parser.parse_args()
    runs = [reproduction(options, seed) for seed in options.seeds]
    for run in runs:
        for table in TABLES:
            run.run(table)
            print(f"{run.out.name} {table} is there", flush=True)
    report([run.out for run in runs], options.backbones)


def reproduction(options: argparse.Namespace, seed: int) -> Reproduction:
    """The tables of one seed, on the same scans whatever the seed."""
    demo = plan_named("demo")
    counts = {"train": demo.counts["train"], "val": (options.val,) * len(CLASSES)}
    plan = dataclasses.replace(demo, counts=counts)  # type: ignore[arg-type]
    write_cohort(options.work / "phantoms", plan, seed=0, jobs=-1)
    dataset = open_dataset(options.work / "phantoms")
    cases = dataset.cases(None)
    prepared = prepare(dataset, cases, SliceStore(options.work / "store"), jobs=-1)
    train, val = (
        labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    )
    changes = {
        "seed": seed,
        "backbones": tuple(options.backbones),
        "normal_scans": sum(three[-1] for three in counts.values()),
    }
    runtime = Runtime("cpu", options.precision, workers=1, answers=options.work / "answers")
    return Reproduction(
        train, val, options.work / f"seed{seed}", scale_named("demo"), changes, runtime
    )


def report(folders: Sequence[Path], backbones: Sequence[str]) -> None:
    right: Right = {}
    scans: list[str] = []
    for table in TABLES:
        found = [slices_right(folder / table / "slices.csv") for folder in folders]
        for name in (*backbones, DENSITY):
            places = sorted(found[0][name])
            scans = [case for case, _ in places]
            right[name, table] = np.array([[one[name][place] for place in places] for one in found])
    print(
        f"\nSYNTHETIC: slices right of {len(scans)}, of {len(set(scans))} validation scans; "
        f"one number per seed"
    )
    print(tabulate(list(hits(right, backbones)), ["network", "table", "scenario", "right", "mean"]))
    print("\nSYNTHETIC: what each step changed, slices on average over seeds")
    rows = list(steps(right, backbones, np.asarray(scans)))
    print(tabulate(rows, ["network", "step", "by seed", "mean", "95 % interval"]))


def slices_right(path: Path) -> Mapping[str, Mapping[tuple[str, int], bool]]:
    """By backbone, then by case and slice."""
    found: dict[str, dict[tuple[str, int], bool]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            place = row["case"], int(row["slice"])
            found.setdefault(row["backbone"], {})[place] = row["truth"] == row["label"]
    return found


def hits(right: Right, backbones: Sequence[str]):  # type: ignore[no-untyped-def]
    for name in backbones:
        for table in TABLES:
            counts = right[name, table].sum(axis=1)
            yield name, table, SCENARIOS[table].title, " ".join(map(str, counts)), counts.mean()
    yield DENSITY, "", "baseline", str(right[DENSITY, TABLES[0]][0].sum()), None


def steps(right: Right, backbones: Sequence[str], scans: NDArray[np.str_]):  # type: ignore[no-untyped-def]
    for name in backbones:
        for before, after in itertools.pairwise(TABLES):
            change = right[name, after].astype(int) - right[name, before]
            low, high = interval(change, scans)
            yield (
                name,
                f"{before} to {after}: {SCENARIOS[after].title}",
                " ".join(f"{n:+d}" for n in change.sum(axis=1)),
                f"{change.sum(axis=1).mean():+.1f}",
                f"{low:+.0f} to {high:+.0f}",
            )


def interval(change: NDArray[np.int64], scans: NDArray[np.str_]) -> tuple[float, float]:
    """Of the mean over seeds of the summed (K, N) change; seeds and whole scans are drawn anew."""
    _, numbers = np.unique(scans, return_inverse=True)
    count = int(numbers.max()) + 1
    by_scan = np.stack([np.bincount(numbers, weights=row, minlength=count) for row in change])
    rng = np.random.default_rng(0)
    seeds = rng.multinomial(len(change), np.full(len(change), 1 / len(change)), RESAMPLES)
    drawn = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)
    sums = np.einsum("rk,kc,rc->r", seeds, by_scan, drawn) / len(change)
    low, high = np.percentile(sums, (2.5, 97.5))
    return float(low), float(high)


if __name__ == "__main__":
    main()
