"""A second challenge, made up: five kinds of flowers, two sets, nothing of SPGC's."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from spgc.challenge.challenge_file import read_challenge
from spgc.challenge.definition import Challenge

CLASSES = ("Rose", "Tulip", "Sword lily", "Aster", "Thistle")

SETS = {"garden": 20, "north field": 30}


def toml(classes: Sequence[str], more: str = "") -> str:
    """A challenge file of these classes."""
    named = "\n".join(f'[[classes]]\nname = "{name}"\n' for name in classes)
    return f"""\
format = 1
title = "Flowers"
cases = ["cases.csv"]
truth = "truth.csv"
{more}
{named}
[[sets]]
name = "garden"
size = 20
ranked = true

[[sets]]
name = "north field"
size = 30
ranked = true
public = false

[ranking]
rule = "accuracy"

[limits]
submissions = 10

[feedback]
shown = "ladder"
"""


def labels(seed: int = 1) -> dict[str, tuple[str, str]]:
    """Set and class of each case."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return {
        f"F{name[0]}-{number:03d}": (name, drawn.choice(CLASSES))
        for name, size in SETS.items()
        for number in range(1, size + 1)
    }


def flowers(folder: Path, *, truth: bool = True) -> Challenge:
    """The challenge on disk: public list of cases and, where `truth`, the classes kept apart."""
    public, private = folder / "public", folder / "private"
    public.mkdir(exist_ok=True)
    (public / "challenge.toml").write_text(toml(CLASSES), "utf-8")
    head = "case,label,split,source,certainty\n"
    known = labels()
    (public / "cases.csv").write_text(
        head + "".join(f"{case},,{split},made up,official\n" for case, (split, _) in known.items())
    )
    if truth:
        private.mkdir(exist_ok=True)
        rows = (f"{c},{label},{s},made up,official\n" for c, (s, label) in known.items())
        (private / "truth.csv").write_text(head + "".join(rows))
    return read_challenge(folder)


def answers(right: float, seed: int) -> dict[str, str]:
    """Answers of which about so many are right, the others drawn."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return {
        case: label if drawn.random() < right else drawn.choice(CLASSES)
        for case, (_, label) in labels().items()
    }


def submission(path: Path, given: dict[str, str]) -> Path:
    """A file of answers."""
    path.write_text("Study,Label\n" + "".join(f"{c},{label}\n" for c, label in given.items()))
    return path
