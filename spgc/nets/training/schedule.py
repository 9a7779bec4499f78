"""The schedule of a training: which items each step takes, in which order and parts.

All of it is known in advance.

A batch is the paper's 64 slices whatever it is computed on: it is cut into parts, each process
takes as many of them, and each part goes through its network by itself. Into how many parts
changes no batch, so it may change between runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from spgc.errors import UsageError
from spgc.nets.training.task import Item

_ORDER, _DROPOUT = 1, 2
"""Streams of random numbers that must not run alike."""


@dataclass(frozen=True)
class Plan:
    """How much is trained: epochs, items a step (batch_size), and the seed of order and dropout.

    alone: whether one item may go through the network by itself. Batch normalisation has no spread
    to work with in one place: slices come in twos, for their deepest features may be 1 × 1; a
    volume has several places there.
    """

    epochs: int
    batch_size: int
    seed: int
    alone: bool = False

    @property
    def least(self) -> int:
        """Items that go through a network together, at least."""
        return 1 if self.alone else 2

    @property
    def items(self) -> str:
        """What is learnt from, in a word."""
        return "scans" if self.alone else "slices"


@dataclass(frozen=True)
class Schedule:
    """All batches of a training of `items` slices an epoch; steps count from 0 over all epochs.

    `parts` a process: every batch is cut into `parts × processes` nearly equal parts, or into
    fewer where a part would have less than the plan's `least` items. `begun`: the `least` that a
    stopped training was begun with, None for a new one.
    """

    items: int
    plan: Plan
    parts: int = 1
    processes: int = 1
    begun: int | None = None

    def __post_init__(self) -> None:
        least = self.plan.least
        needed = least * self.processes
        smallest = min(map(len, self._epoch(0)), default=0)
        if smallest < needed:
            last = f"the last batch has {smallest}" if self.items >= needed else "in all"
            what = "scan" if self.plan.alone else "slice"
            raise UsageError(
                f"too few {what}s for so many processes",
                found=f"{self.items} {what}s, {last}; {self.processes} processes",
                expected=f"at least {'one scan' if self.plan.alone else 'two slices'} per process "
                "in every batch",
                do=f"start at most {smallest // least} processes"
                if smallest >= least
                else f"add scans with {'a label' if self.plan.alone else 'labelled slices'}",
            )

    @property
    def least(self) -> int:
        """A last batch of fewer slices joins the one before."""
        return self.begun or self.plan.least * self.processes

    @property
    def epoch_steps(self) -> int:
        return len(self._epoch(0))

    @property
    def steps(self) -> int:
        return self.plan.epochs * self.epoch_steps

    def epoch_of(self, step: int) -> int:
        return step // self.epoch_steps

    def ends_epoch(self, done: int) -> bool:
        """Whether an epoch is over after `done` steps."""
        return done > 0 and done % self.epoch_steps == 0

    def batch(self, step: int) -> list[int]:
        """Numbers of the slices that step number `step` learns from."""
        return self._epoch(self.epoch_of(step))[step % self.epoch_steps]

    def parts_of(self, step: int) -> int:
        """Into how many parts a process cuts its share of that batch."""
        return min(self.parts, len(self.batch(step)) // (self.plan.least * self.processes))

    def share(self, step: int, rank: int) -> list[Item]:
        """What process `rank` loads for that step: its parts, one behind the other."""
        count = self.parts_of(step)
        parts = np.array_split(np.array(self.batch(step)), count * self.processes)
        mine = np.concatenate(parts[rank * count : (rank + 1) * count])
        return [(self.epoch_of(step), int(number)) for number in mine]

    def shares(self, start: int, rank: int) -> Iterator[list[Item]]:
        """`share` of every step from `start` to the end."""
        for step in range(start, self.steps):
            yield self.share(step, rank)

    def seed(self, step: int, part: int) -> int:
        """Seed of dropout for part number `part`, counted over all processes, of a step."""
        entropy = np.random.SeedSequence((self.plan.seed, _DROPOUT, step, part))
        return int(entropy.generate_state(1, np.uint64)[0] >> 1)

    def _epoch(self, epoch: int) -> list[list[int]]:
        return epoch_order(self.items, self.plan.batch_size, self.plan.seed, epoch, self.least)


@lru_cache(maxsize=4)
def epoch_order(count: int, size: int, seed: int, epoch: int, least: int = 2) -> list[list[int]]:
    """Shuffled batches of one epoch; a last batch of fewer than `least` joins its neighbour."""
    entropy = np.random.SeedSequence((seed, _ORDER, epoch))
    generator = torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))
    numbers = torch.randperm(count, generator=generator).tolist()
    batches = [numbers[i : i + size] for i in range(0, count, size)]
    if len(batches) > 1 and len(batches[-1]) < least:
        batches[-2:] = [batches[-2] + batches[-1]]
    return batches


def parts_for(plan: Plan, micro_batch: int | None, processes: int) -> int:
    """Parts a process cuts its share of a batch into, so that none exceeds `micro_batch`.

    Raises UsageError for a `micro_batch` below the plan's `least`.
    """
    if micro_batch is not None and micro_batch < plan.least:
        raise UsageError(
            "micro_batch is too small", found=micro_batch, expected=f"{plan.least} or more"
        )
    share = -(-plan.batch_size // processes)
    return 1 if micro_batch is None else -(-share // micro_batch)
