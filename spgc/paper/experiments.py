"""Experiments besides the tables of the CNR-IEMN paper that `spgc reproduce` makes, by their names.

A module that makes some gives an `Experiment`; a line in `EXPERIMENTS` is all that the command
needs to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from rich.table import Table

from spgc.errors import UsageError
from spgc.paper.reproduce import ALL, Reproducing
from spgc.paper.rivals.rival_files import NAME as RIVALS
from spgc.paper.rivals.rival_work import open_rivals
from spgc.paper.winter.winter_scenarios import SCENARIOS as WINTER_TABLES
from spgc.paper.winter.winter_work import open_winter
from spgc.runs.listener import Listener
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.scenarios import SCENARIOS


class ExperimentResult(Protocol):
    """What came out of one experiment; its files lie in `folder`."""

    @property
    def folder(self) -> Path: ...

    def tables(self) -> Sequence[Table]:
        """The published figures beside ours."""

    def notes(self) -> Sequence[str]:
        """What the numbers mean; said once, whichever experiments share a note."""

    def record(self) -> Mapping[str, Any]:
        """All of it, ready for JSON."""


class ExperimentWork(Protocol):
    """Experiments of one kind, their scans read.

    names: those asked for, in order; helping: this process only trains along with the main one.
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def prepared(self) -> Prepared: ...

    @property
    def helping(self) -> bool: ...

    @property
    def failed(self) -> bool:
        """Whether a part of what was done failed, which its tables and notes say."""

    def introduction(self, name: str) -> Sequence[Table | str]:
        """What is worth saying before its training begins."""

    def run(self, name: str) -> ExperimentResult | None:
        """Do what is missing and write the results; None where this process only helps."""


@dataclass(frozen=True)
class Experiment:
    """names: of what it makes; open: checks what was asked for and reads the scans.

    `open` raises UsageError and ModelError for what can't be had before any scan is read.
    """

    names: tuple[str, ...]
    open: Callable[[Reproducing, Listener], ExperimentWork]


EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        "winter": Experiment(tuple(WINTER_TABLES), open_winter),
        RIVALS: Experiment((RIVALS,), open_rivals),
    }
)
"""By the word that their names begin with."""


def check_rival_options(asked: Reproducing) -> None:
    """Raise UsageError for options of the comparison of systems where something else is made."""
    if RIVALS not in asked.tables and (asked.systems or asked.options):
        raise UsageError(
            f"--systems and --option belong to {RIVALS}",
            found=" ".join(asked.tables),
            do=f"spgc reproduce {RIVALS} --systems NAME,NAME",
        )


def experiment_of(names: Sequence[str]) -> Experiment | None:
    """The experiment that makes all of `names`; None for tables of the CNR-IEMN paper.

    Raises UsageError for a name that nothing makes, and for names of several experiments.
    """
    known = (*SCENARIOS, ALL, *(name for one in EXPERIMENTS.values() for name in one.names))
    if unknown := [name for name in names if name not in known]:
        raise UsageError("unknown table", found=repr(unknown[0]), expected=" | ".join(known))
    makers = {n: e for e in EXPERIMENTS.values() for n in names if n in e.names}
    kinds = {id(makers.get(name)) for name in names}
    if len(kinds) > 1:
        raise UsageError(
            "tables of several papers at once",
            found=" ".join(names),
            expected="those of one",
            do="call the command once for each paper",
        )
    return makers.get(names[0]) if names else None
