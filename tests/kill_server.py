"""Kill a leaderboard server under load again and again, and look for what was lost.

    python tests/kill_server.py               # make kills: 100 kills
    python tests/kill_server.py --kills 20 --seed 3

Four teams send files without a pause while the server is killed (SIGKILL) after a number of answers
that the seed draws, and started again. A team whose answer was cut off sends the same file again.
Then:

- every submission that was acknowledged is there, once, with what was said of it;
- no file of a team is there twice, and no team has more than its limit;
- the log's chain is whole and every submission scores as it did (`spgc serve audit`).

Ends with 1 after a fault.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from spgc.serving.audit_server import audit_server
from spgc.serving.database import Database
from tests.serving.flower_server import csv, guesses, served

TEAMS = ("Ada", "Ben", "Cid", "Dot")

LIMIT = 100_000

ANSWERS = (1, 60)
"""The fewest and the most answers between two kills."""


@dataclass
class Load:
    """What the teams send, what was acknowledged, and when the server is killed next."""

    tokens: dict[str, str]
    address: str = ""
    until_kill: int = 1
    answered: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    cut_off: int = 0
    refused: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, team: str, seed: int, stop: threading.Event) -> None:
        """Send files, each until it is acknowledged."""
        while not stop.is_set():
            content = csv(guesses(seed, right=0.2 + seed % 70 / 100))
            digest = hashlib.sha256(content).hexdigest()
            answer = self._once(team, content)
            if answer is None:
                stop.wait(0.05)
                continue
            with self.lock:
                self.answered[team, digest] = answer
                self.until_kill -= 1
                if self.until_kill <= 0:
                    self.enough.set()
            seed += len(TEAMS)

    def _once(self, team: str, content: bytes) -> dict[str, Any] | None:
        request = urllib.request.Request(  # noqa: S310 - this machine
            f"{self.address}/api/submissions",
            content,
            {"Authorization": f"Bearer {self.tokens[team]}", "Content-Type": "text/csv"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as made:  # noqa: S310
                found: dict[str, Any] = json.loads(made.read())["submission"]
                return found
        except urllib.error.HTTPError as error:
            with self.lock:
                self.refused.append(f"{error.code} {error.read()!r}")
        except (OSError, ValueError, urllib.error.URLError):
            with self.lock:
                self.cut_off += 1
        return None


def start(path: Path) -> tuple[subprocess.Popen[str], str]:
    """A server process of its own, and its address."""
    made = subprocess.Popen(
        [sys.executable, "-m", "spgc", "serve", "run", str(path), "--port", "0", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert made.stdout is not None
    line = made.stdout.readline()
    return made, line.split(" at ")[1].split()[0]


def kill_rounds(folder: Path, kills: int, seed: int) -> list[str]:
    """Kill a server so many times; the faults."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    server = served(folder, "ladder", TEAMS, submissions=str(LIMIT), per_day=str(LIMIT))
    server.desk.close()
    load, stop = Load(server.tokens), threading.Event()
    process, load.address = start(server.path)
    senders = [
        threading.Thread(target=load.send, args=(team, number, stop))
        for number, team in enumerate(TEAMS)
    ]
    for one in senders:
        one.start()
    try:
        for number in range(kills):
            load.until_kill = drawn.randint(*ANSWERS)
            load.enough.clear()
            if not load.enough.wait(120):
                return [f"no answers after kill {number}", *load.refused[:3]]
            process.send_signal(signal.SIGKILL)
            process.communicate()
            process, load.address = start(server.path)
    finally:
        stop.set()
        for one in senders:
            one.join(60)
        with suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    print(
        f"{kills} kills, {len(load.answered)} submissions acknowledged, {load.cut_off} requests "
        "cut off"
    )
    return list(faults(server.path, load))


def faults(path: Path, load: Load) -> list[str]:
    """What is lost, counted twice or wrong."""
    found = audit_server(path)
    made = [*found.wrong, *load.refused[:5]]
    database = Database(path)
    with database.reading() as connection:
        stored = [
            (name, digest, number, json.loads(shown))
            for name, digest, number, shown in connection.execute(
                "SELECT name, file_hash, submissions.number, shown FROM submissions "
                "JOIN teams ON teams.number = team"
            )
        ]
        lines = connection.execute("SELECT COUNT(*) FROM log WHERE event = 'submission'").fetchone()
    database.close()
    known = {(team, digest): (number, shown) for team, digest, number, shown in stored}
    if len(known) != len(stored) or lines != (len(stored),):
        made.append(f"{len(stored)} submissions of {len(known)} files, {lines[0]} log lines")
    for key, said in load.answered.items():
        if key not in known:
            made.append(f"lost: submission {said['number']} of {key[0]}")
        elif (said["number"], said["shown"]["said"]) != (known[key][0], known[key][1]["said"]):
            made.append(f"another one: submission {said['number']} of {key[0]}")
    if len(stored) - len(load.answered) > len(TEAMS):
        made.append(f"{len(stored)} stored, {len(load.answered)} acknowledged")
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = kill_rounds(Path(name), asked.kills, asked.seed)
    for one in found:
        print("fault:", one)
    print(f"{len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
