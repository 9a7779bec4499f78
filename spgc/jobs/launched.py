"""Rank and number of the processes that torchrun or `accelerate launch` started, without torch.

Both set RANK and WORLD_SIZE for all machines, LOCAL_RANK and LOCAL_WORLD_SIZE for this one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from spgc.errors import UsageError


@dataclass(frozen=True)
class Launched:
    """Place of this process among `count`, and among the `local_count` on its machine.

    Ranks count from 0. A process that no launcher started is one of one.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1


def launched(environment: Mapping[str, str] | None = None) -> Launched:
    """What the launcher says in `environment`, that of this process by default.

    RANK and WORLD_SIZE count together only: a job script may have set one of them for itself.
    Raises UsageError for what can't be: each process would take itself for the only one.
    """
    known = os.environ if environment is None else environment
    rank, count = 0, 1
    if "RANK" in known and "WORLD_SIZE" in known:
        rank, count = _place(known, "RANK", "WORLD_SIZE")
    local_rank, local_count = _place(known, "LOCAL_RANK", "LOCAL_WORLD_SIZE", strict=False)
    return Launched(rank, count, local_rank, local_count)


def _place(
    known: Mapping[str, str], rank_name: str, count_name: str, *, strict: bool = True
) -> tuple[int, int]:
    """Rank and count of two variables, 0 and 1 where unset; `strict`: the count bounds the rank."""
    try:
        rank, count = int(known.get(rank_name, "0")), int(known.get(count_name, "1"))
    except ValueError:
        rank, count = -1, -1
    if rank < 0 or count < 1 or (strict and rank >= count):
        named = [f"{name}={known[name]}" for name in (rank_name, count_name) if name in known]
        raise UsageError(
            "a launcher's environment that can't be",
            found=", ".join(named),
            expected=f"whole numbers, {rank_name} from 0 and below {count_name}",
            do="start it with torchrun or accelerate launch, or unset these variables",
        )
    return rank, count
