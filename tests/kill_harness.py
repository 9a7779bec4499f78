"""Kill commands at random moments, run them again, and compare with what was never killed.

    python tests/kill_harness.py                          # make kills: 200 kills or an hour
    python tests/kill_harness.py --kills 50 --first 120   # goes on where another run was ended
    python tests/kill_harness.py --only train predict --seed 7
    python tests/kill_harness.py --only networks          # those that train or ask networks

Each kill draws, from the seed and its number alone, a command, SIGKILL, SIGTERM, SIGINT or SIGHUP,
whether the main process gets it or all of them, and a moment of the command's usual time. Then:

- the exit code is the signal's, and at most one line on stderr is no progress;
- within some seconds no process of the command is left;
- every file that is there under its own name is whole: the same bytes as without a kill;
- the same command again ends well, with the same files, bytes and answers as without a kill.

Prints each kill with its faults, and kills by command and signal; ends with 1 after a fault.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tabulate import tabulate

from spgc.files.shipped import manifests_dir

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a program, not by pytest
from tests.killed_commands import FAST, NETWORKS, SIZE, SLOW, Command, commands

SIGNALS = {signal.SIGKILL: 5, signal.SIGTERM: 4, signal.SIGINT: 4, signal.SIGHUP: 2}
"""How often each is drawn."""

THOROUGH = 20
"""Kills from which on it is worth the time to find out what differs without any."""

GONE_SECONDS = 15.0
"""How long a busy machine may take to end what a killed command started."""

FAST_SHARE = 3.0
"""How much more often one of `FAST` is drawn than one of `SLOW`."""

_PROGRESS = re.compile(r"[^:]{1,80}: \d+/\d+, \d+ s\b")
"""A line of progress, whatever is being done."""

NOISE = (
    "preprocess: ",
    "drawing phantoms: ",
    "Next: ",
    "remark on ",
    "SYNTHETIC",
    "counting",
    "slices of scans: ",
    "training ",
    "networks: ",
    "int8 is no faster",
    "lung density: ",
)
"""How progress and remarks begin."""

TIMED = ("run.json", "training.csv")
"""Files that hold how long a run took."""

_GROWING = ("training.csv", ".best.safetensors", "MODEL_CARD.md", "card.json")
"""Files that are written more than once on the way to what they are in the end."""


def contents(place: Path, command: Command) -> dict[str, bytes]:
    """Files under their own names: no drafts, no hidden ones, no checkpoint of half a training."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for folder in command.writes
        for path in sorted((place / folder).rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.parts[-6:])
        and "progress" not in path.name
    }


def start(command: Command, place: Path) -> subprocess.Popen[str]:
    """The command as the leader of a group of its own, which hears every signal."""

    def heed() -> None:
        for number in SIGNALS:
            if number != signal.SIGKILL:
                signal.signal(number, signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-m", "spgc", *command.words],
        cwd=place,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=heed,
        env=os.environ | {"NO_COLOR": "1", "PYTHONWARNINGS": "default"},
    )


def finish(command: Command, place: Path) -> tuple[str, str]:
    """Run the command to its end: what it printed, and why that is wrong or nothing."""
    process = start(command, place)
    out, err = process.communicate(timeout=600)
    return out, "" if process.returncode == 0 else f"exit {process.returncode}: {err[-300:]}"


def prepare(work: Path, names: list[str], *, twice: bool) -> dict[str, Command]:
    """Run every needed command without a kill.

    twice: and once more: what differs between both is no fault. Without, only `TIMED` may differ.
    """
    wanted = {}
    first, second = work / "first", work / "second"
    recipe = (manifests_dir() / "phantoms.toml").read_text() + SIZE
    for place in (first, second):
        place.mkdir()
        (place / "r.toml").write_text(recipe)
    for name, command in commands().items():
        if name not in names and name not in _makers(_needed(names)):
            continue
        begin = time.monotonic()
        command.out, fault = finish(command, first)
        command.seconds = time.monotonic() - begin
        if fault:
            sys.exit(f"{name} fails without a kill: {fault}")
        command.files = contents(first, command)
        if twice:
            finish(command, second)
        again = contents(second, command) if twice else {}
        command.varying = frozenset(
            name
            for name, content in command.files.items()
            if (again.get(name) != content if twice else name.endswith(TIMED))
        )
        for folder in command.writes:  # stores grow: each command gets what was there then
            shutil.copytree(first / folder, work / f"after-{name}" / folder)
        wanted[name] = command
    return wanted


def _needed(names: list[str]) -> set[str]:
    """Folders that must be made for these commands, and for those that make them."""
    needed: set[str] = set()
    for name, command in reversed(commands().items()):
        if name in names or name in _makers(needed):
            needed |= set(command.needs)
    return needed


def _makers(folders: set[str]) -> set[str]:
    """The first command that writes each of these folders."""
    return {next(n for n, c in commands().items() if folder in c.writes) for folder in folders}


def scene(work: Path, name: str, command: Command, place: Path) -> None:
    """A new folder with what the command needs, as the commands before left it."""
    place.mkdir()
    shutil.copy(work / "first" / "r.toml", place)
    for folder in command.needs:
        makers = [n for n, c in commands().items() if folder in c.writes]
        before = [n for n in makers if list(commands()).index(n) < list(commands()).index(name)]
        source = next(s for n in reversed(before) if (s := work / f"after-{n}" / folder).exists())
        shutil.copytree(source, place / folder)


def kill(command: Command, place: Path, rng: np.random.Generator, number: int) -> Iterator[str]:
    """Start the command, kill it, let it finish anew; every fault, in words."""
    process, command.killed = start(command, place), False
    whole_group = bool(rng.random() < 0.5)
    time.sleep(float(rng.uniform(0, command.seconds)))
    if process.poll() is None:
        (os.killpg if whole_group else os.kill)(process.pid, number)
        command.killed = True
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        yield "did not stop within 60 s"
        return
    if "Traceback" in err and "spgc" not in err:
        return  # Python itself was still starting
    allowed = {-number, 128 + number} if command.killed else set()
    allowed |= {0}  # it was through; a bare signal: Python had not begun
    if process.returncode not in allowed:
        yield f"exit code {process.returncode}"
    lines = [line for line in err.splitlines() if not line.startswith(NOISE)]
    lines = [line for line in lines if not _PROGRESS.match(line)]
    one = [line[:8] for line in lines] == ["Stopped."]
    silent = not lines and "--json" in command.words
    if process.returncode == 128 + number and not (one or silent):
        yield f"said {err[-600:]!r}"
    if "Traceback" in err or "terminate called" in err or "Warning" in err:
        yield f"complained: {err[-600:]!r}"
    if not _all_gone(process.pid):
        yield "left processes behind"
    for name, content in contents(place, command).items():
        if name in command.varying or name.endswith(_GROWING):
            continue
        if command.files.get(name) != content and not _older(command, place, name, content):
            yield f"{name} is not whole"


def _older(command: Command, place: Path, name: str, content: bytes) -> bool:
    """Whether the file is what stood there before the command began."""
    old = place.with_name(place.name + "-before") / name
    return old.is_file() and old.read_bytes() == content


def resume(command: Command, place: Path) -> Iterator[str]:
    """Run the command again to its end; every difference to a run that was never killed."""
    out, fault = finish(command, place)
    if fault:
        yield f"again: {fault}"
        return
    found = contents(place, command)
    for name in found.keys() ^ command.files.keys():
        yield f"again: {name} is {'left over' if name in found else 'missing'}"
    for name in found.keys() & command.files.keys() - command.varying:
        if found[name] != command.files[name]:
            yield f"again: {name} differs"
    if not command.writes and out != command.out:
        yield "again: the answer differs"


def _all_gone(group: int) -> bool:
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return False


def run(work: Path, names: list[str], seed: int, numbers: range, minutes: float) -> list[str]:
    """Kill until all numbers or the minutes are through; print counts and return the faults."""
    ready = prepare(work, names, twice=len(numbers) >= THOROUGH)
    faults, counts = [], Counter[tuple[str, str]]()
    weights = np.array([1.0 if name in SLOW else FAST_SHARE for name in names])
    signals, shares = list(SIGNALS), np.array(list(SIGNALS.values()), float)
    end = time.monotonic() + 60 * minutes
    for number in numbers:
        if time.monotonic() > end:
            print(f"out of time: go on with --first {number}")
            break
        rng = np.random.default_rng([seed, number])
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        sent = signals[int(rng.choice(len(signals), p=shares / shares.sum()))]
        place = work / f"kill-{number}"
        scene(work, name, ready[name], place)
        shutil.copytree(place, place.with_name(place.name + "-before"))
        told = [*kill(ready[name], place, rng, sent), *resume(ready[name], place)]
        faults += [f"kill {number}, {name}, {sent.name}: {fault}" for fault in told]
        said = "; ".join(told) or ("well" if ready[name].killed else "it was through before")
        print(f"kill {number}, {name}, {sent.name}: {said}", flush=True)
        counts[name, sent.name] += ready[name].killed
        for folder in (place, place.with_name(place.name + "-before")):
            shutil.rmtree(folder)
    _show(counts, names, {n: sorted(ready[n].varying) for n in names})
    return faults


def _show(
    counts: Counter[tuple[str, str]], names: list[str], varying: dict[str, list[str]]
) -> None:
    head = [s.name for s in SIGNALS]
    rows = [[n, *(counts[n, s] for s in head), sum(counts[n, s] for s in head)] for n in names]
    rows.append(["all", *(sum(counts[n, s] for n in names) for s in head), counts.total()])
    print(tabulate(rows, ["command", *head, "kills"]))
    for name, files in varying.items():
        if files:
            print(f"not compared, since two runs of {name} differ: {', '.join(files)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first kill")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0)
    known = [*FAST, *SLOW, NETWORKS]
    parser.add_argument("--only", nargs="+", choices=known, default=list(FAST + SLOW))
    options = parser.parse_args()
    only = {*options.only, *(SLOW if NETWORKS in options.only else ())}
    numbers = range(options.first, options.first + options.kills)
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in commands() if name in only]
        faults = run(Path(folder), names, options.seed, numbers, options.minutes)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
