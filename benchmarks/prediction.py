"""`spgc predict` from DICOM to submission, process start included, beside the plain way.

    python benchmarks/prediction.py SERIES MODEL                      # 1 and 10 scans, plain: 1
    python benchmarks/prediction.py SERIES MODEL --plain-scans 10     # the plain way on all ten
    python benchmarks/prediction.py SERIES MODEL --scans 1 8 64 --no-plain --precision bf16

SERIES is a folder of `.dcm` files, or several joined by commas; copies of them under other names
make many scans. Both ways run as processes of their own, in turn. Without `--plain-scans` for all,
the plain time of more scans is its seconds per slice of one scan times their slices (it does
nothing ahead, so it grows in a straight line). One scan is answered `--repeat` times, nothing of
it kept in between, and the median counts. Prints seconds, peak memory and ratio for each number of
scans, then every slice whose label differs, with the margin that the plain way had between its
first and second class.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tabulate import tabulate

from spgc.protocol import CLASSES
from spgc.scoring.intervals import clopper_pearson

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ran:
    """One process: seconds from start to end and GiB at its peak, with its children."""

    seconds: float
    memory: float
    out: Path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("series", type=lambda text: [Path(part) for part in text.split(",")])
    parser.add_argument("model", type=Path)
    parser.add_argument("--scans", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--plain-scans", type=int, default=1)
    parser.add_argument("--no-plain", action="store_true")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report(options, Path(scratch))


def report(options: argparse.Namespace, scratch: Path) -> None:
    words = ["--engine", options.engine, "--precision", options.precision]
    warm = ours(cases(options.series, 1, scratch / "warm"), options.model, scratch / "warm", words)
    print(f"first run with this model, networks converted: {warm.seconds:.1f} s", flush=True)
    engines = (scratch / "warm" / "store" / "engines").rename(scratch / "engines")
    rows, plain_slice = [], 0.0
    for number in options.scans:
        place = scratch / f"scans{number}"
        data = cases(options.series, number, place)
        slices = sum(len(list(case.glob("*.dcm"))) for case in data.iterdir())
        mine = median(
            ours_anew(data, options.model, place, words, engines)
            for _ in range(options.repeat if number == 1 else 1)
        )
        cells = [number, slices, mine.seconds, 1e3 * mine.seconds / slices, mine.memory]
        if not options.no_plain:
            if number <= options.plain_scans or not plain_slice:
                plainly = plain(data, options.model, place)
                plain_slice = plainly.seconds / slices
                compare(plainly.out, mine.out)
            cells += [plain_slice * slices, plain_slice * slices / mine.seconds]
            cells.append("measured" if number <= options.plain_scans else "from fewer")
        rows.append(cells)
        shutil.rmtree(place)
        print(tabulate([cells]), flush=True)
    heads = ["scans", "slices", "seconds", "ms/slice", "GiB", "plain seconds", "times faster", ""]
    print(tabulate(rows, heads[: len(rows[0])], floatfmt=".1f"))
    if len(rows) > 1:
        straight_line(rows)


def cases(series: Sequence[Path], number: int, place: Path) -> Path:
    """A data folder with `number` scans, copies of `series` in turn."""
    data = place / "data"
    for index in range(number):
        shutil.copytree(series[index % len(series)], data / f"case{index:03d}")
    return data


def ours(data: Path, model: Path, place: Path, words: Sequence[str]) -> Ran:
    out = place / "ours"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "spgc",
        "predict",
        "--data",
        data,
        "--store",
        place / "store",
        "--model",
        model,
        "--out",
        out,
        "--slices",
        out / "slices.csv",
        "--quiet",
        *words,
    ]
    return run(command, out)


def ours_anew(data: Path, model: Path, place: Path, words: Sequence[str], engines: Path) -> Ran:
    """As if these scans were new, with networks that are converted already."""
    store = place / "store"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    engines.rename(store / "engines")
    os.sync()  # or the disk would be writing copies of the scans while the clock runs
    try:
        return ours(data, model, place, words)
    finally:
        (store / "engines").rename(engines)


def median(runs: Iterable[Ran]) -> Ran:
    """The run of middle length; with several, their seconds are printed."""
    ordered = sorted(runs, key=lambda ran: ran.seconds)
    if len(ordered) > 1:
        print("seconds:", *(f"{ran.seconds:.1f}" for ran in ordered), flush=True)
    return ordered[len(ordered) // 2]


def plain(data: Path, model: Path, place: Path) -> Ran:
    out = place / "plain"
    return run([sys.executable, HERE / "plain_prediction.py", data, model, out], out)


def run(command: Sequence[str | Path], out: Path) -> Ran:
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {command}")
    return Ran(time.perf_counter() - start, usage.ru_maxrss / 2**20, out)


def compare(plainly: Path, mine: Path) -> None:
    """Patients' and slices' labels of both ways."""
    with np.load(plainly / "plain.npz") as file:
        expected = {name: file[name] for name in file.files}
    patients = json.loads((plainly / "plain.json").read_text())
    answered = {
        row["Study"]: row["Label"]
        for row in csv.DictReader((mine / "submission.csv").read_text().splitlines())
    }
    same = sum(label.lower() == answered[case].lower() for case, label in patients.items())
    print(f"patients with the same label: {same} of {len(patients)}")
    differing = list(differences(expected, mine / "slices.csv"))
    total = sum(len(table) for table in expected.values())
    low, high = clopper_pearson(total - len(differing), total)
    print(
        f"slice labels equal: {total - len(differing)} of {total} "
        f"({1 - len(differing) / total:.2%}, 95 % {low:.2%} to {high:.2%})"
    )
    for line in differing:
        print("  " + line)


def differences(expected: dict[str, np.ndarray], slices: Path) -> Iterator[str]:
    with slices.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = f"{row['case']}/{row['backbone']}"
            probabilities = expected[name][int(row["slice"]) - 1]  # counted from 1
            label = CLASSES[int(probabilities.argmax())]
            if label != row["label"]:
                second, most = np.sort(probabilities)[-2:]
                yield (
                    f"{name} slice {row['slice']}: {label} became {row['label']}, "
                    f"margin {most - second:.4f}"
                )


def straight_line(rows: Sequence[Sequence[float]]) -> None:
    """Seconds as a + b · slices, least squares, and how far each number of scans is from it."""
    slices, seconds = (np.array([float(row[k]) for row in rows]) for k in (1, 2))
    slope, start = np.polyfit(slices, seconds, 1)
    off = np.abs(seconds - (start + slope * slices)) / seconds
    print(
        f"straight line: {start:.1f} s + {1e3 * slope:.1f} ms a slice; off by at most "
        f"{off.max():.0%}"
    )


if __name__ == "__main__":
    main()
