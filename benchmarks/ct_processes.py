"""What a second process gains: whole scans, from files to stored slices, one process and two.

    python benchmarks/ct_processes.py FOLDER ...   # folders of one CT series each
    python benchmarks/ct_processes.py              # phantoms, written to a temporary folder

Every folder is done several times, each time into a fresh store. Runs with one and with two
processes alternate, and the fastest of each counts. Prints the gain with workers at hand, and with
their start (a second or two, once per command); then the memory of each process.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from tabulate import tabulate

from spgc.ct.preprocess import preprocess
from spgc.ct.store import SliceStore

PROCESSES = 2
PEAK_UNIT = 2**20 if sys.platform == "darwin" else 2**10
"""`ru_maxrss` counts bytes there and KiB elsewhere."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--scans", type=int, default=8, help="folders are taken in turn")
    parser.add_argument("--repeat", type=int, default=3, help="fastest of so many runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = options.folders or phantoms(Path(scratch) / "phantoms")
        scans = {f"scan{i}": folders[i % len(folders)] for i in range(options.scans)}
        compare(scans, Path(scratch), options.repeat)


def phantoms(root: Path) -> list[Path]:
    from spgc.phantoms.cohort import write_cohort
    from spgc.phantoms.plan import CohortPlan

    write_cohort(root, CohortPlan({"test2": (2, 1, 1)}, slices=(40, 40)), seed=0)
    return sorted({path.parent for path in root.rglob("*.dcm")})


def compare(scans: dict[str, Path], scratch: Path, repeat: int) -> None:
    stores = (SliceStore(scratch / f"store{number}") for number in range(9 * repeat))
    cold, one, two = [], [], []
    seconds(dict(list(scans.items())[:1]), next(stores), 1)  # loads code
    for _ in range(repeat):
        one.append(seconds(scans, next(stores), 1))
        get_reusable_executor().shutdown()
        cold.append(seconds(scans, next(stores), PROCESSES))
        two.append(seconds(scans, next(stores), PROCESSES))
    rows = [
        ["1 process", min(one), None],
        [f"{PROCESSES} processes", min(two), min(one) / min(two)],
        [f"{PROCESSES} processes with their start", min(cold), min(one) / min(cold)],
    ]
    print(f"{len(scans)} scans, fastest of {repeat}\n")
    print(tabulate(rows, ["", "s", "times as fast"], floatfmt=".2f"))
    peaks = Parallel(n_jobs=PROCESSES)(delayed(peak_mib)() for _ in range(PROCESSES))
    print(f"\npeak memory of a worker process: {max(peaks):.0f} MiB")


def seconds(scans: dict[str, Path], store: SliceStore, jobs: int) -> float:
    start = time.perf_counter()
    report = preprocess(scans, store, jobs=jobs)
    spent = time.perf_counter() - start
    if report.failures:
        raise SystemExit("\n".join(str(failure) for failure in report.failures.values()))
    return spent


def peak_mib() -> float:
    """Largest resident memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PEAK_UNIT


if __name__ == "__main__":
    main()
