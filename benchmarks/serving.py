"""Load on a leaderboard server over the loopback: rate, waiting times and memory.

    python benchmarks/serving.py                        # 100 teams, 10,000 submissions
    python benchmarks/serving.py --teams 10 --submissions 300 --at-once 4 --json

A challenge with 300 made-up cases, feedback by the Ladder, is served by `spgc serve run` in a
process of its own; as many threads as `--at-once` send files of all teams over connections that
stay open, and look at the board now and then. Every submission is read, scored, stored and logged,
and is on the disk before it is answered. Prints submissions per second, the median and the 99th
percentile of their waiting times, the same of looks at the board, the memory and processor time of
the server, what the page takes once the results are revealed (with groups and intervals of ranks,
made once), and how long the audit takes. Exits 1 when a submission is not taken, or the audit finds
a fault.

Client and server share the machine: nothing else should run. Some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from spgc.organising.new_challenge import NewChallenge, init
from spgc.serving.audit_server import audit_server
from spgc.serving.challenge_states import change_state
from spgc.serving.database import Database
from spgc.serving.new_server import NewServer, init_server
from spgc.serving.tokens import new_token

CLASSES = ("rose", "tulip", "aster")

CASES = 300

LOOK_EVERY = 50
"""Submissions of a thread between two looks at the board."""


@dataclass(frozen=True)
class Load:
    """What is sent: teams with their tokens, files each, and threads that send."""

    tokens: Sequence[str]
    each: int
    at_once: int


@dataclass
class Waits:
    """Seconds that each answer took, and answers that were none of success."""

    submissions: list[float] = field(default_factory=list)
    boards: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """One run; waits in milliseconds, memory in MiB."""

    teams: int
    submissions: int
    at_once: int
    refused: int
    per_second: float
    p50: float
    p99: float
    board_p50: float
    board_p99: float
    peak_memory: float
    processor_seconds: float
    revealed_processor_seconds: float
    revealed_again_ms: float
    file_size: float
    audit_seconds: float
    audit_good: bool
    processors: int
    python: str
    load_average: float


def made_server(folder: Path, teams: int, each: int) -> tuple[Path, list[str]]:
    """A served challenge that is open, and a token for each team."""
    drawn = random.Random(1)  # noqa: S311 - no secret
    rows = "".join(f"P{number:04d},{drawn.choice(CLASSES)}\n" for number in range(CASES))
    (folder / "labels.csv").write_text(f"Study,Label\n{rows}")
    challenge = folder / "challenge"
    init(challenge, NewChallenge(folder / "labels.csv", "Load"))
    place = challenge / "public" / "challenge.toml"
    text = place.read_text("utf-8").replace("submissions = 10 ", f"submissions = {each} ")
    place.write_text(text.replace("per_day = 2", f"per_day = {each}"), "utf-8")
    path = folder / "load.db"
    init_server(path, NewServer(challenge))
    with closing(Database(path)) as database:
        tokens = [new_token(database, f"team {number}") for number in range(teams)]
        change_state(database, "open")
    return path, tokens


def submission(seed: int) -> bytes:
    """A file of random answers, another one for each seed."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    rows = "".join(f"P{number:04d},{drawn.choice(CLASSES)}\n" for number in range(CASES))
    return f"Study,Label\n{rows}".encode()


def send(port: int, load: Load, thread: int, waits: Waits) -> None:
    """The share of one thread: its teams in turn, over one connection."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as made:
        count = 0
        for number in range(load.each):
            for team in range(thread, len(load.tokens), load.at_once):
                content = submission(number * len(load.tokens) + team)
                head = {
                    "Authorization": f"Bearer {load.tokens[team]}",
                    "Content-Type": "text/csv",
                }
                status, waited = ask(made, "POST", "/api/submissions", content, head)
                waits.submissions.append(waited)
                if status != 201:
                    waits.refused.append(status)
                count += 1
                if count % LOOK_EVERY == 0:
                    waits.boards.append(ask(made, "GET", "/api/board")[1])


def ask(
    made: HTTPConnection,
    method: str,
    path: str,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, float]:
    """Status of an answer, and the seconds until all of it was there."""
    start = time.perf_counter()
    made.request(method, path, content, headers or {})
    answer = made.getresponse()
    answer.read()
    return answer.status, time.perf_counter() - start


def used(process: int) -> tuple[float, float]:
    """Peak memory in MiB and processor seconds of a process, where the system tells (Linux)."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan"), float("nan")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(folder: Path, teams: int, submissions: int, at_once: int) -> Measured:
    """Serve, send, audit."""
    each = max(1, submissions // teams)
    path, tokens = made_server(folder, teams, each)
    words = ["serve", "run", str(path), "--port", "0", "--quiet"]
    server = subprocess.Popen(
        [sys.executable, "-m", "spgc", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split(" (")[0].rpartition(":")[2])
        load, waits = Load(tokens, each, at_once), Waits()
        threads = [
            threading.Thread(target=send, args=(port, load, number, waits))
            for number in range(at_once)
        ]
        start = time.perf_counter()
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        took = time.perf_counter() - start
        memory, processor = used(server.pid)
        revealed, again = look_at_end(path, port, server.pid)
    finally:
        server.terminate()
        server.wait(30)
    start = time.perf_counter()
    found = audit_server(path)
    audit_took = time.perf_counter() - start
    return Measured(
        teams,
        len(waits.submissions),
        at_once,
        len(waits.refused),
        len(waits.submissions) / took,
        *percentiles(waits.submissions),
        *percentiles(waits.boards),
        memory,
        processor,
        revealed,
        again,
        path.stat().st_size / 2**20,
        audit_took,
        found.good and found.submissions == len(waits.submissions),
        os.cpu_count() or 0,
        platform.python_version(),
        os.getloadavg()[0],
    )


def look_at_end(path: Path, port: int, process: int) -> tuple[float, float]:
    """Processor seconds of the first look at the page once all is shown, and ms of the second."""
    with closing(Database(path)) as database:
        change_state(database, "close")
        change_state(database, "reveal")
    before = used(process)[1]
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as made:
        ask(made, "GET", "/")
        first = used(process)[1] - before
        return first, 1000 * ask(made, "GET", "/")[1]


def percentiles(waits: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    if len(waits) < 2:
        return float("nan"), float("nan")
    cuts = statistics.quantiles(waits, n=100, method="inclusive")
    return 1000 * cuts[49], 1000 * cuts[98]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--teams", type=int, default=100)
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        made = measured(Path(name), asked.teams, asked.submissions, asked.at_once)
    if asked.json:
        print(json.dumps(asdict(made), indent=2))
    else:
        for key, value in asdict(made).items():
            shown = f"{value:,.1f}" if isinstance(value, float) else value
            print(f"{key.replace('_', ' '):18} {shown}")
    return 0 if made.audit_good and not made.refused else 1


if __name__ == "__main__":
    sys.exit(main())
