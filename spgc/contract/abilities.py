"""What a challenge system may offer beyond the contract, each ability a protocol of its own.

A system has an ability when it has the methods; nothing is registered. What asks for one imports it
from here, so that this page lists all there are. `SliceModel`, `ExplainableSlices` and
`ShowsSomeSlices` in `spgc.contract.slices` and `HasFlags` in `spgc.contract.flags` are four more,
and two speak of things from higher floors: `HasPatientStage` in
`spgc.classifiers.patient_stage`, `HasNetworks` in `spgc.nets.engines.contract`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from spgc.contract.scan import NamedScan
from spgc.contract.system import System
from spgc.errors import SpgcError, UsageError
from spgc.jobs.stages import Stage

Ability = TypeVar("Ability")


@runtime_checkable
class ReportsRun(Protocol):
    """A system that says what answered and where the time went, for the record of a submission."""

    def run_facts(self) -> Mapping[str, str]:
        """`engine`, `precision` and `device` that answered; `conversion` where networks differ."""

    def run_stages(self) -> Sequence[Stage]:
        """Seconds and slices of each stage so far; stages may overlap."""


@runtime_checkable
class ReportsRemarks(Protocol):
    """A system that says what it found damaged on disk and made again."""

    def run_remarks(self) -> Sequence[str]: ...


@runtime_checkable
class ChecksBeforeReading(Protocol):
    """A system that finds out before any scan is read what would stop its training."""

    def before_reading(self, folder: Path) -> Sequence[str]:
        """Lines worth saying; `folder` gets the model. Raises ModelError for missing weights."""


@runtime_checkable
class HasCost(Protocol):
    """A system that knows what its training costs beyond the usual."""

    @property
    def cost(self) -> str:
        """In words; empty where it is the usual."""


@runtime_checkable
class HasLimits(Protocol):
    """A system whose model card states its limits."""

    limits: Sequence[str]


@runtime_checkable
class HasOrigin(Protocol):
    """A system after somebody else's description: its model card begins with whose it is."""

    origin: str
    """A sentence: what is theirs, and what is ours."""


@runtime_checkable
class ChoosesByVal(Protocol):
    """A system that chooses something by the validation scans: an epoch, a threshold, a member.

    Its hits on them are no measure of it any more. `limits` says what it chooses.
    """

    chooses_by_val: bool


@runtime_checkable
class DependsOnOrder(Protocol):
    """A system whose model depends on the order in which `fit` gets its training scans.

    `limits` says why.
    """

    depends_on_order: bool


@runtime_checkable
class HasScenario(Protocol):
    """A system that knows by which named experiment or preset it was trained."""

    @property
    def scenario(self) -> str | None: ...


class Processes(Protocol):
    """Processes that a launcher such as torchrun started, once they have met."""

    def is_main(self) -> bool:
        """Whether this is the one that writes and prints."""

    def main_first(self) -> AbstractContextManager[None]:
        """The main process goes through the block alone, then the others do."""


@runtime_checkable
class TrainsInProcesses(Protocol):
    """A system whose training several processes share."""

    def join_processes(self) -> Processes:
        """Meet the other processes that the launcher started."""


@runtime_checkable
class GetsReady(Protocol):
    """A trained system whose networks are converted for a machine once, before the first answer."""

    def unready(self) -> Sequence[str]:
        """Networks that are still to be converted; empty where none has to be."""

    def get_ready(self) -> Iterator[str]:
        """Convert these; the name of each as soon as it is done."""


@runtime_checkable
class Quantisable(Protocol):
    """A trained system whose networks can be put into 8-bit integers (`spgc quantise`)."""

    def no_int8(self) -> SpgcError | None:
        """Why int8 networks may not serve it; None: they may."""

    def network_names(self) -> Sequence[str]:
        """Of the networks that `quantise` makes."""

    def is_quantised(self, folder: Path) -> bool:
        """Whether model folder `folder` holds them already, for the networks as they are."""

    def quantise(
        self, folder: Path, calibrating: Sequence[NamedScan], checking: Sequence[NamedScan]
    ) -> Iterator[Any]:
        """Write them into model folder `folder`; a `QuantisedNetwork` for each, in turn."""


def require(
    system: System, ability: type[Ability], lacks: str, *, expected: str, do: str
) -> Ability:
    """The system as one that has `ability`.

    Raises UsageError where it hasn't: `system NAME LACKS`, what was expected, and what to do.
    """
    if isinstance(system, ability):
        return system
    raise UsageError(f"system {system.name} {lacks}", expected=expected, do=do)


def run_facts(system: System) -> Mapping[str, str]:
    """What answered, if the system says it."""
    return system.run_facts() if isinstance(system, ReportsRun) else {}


def run_stages(system: System) -> Sequence[Stage]:
    """Where the time went, if the system says it."""
    return system.run_stages() if isinstance(system, ReportsRun) else ()


def run_remarks(system: System) -> Sequence[str]:
    """What was found damaged and made again, if the system says it."""
    return tuple(system.run_remarks()) if isinstance(system, ReportsRemarks) else ()


def before_reading(system: System, folder: Path) -> Sequence[str]:
    """What is found out before reading, if the system looks."""
    return system.before_reading(folder) if isinstance(system, ChecksBeforeReading) else ()


def cost(system: System) -> str:
    """What training costs beyond the usual; empty where it is the usual or unknown."""
    return system.cost if isinstance(system, HasCost) else ""


def limits(system: System) -> list[str]:
    """The limits that its model card states."""
    return list(system.limits) if isinstance(system, HasLimits) else []


def origin(system: System) -> str:
    """Whose design it is, in a sentence; empty where it does not say."""
    return system.origin if isinstance(system, HasOrigin) else ""


def chooses_by_val(system: System) -> bool:
    """Whether it says that the validation scans decide something of its model."""
    return isinstance(system, ChoosesByVal) and bool(system.chooses_by_val)


def depends_on_order(system: System) -> bool:
    """Whether it says that the order of the training scans changes its model."""
    return isinstance(system, DependsOnOrder) and bool(system.depends_on_order)


def scenario(system: System) -> str | None:
    """The named experiment or preset that it was trained by, if it is one."""
    return system.scenario if isinstance(system, HasScenario) else None
