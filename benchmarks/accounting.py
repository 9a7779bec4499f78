"""Where the core-seconds of `spgc predict` go: one table that adds up to cores × seconds.

    python benchmarks/accounting.py SERIES MODEL                  # ten scans
    python benchmarks/accounting.py SERIES MODEL --scans 1 10 --precision int8

SERIES is a folder of `.dcm` files, or several joined by commas; copies of them make ten scans. The
networks are converted before. A stage counts the CPU seconds of its own thread, networks also those
of OpenVINO's threads; what a process used beyond its stages, and what cores waited, are rows of
their own. The share that no stage explains is printed below the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prediction import cases
from tabulate import tabulate

from spgc.ct.scan_to_store import CHECKING, READING, SEGMENTING, STARTING, STORING
from spgc.jobs.cores import usable_cores

BEHIND = (STARTING, CHECKING, READING, SEGMENTING, STORING)
"""Stages of the processes that read, where there are several scans."""


@dataclass(frozen=True)
class Ran:
    """A whole process: its seconds, its CPU seconds with its children, and its record."""

    seconds: float
    cpu: float
    run: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("series", type=lambda text: [Path(part) for part in text.split(",")])
    parser.add_argument("model", type=Path)
    parser.add_argument("--scans", type=int, nargs="+", default=[10])
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    words = ["--engine", options.engine, "--precision", options.precision]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        warm = place / "warm"
        ran(cases(options.series, 1, warm), options.model, warm, words)
        engines = (warm / "store" / "engines").rename(place / "engines")
        for number in options.scans:
            own = place / f"scans{number}"
            data = cases(options.series, number, own)
            os.sync()  # or the disk would still be writing the copies
            shutil.copytree(engines, own / "store" / "engines")
            table(number, ran(data, options.model, own, words))


def ran(data: Path, model: Path, place: Path, words: Sequence[str]) -> Ran:
    out = place / "out"
    command = ["predict", "--data", data, "--store", place / "store", "--model", model]
    command += ["--out", out, *words]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "spgc", *map(str, command)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"spgc predict ended with {process.returncode}")
    record = json.loads((out / "submission.run.json").read_text())
    return Ran(seconds, usage.ru_utime + usage.ru_stime, record["run"])


def table(scans: int, done: Ran) -> None:
    run = done.run
    stages: dict[str, float] = {row["stage"]: row["cpu_seconds"] for row in run["stages"]}
    spent: dict[str, float] = run["cpu_seconds"]
    behind = {name: cpu for name, cpu in stages.items() if name in BEHIND and scans > 1}
    here = {name: cpu for name, cpu in stages.items() if name not in behind}
    own = spent["before"] + spent["during"]
    cores, slices = usable_cores(), run["slices"]
    rows = {
        "start of the process, until scans are read": spent["before"],
        **here,
        "no stage: this process, during the run": spent["during"] - sum(here.values()),
        **behind,
        "no stage: reading processes, and after the run": done.cpu - own - sum(behind.values()),
        "cores without work": cores * done.seconds - done.cpu,
    }
    whole = cores * done.seconds
    lines = [
        [name, cpu, 1e3 * cpu / slices, f"{cpu / whole:.1%}"]
        for name, cpu in [*rows.items(), ("whole: cores × seconds", whole)]
    ]
    heads = ["part", "core-seconds", "ms of core per slice", "share"]
    print(f"\n{scans} scans, {slices} slices, {done.seconds:.1f} s on {cores} cores, ", end="")
    print(f"{1e3 * done.seconds / slices:.1f} ms per slice")
    print(tabulate(lines, heads, floatfmt=".2f"))
    unknown = sum(cpu for name, cpu in rows.items() if name.startswith("no stage"))
    print(f"in no stage: {unknown / whole:.1%} of the whole")


if __name__ == "__main__":
    main()
