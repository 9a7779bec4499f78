"""Names of sets as people write them: a set, an alias of it, or a pool of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Literal

from spgc.challenge.word_forms import word_form
from spgc.errors import UsageError

EVERY_SPLIT = "all"
"""Means every set of a challenge, or of the manifests in use."""


SetUse = Literal["training", "validation", "test"]


@dataclass(frozen=True)
class Split:
    """One set of cases of a challenge.

    counts: scans per class in the challenge's order, empty where only their sum, `scans`, is told;
    ranked: whether it is part of the ranking; note: what is inferred or unknown; public: its
    results are shown while the challenge runs; board: it has a table on the leaderboard; dataset:
    name and address of where its scans are published; use: systems learn from it, are chosen by it,
    or are tested on it.
    """

    name: str
    title: str
    counts: tuple[int, ...]
    ranked: bool
    aliases: tuple[str, ...]
    paper_table: str
    note: str
    scans: int = 0
    public: bool = True
    board: bool = True
    dataset: tuple[str, str] | None = None
    use: SetUse = "test"

    @property
    def size(self) -> int:
        return sum(self.counts) if self.counts else self.scans


@dataclass(frozen=True)
class SetWords:
    """What the name of a set means: sets by name, and pools as the names of their sets."""

    sets: Mapping[str, Split]
    pools: Mapping[str, tuple[str, ...]]

    def named(self, name: str, present: Sequence[str] = ()) -> tuple[str, ...]:
        """The sets that `name` means wherever a command takes `--split`, in the file's order.

        A set by its own name or an alias, or one of the pools. present: the sets of the user's
        manifests; such a name is taken in any letter case, and `all` means all of these. Raises
        UsageError, which names the sets that are present, when there is no such set.
        """
        _refuse_no_text(name)
        if name in present:
            return (name,)
        key = word_form(name)
        if key == EVERY_SPLIT and present:
            return tuple(present)
        if key in self.pools:
            return self.pools[key]
        if (same := [one for one in present if word_form(one) == key]) and len(same) == 1:
            return (same[0],)
        known = (*present, *self.pools) if present else (*self.sets, *self.pools)
        return (self._called(name, known).name,)

    def is_pool(self, name: str) -> bool:
        """Whether `name` means several sets, in any letter case and with any kind of dash."""
        return word_form(name) in self.pools

    def key(self, name: str) -> str:
        """The form in which names of sets are compared: letter case and kinds of dash don't count.

        `test1` for Test-1 and TEST 1 alike.
        """
        key = word_form(name)
        return self._by_bare.get(key.replace("-", ""), key)

    @cached_property
    def _by_bare(self) -> dict[str, str]:
        return {word_form(name).replace("-", ""): name for name in self.sets}

    def meant(self, name: str) -> str:
        """The challenge's set that `name` is or is an alias of; else the name's `key`."""
        key = self.key(name)
        return next((split.name for split in self.sets.values() if key in split.aliases), key)

    def one(self, name: str) -> Split:
        """The set called `name`, by its own name or an alias, in any letter case.

        Raises UsageError when there is no such set.
        """
        _refuse_no_text(name)
        if self.is_pool(name):
            raise UsageError(
                "one split is asked for here",
                found=f"{word_form(name)}, which is several",
                expected=" | ".join(self.sets),
                do="name one of them",
            )
        return self._called(name, (*self.sets, *self.pools))

    def _called(self, name: str, known: Sequence[str]) -> Split:
        """The challenge's set called `name`; `known` are the names that an error offers."""
        key = word_form(name)
        for split in self.sets.values():
            if key in (word_form(split.name), *split.aliases):
                return split
        aliases = [alias for one in known if one in self.sets for alias in self.sets[one].aliases]
        near = get_close_matches(key, dict.fromkeys((*known, *aliases)), n=1)
        do = f"did you mean '{near[0]}'?" if near else "name one of them"
        raise UsageError("unknown split", found=repr(name), expected=" | ".join(known), do=do)


def _refuse_no_text(name: object) -> None:
    if not isinstance(name, str):
        raise UsageError(
            "a split is named by a text", found=type(name).__name__, expected="such as 'test2'"
        )
