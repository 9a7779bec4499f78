"""A system's options as flags of the command line: `--bin-width 25` for `--option bin_width=25`.

Every option in `options()` has one, worded by `options()` itself; a system may say more of some.
An option whose name is none (`is_option_name`) has no flag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from spgc.contract.system import System

_OPTION = re.compile(r"[a-z][a-z0-9_]*")
_SPELLED = re.compile(r"--[a-z][a-z0-9-]*")


def is_option_name(name: object) -> bool:
    """Whether it is an identifier in lower case, which a flag can be made of; `help` is taken."""
    return isinstance(name, str) and bool(_OPTION.fullmatch(name)) and name != "help"


@dataclass(frozen=True)
class Flag:
    """How an option is spelled and explained.

    option: its name in `options()`; name: with its dashes, by default the option's own; default:
    in words; switch: stands without a value, for "true"; answering: it says how a trained system
    answers, not what is learnt.
    """

    option: str
    help: str
    default: str = ""
    name: str = ""
    switch: bool = False
    answering: bool = False

    @property
    def spelled(self) -> str:
        return self.name or f"--{self.option.replace('_', '-')}"


@runtime_checkable
class HasFlags(Protocol):
    """A system that says more of its options than `options()` does."""

    flags: Sequence[Flag]


def training_flags(system: type[System]) -> list[Flag]:
    """Flags of everything that `create` takes, those that the system words itself first."""
    options = system.options()
    worded = [f for f in _worded(system) if not f.answering and f.option in options]
    others = options.keys() - {flag.option for flag in worded}
    bare = (Flag(name, options[name]) for name in options if name in others)
    return [*worded, *(flag for flag in bare if is_option_name(flag.option))]


def answering_flags(system: type[System]) -> list[Flag]:
    """Flags of what `load` takes, as far as the system says it."""
    return [flag for flag in _worded(system) if flag.answering]


def _worded(system: type[System]) -> Sequence[Flag]:
    flags: Sequence[Flag] = system.flags if isinstance(system, HasFlags) else ()
    return [
        flag for flag in flags if is_option_name(flag.option) and _SPELLED.fullmatch(flag.spelled)
    ]
