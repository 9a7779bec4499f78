"""The experiments of Winter's paper by the name of their table, each row as what it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.paper.winter.printed_rows import PrintedRow, printed
from spgc.systems.winter.settings import Settings

PREFIX = "winter-table"


@dataclass(frozen=True)
class Row:
    """One row of a table: what it is called here, and fields of `Settings` that it changes."""

    name: str
    printed: PrintedRow
    changes: Mapping[str, Any]

    def settings(self, base: Settings) -> Settings:
        return dataclasses.replace(base, **self.changes)


@dataclass(frozen=True)
class Scenario:
    """A table of the paper. section: where it stands; first: what its rows are."""

    name: str
    numeral: str
    title: str
    section: str
    first: str
    rows: tuple[Row, ...]

    @property
    def table(self) -> str:
        """As the paper calls it: `Table IV`."""
        return f"Table {self.numeral}"


def _tops() -> tuple[Row, ...]:
    """Table II prints K that answer alike in one row; ours need not, so each has its own."""
    rows = {1: "1, 2", 2: "1, 2", 3: "3", 4: "4, 5", 5: "4, 5", 9: "9"}
    found = {top: printed("II", rows.get(top, "6, 7, 8")) for top in range(1, 10)}
    return tuple(Row(f"K = {top}", row, {"top": top}) for top, row in found.items())


_UNMASKED = {"channels": "grey", "area_threshold": None}
"""Section IV A: neither lung masks nor slice selection."""

_ANY_LUNG = {"area_threshold": 0}
"""Section IV B: slices without lung are left out."""

_IN_ORDER = (
    Scenario(
        "winter-table1",
        "I",
        "the whole system",
        "III",
        "Split",
        (Row("train", printed("I", "Train"), {}), Row("val", printed("I", "Valid"), {})),
    ),
    Scenario("winter-table2", "II", "K on the training split", "III", "K", _tops()),
    Scenario(
        "winter-table3",
        "III",
        "which slices are normal",
        "IV A",
        "Normal slices",
        (
            Row(
                "of all patients",
                printed("III", "Method1"),
                {**_UNMASKED, "negatives": "with-uninfected"},
            ),
            Row("of normal patients", printed("III", "Method2"), _UNMASKED),
        ),
    ),
    Scenario(
        "winter-table4",
        "IV",
        "the network's input",
        "IV B",
        "Input",
        (
            Row("CT, CT, CT", printed("IV", "a"), {"channels": "grey", "area_threshold": 0}),
            Row("CT × mask", printed("IV", "b"), {"channels": "masked", "area_threshold": 0}),
            Row(
                "CT, mask, CT × mask",
                printed("IV", "c"),
                {"channels": "lungs", "area_threshold": 0},
            ),
        ),
    ),
    Scenario(
        "winter-table5",
        "V",
        "T of the area rule",
        "IV C",
        "T",
        tuple(
            Row(f"T = {area}", printed("V", str(area)), {"area_threshold": area})
            for area in (0, 5000, 10_000, 15_000, 20_000)
        ),
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in _IN_ORDER})
"""By name, in the paper's order."""


def network_name(settings: Settings) -> str:
    """Of the network that a row needs; rows with the same name share one."""
    area = settings.area_threshold
    return f"{settings.negatives}-{settings.channels}-{'all' if area is None else f'T{area}'}"
