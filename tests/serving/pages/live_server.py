"""A real server on the loopback: a challenge of 60 cases, two teams, an address for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spgc.organising.new_challenge import NewChallenge, init
from spgc.serving.challenge_states import change_state
from spgc.serving.database import Database
from spgc.serving.event_log import LogEvent
from spgc.serving.new_server import NewServer, init_server
from spgc.serving.run_server import Running, ready_server
from spgc.serving.tokens import new_token

CLASSES = ("edelweiss", "rose", "tulip")
CASES = 60
PER_DAY = 3


def true_class(number: int) -> str:
    """The hidden class of case `number`, from 0; none of them follows from its number alone."""
    return CLASSES[(number * number + number // 7) % 3]


def submission(wrong: int) -> str:
    """A submission in which the first `wrong` cases have another class than the true one."""
    others = {one: CLASSES[(place + 1) % 3] for place, one in enumerate(CLASSES)}
    rows = [
        f"F{n:02d},{others[true_class(n)] if n < wrong else true_class(n)}" for n in range(CASES)
    ]
    return "\n".join(["Study,Label", *rows, ""])


@dataclass(frozen=True)
class LiveServer:
    """A server that runs, with its file and the tokens of its teams."""

    address: str
    file: Path
    tokens: dict[str, str]

    def change(self, event: LogEvent) -> None:
        """Open, close or reveal, as `spgc serve` does while the server runs."""
        change_state(Database(self.file), event)


@contextmanager
def live_server(folder: Path, teams: tuple[str, ...] = ("Ada", "Ben & co")) -> Iterator[LiveServer]:
    """A challenge from its label file to a server that answers; closed at first."""
    labels, made, file = folder / "labels.csv", folder / "flowers", folder / "flowers.db"
    labels.write_text(submission(0))
    init(made, NewChallenge(labels, "Flowers 2030", public_share=0.3))
    toml = made / "public" / "challenge.toml"
    toml.write_text(toml.read_text().replace("per_day = 2", f"per_day = {PER_DAY}"))
    init_server(file, NewServer(made, invalid_per_hour=3))
    tokens = {team: new_token(Database(file), team) for team in teams}
    ready = ready_server(Running(file, port=0))
    thread = threading.Thread(target=ready.run)
    thread.start()
    try:
        yield LiveServer(ready.address, file, tokens)
    finally:
        ready.server.should_exit = True
        thread.join(20)
