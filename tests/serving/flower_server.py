"""A made-up challenge that is served: 60 flowers of three kinds, teams, and answers as files."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spgc.organising.new_challenge import NewChallenge, init
from spgc.serving.challenge_states import change_state
from spgc.serving.new_server import NewServer, init_server
from spgc.serving.served_desk import ServedDesk
from spgc.serving.tokens import new_token

CLASSES = ("rose", "tulip", "sword lily")

CASES = 60

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)


def labels() -> dict[str, str]:
    """The class of each case: 30, 20 and 10 of them, in an order that case IDs don't tell."""
    drawn = random.Random(5)  # noqa: S311 - no secret
    kinds = [CLASSES[0]] * 30 + [CLASSES[1]] * 20 + [CLASSES[2]] * 10
    drawn.shuffle(kinds)
    return {f"F-{number:03d}": kind for number, kind in enumerate(kinds, start=1)}


def guesses(seed: int, right: float = 0.5) -> dict[str, str]:
    """Answers of which about so many are right."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return {
        case: label if drawn.random() < right else drawn.choice(CLASSES)
        for case, label in labels().items()
    }


def csv(answers: Mapping[str, str]) -> bytes:
    """Answers as a submission."""
    rows = "".join(f"{case},{label}\n" for case, label in answers.items())
    return f"Study,Label\n{rows}".encode()


def made_challenge(
    folder: Path,
    feedback: str = "ladder",
    *,
    public_share: float = 0.0,
    rows: str | None = None,
    **changes: str,
) -> Path:
    """A challenge on disk. rows: of another label file; changes: other values of keys."""
    folder.mkdir(parents=True, exist_ok=True)
    text = csv(labels()).decode() if rows is None else rows
    (folder / "labels.csv").write_text(text)
    challenge = folder / "flowers"
    init(challenge, NewChallenge(folder / "labels.csv", "Flowers", public_share, 3))
    place = challenge / "public" / "challenge.toml"
    text = place.read_text("utf-8").replace('shown = "ladder"', f'shown = "{feedback}"')
    for key, value in changes.items():
        text, found = re.subn(rf"(?m)^(# )?{key} = \S+( \S+\")?", f"{key} = {value}", text)
        assert found == 1, key
    place.write_text(text, "utf-8")
    return challenge


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class FlowerServer:
    """A served challenge: its file, the desk over it, and the tokens of its teams."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = ServedDesk(self.path, self.clock)

    def team(self, name: str, *, baseline: bool = False) -> str:
        self.tokens[name] = new_token(self.desk.database, name, baseline=baseline)
        return self.tokens[name]

    def send(self, team: str, answers: Mapping[str, str]) -> str:
        """What a team is told of its answers."""
        return self.desk.submit(self.tokens[team], csv(answers)).submission.shown.said

    def state(self, *events: str) -> None:
        for event in events:
            change_state(self.desk.database, event)  # type: ignore[arg-type]


def served(
    folder: Path,
    feedback: str = "ladder",
    teams: tuple[str, ...] = ("Ada", "Ben"),
    *,
    share: float | None = 0.5,
    public_share: float = 0.0,
    show_classes: bool = False,
    rows: str | None = None,
    **changes: str,
) -> FlowerServer:
    """An open challenge with teams. share: drawn by the server; public_share: by the challenge."""
    challenge = made_challenge(folder, feedback, public_share=public_share, rows=rows, **changes)
    path = folder / "flowers.db"
    wanted = None if public_share or rows else share
    init_server(path, NewServer(challenge, wanted, seed=7, show_classes=show_classes))
    made = FlowerServer(path)
    for name in teams:
        made.team(name)
    made.state("open")
    return made
