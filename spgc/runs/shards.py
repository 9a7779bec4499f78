"""Shards: a split shared by several processes or machines.

Each process answers every n-th case and writes `submission-SPLIT.IofN.csv` and
`submission.IofN.run.json`; `spgc.runs.merge` joins the parts again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spgc.errors import UsageError
from spgc.jobs.launched import launched

T = TypeVar("T")

_FORM = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, from 1."""

    number: int
    count: int

    @property
    def tag(self) -> str:
        """What its files have in their names: `.2of8`."""
        return f".{self.number}of{self.count}"

    def of(self, items: Sequence[T]) -> list[T]:
        """Every `count`-th item: long and short scans spread evenly."""
        return list(items[self.number - 1 :: self.count])


def shard_named(text: str) -> Shard:
    """The part that `2/8` names. Raises UsageError for anything else."""
    match = _FORM.fullmatch(text.strip())
    number, count = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= count:
        raise UsageError(
            "no such shard", found=repr(text), expected="I/N with I from 1 to N, such as 2/8"
        )
    return Shard(number, count)


def shard_of_process(environment: Mapping[str, str] | None = None) -> Shard | None:
    """The part of a process that `torchrun` or `accelerate launch` started; None for one alone."""
    process = launched(environment)
    return Shard(process.rank + 1, process.count) if process.count > 1 else None
