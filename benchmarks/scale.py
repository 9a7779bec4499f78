"""How commands grow with the number of cases: processor seconds and peak memory at each size.

    python benchmarks/scale.py cases                       # manifests of up to a million cases
    python benchmarks/scale.py folders                     # data folders of up to 100,000 scans
    python benchmarks/scale.py store                       # slice stores of up to 100,000 scans
    python benchmarks/scale.py cases --sizes 1000 10000 --json

Everything is SYNTHETIC and as small as it can be: rows of a table, scan folders of 20 DICOM files
of some 200 bytes each, stored scans of one slice whose arrays are links to one file (100,000 take
some 3 GB of metadata; `--folder` says where). Each command runs as a process of its own, as users
run it, its start included. Beside its figures stands the growth since the size before, divided by
the growth in cases: 1 is a straight line, below 1 is less, and 10 would be a square.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tabulate import tabulate


@dataclass
class Spent:
    """What one command took at one size."""

    command: str
    cases: int
    seconds: float
    processor: float
    mebibytes: float


def spent(command: str, cases: int, words: Sequence[str]) -> Spent:
    """Run a command as a process of its own; exit code 1 may be its answer."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    complaints = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1) or b"Traceback" in complaints:
        raise SystemExit(f"{command}: {complaints.decode(errors='replace')[-2000:]}")
    if process.returncode and complaints:
        print(f"{command}: {complaints.decode(errors='replace')[:300]}", file=sys.stderr)
    seconds = time.perf_counter() - start
    return Spent(command, cases, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(part: str, sizes: Sequence[int], folder: Path | None, without: str) -> Iterator[Spent]:
    """The commands of a part at each size, the inputs of one size on disk at a time."""
    for cases in sizes:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            start = time.perf_counter()
            commands = write(part, name, cases)
            note(f"{cases:,} cases written in {time.perf_counter() - start:.0f} s")
            for command, words in commands.items():
                if without and without in command:
                    continue
                yield (found := spent(command, cases, words))
                note(f"  {command}: {found.processor:.1f} processor s, {found.mebibytes:.0f} MiB")


def write(part: str, root: str, cases: int) -> Mapping[str, Sequence[str]]:
    """Write the inputs; the commands that are measured on them."""
    words = [sys.executable, str(Path(__file__).with_name("scale_inputs.py")), part, root]
    done = subprocess.run([*words, str(cases)], check=True, stdout=subprocess.PIPE)
    commands: Mapping[str, Sequence[str]] = json.loads(done.stdout)
    return commands


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def table(found: Sequence[Spent]) -> str:
    rows = []
    for command in dict.fromkeys(one.command for one in found):
        before: Spent | None = None
        for one in (one for one in found if one.command == command):
            more = growth(before, one) if before else ""
            rows.append(
                [command, f"{one.cases:,}", one.seconds, one.processor, one.mebibytes, more]
            )
            before = one
    head = ["command", "cases", "seconds", "processor s", "peak MiB", "growth"]
    return tabulate(
        rows, head, floatfmt=(".1f",) * 4 + (".0f", ".2f"), disable_numparse=[1], tablefmt="github"
    )


def growth(before: Spent, one: Spent) -> float:
    return one.processor / before.processor / (one.cases / before.cases)


SIZES = {
    "cases": (1_000, 10_000, 100_000, 1_000_000),
    "folders": (1_000, 10_000, 100_000),
    "store": (1_000, 10_000, 100_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=SIZES)
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of cases, rising")
    parser.add_argument("--folder", type=Path, help="where the inputs are written")
    parser.add_argument("--without", default="", help="leave out the commands with this in them")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = list(
        measured(
            options.part, options.sizes or SIZES[options.part], options.folder, options.without
        )
    )
    print(json.dumps([asdict(one) for one in found], indent=1) if options.json else table(found))


if __name__ == "__main__":
    main()
