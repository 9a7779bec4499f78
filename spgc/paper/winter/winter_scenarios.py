"""The experiments of Winter's paper by the name of their table, each row as what it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.paper.winter.printed_rows import PrintedRow, printed
from spgc.systems.winter.winter_settings import Settings

PREFIX = "winter-table"


@dataclass(frozen=True)
class AblationRow:
    """One row of a table: what it is called here, and fields of `Settings` that it changes."""

    name: str
    printed: PrintedRow
    changes: Mapping[str, Any]

    def settings(self, base: Settings) -> Settings:
        return dataclasses.replace(base, **self.changes)


@dataclass(frozen=True)
class Ablation:
    """A table of the paper. section: where it stands; first: what its rows are."""

    name: str
    numeral: str
    title: str
    section: str
    first: str
    rows: tuple[AblationRow, ...]

    @property
    def table(self) -> str:
        """As the paper calls it: `Table IV`."""
        return f"Table {self.numeral}"


def _row(name: str, numeral: str, row: str, **changes: Any) -> AblationRow:
    return AblationRow(name, printed(numeral, row), changes)


def _tops() -> tuple[AblationRow, ...]:
    """Table II prints K that answer alike in one row; ours need not, so each has its own."""
    rows = {1: "1, 2", 2: "1, 2", 3: "3", 4: "4, 5", 5: "4, 5", 9: "9"}
    return tuple(
        _row(f"K = {top}", "II", rows.get(top, "6, 7, 8"), top=top) for top in range(1, 10)
    )


def _negatives() -> tuple[AblationRow, ...]:
    """Section IV A: neither lung masks nor slice selection."""
    unmasked = {"channels": "grey", "area_threshold": None}
    return (
        _row("of all patients", "III", "Method1", negatives="with-uninfected", **unmasked),
        _row("of normal patients", "III", "Method2", **unmasked),
    )


def _inputs() -> tuple[AblationRow, ...]:
    """Section IV B: slices without any lung are left out."""
    return (
        _row("CT, CT, CT", "IV", "a", channels="grey", area_threshold=0),
        _row("CT × mask", "IV", "b", channels="masked", area_threshold=0),
        _row("CT, mask, CT × mask", "IV", "c", channels="lungs", area_threshold=0),
    )


def _areas() -> tuple[AblationRow, ...]:
    return tuple(
        _row(f"T = {area}", "V", str(area), area_threshold=area)
        for area in (0, 5000, 10_000, 15_000, 20_000)
    )


_WHOLE = (_row("train", "I", "Train"), _row("val", "I", "Valid"))

_IN_ORDER = (
    Ablation("winter-table1", "I", "the whole system", "III", "Split", _WHOLE),
    Ablation("winter-table2", "II", "K on the training split", "III", "K", _tops()),
    Ablation(
        "winter-table3", "III", "which slices are normal", "IV A", "Normal slices", _negatives()
    ),
    Ablation("winter-table4", "IV", "the network's input", "IV B", "Input", _inputs()),
    Ablation("winter-table5", "V", "T of the area rule", "IV C", "T", _areas()),
)

SCENARIOS: Mapping[str, Ablation] = MappingProxyType({s.name: s for s in _IN_ORDER})
"""By name, in the paper's order."""


def network_name(settings: Settings) -> str:
    """Of the network that a row needs; rows with the same name share one."""
    area = settings.area_threshold
    return f"{settings.negatives}-{settings.channels}-{'all' if area is None else f'T{area}'}"
