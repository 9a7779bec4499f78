"""`spgc.list_systems` and `describe_system`: which systems are installed, and their options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spgc.api.shown import Shown
from spgc.contract.system import System
from spgc.systems.registry import ListedSystem, listing, system_named

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class SystemsResult(Shown):
    """The installed systems, those of other packages included; `names`: those that load."""

    systems: tuple[ListedSystem, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.systems if one.problem is None)

    def _line(self) -> str:
        return f"Systems that load: {', '.join(self.names) or 'none'}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.systems_tables import systems_table

        return [systems_table(self.systems)]

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per system."""
        rows: list[dict[str, Any]] = self.as_dict()["systems"]
        return rows

    def as_dict(self) -> dict[str, Any]:
        from spgc.report.systems_tables import systems_document

        return systems_document(self.systems)


def list_systems() -> SystemsResult:
    """List the installed systems, as `spgc systems` does; `spgc.train(system=...)` takes the names.

    A system that can't be loaded is listed with the reason.

    >>> import spgc
    >>> result = spgc.list_systems()
    >>> "cnr-iemn" in [one.name for one in result.systems]
    True
    """
    return SystemsResult(tuple(listing()))


@dataclass(frozen=True, repr=False)
class SystemResult(Shown):
    """One system: `options` gives each option's name with its kind and default in words."""

    name: str
    system: type[System]

    @property
    def options(self) -> Mapping[str, str]:
        return dict(self.system.options())

    def _line(self) -> str:
        return f"System {self.name}: {self.system.summary}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.systems_tables import system_parts

        return system_parts(self.name, self.system)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per option."""
        return [{"option": name, "value": words} for name, words in self.options.items()]

    def as_dict(self) -> dict[str, Any]:
        from spgc.report.systems_tables import system_document

        return system_document(self.name, self.system)


def describe_system(name: str) -> SystemResult:
    """Describe a system and the options that `spgc.train` takes, as `spgc systems NAME` does.

    name: one of `spgc.list_systems()`.

    >>> import spgc
    >>> spgc.describe_system("magic")
    Traceback (most recent call last):
    ...
    spgc.errors.UsageError: ...

    Raises UsageError for an unknown system, MissingExtraError where it needs an extra.
    """
    return SystemResult(name, system_named(name))
