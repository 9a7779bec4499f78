"""Slice profiles: the probabilities of each slice classifier along one scan, as SVG lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from spgc.contract.scan_parts import part_edges
from spgc.errors import DataError
from spgc.files.regular import check_regular, open_regular
from spgc.files.table_columns import wanted_columns
from spgc.protocol import CLASSES, GROUPS, PROBABILITY_COLUMNS, REGIONS

WIDTH, HEIGHT = 640.0, 110.0
"""Of the drawing's plane; the page scales it."""

MAX_BYTES = 128 * 2**20
"""Of slice probabilities: some 50 bytes for each slice and network, 30 MB for 437 scans."""

_MAX_LINE = 2**16

_SUM_SLACK = 0.01
"""How far a slice's probabilities may be from 1 together: they are written with 6 decimals."""
_SHARES = tuple(PROBABILITY_COLUMNS[name] for name in CLASSES)
_COLUMNS = ("case", "backbone", "slice", *_SHARES)

ProbabilityRows = Sequence[Sequence[float]]
"""One row a slice, head to feet, in `CLASSES` order."""

Table = Mapping[str, Mapping[str, ProbabilityRows]]
"""By case, then by slice classifier."""


@dataclass(frozen=True)
class ProfileLine:
    """A class's probability along the scan: `points` as SVG's polyline wants them."""

    label: str
    style: int
    points: str


@dataclass(frozen=True)
class Profile:
    """One classifier's lines, with how many slices it gives to each class."""

    classifier: str
    lines: tuple[ProfileLine, ...]
    counts: tuple[tuple[str, int], ...]
    rows: ProbabilityRows

    def values(self, label: str) -> list[float]:
        """Probability of class `label`, slice by slice."""
        return [row[CLASSES.index(label)] for row in self.rows]


@dataclass(frozen=True)
class SliceAxis:
    """What lies under the lines: x of the regions' and groups' edges, infected runs as (x, width).

    infected is None where nobody labelled the slices.
    """

    slices: int
    regions: tuple[tuple[float, float], ...]
    groups: tuple[float, ...]
    infected: tuple[tuple[float, float], ...] | None


def profiles(by_classifier: Mapping[str, ProbabilityRows]) -> list[Profile]:
    """Drawings of one case."""
    return [
        Profile(name, _lines(rows), _counts(rows), rows) for name, rows in by_classifier.items()
    ]


def axis(slices: int, infected: Sequence[int] | None) -> SliceAxis:
    """Regions, groups and infected slices of a scan of `slices` slices."""
    step = WIDTH / slices
    edges = [edge * step for edge in part_edges(slices, REGIONS)]
    regions = tuple((a, b - a) for a, b in pairwise(edges))
    groups = tuple(edge * step for edge in part_edges(slices, GROUPS)[1:-1])
    runs = None if infected is None else tuple((a * step, n * step) for a, n in _runs(infected))
    return SliceAxis(slices, regions, groups, runs)


def read_slice_table(path: Path, cases: Iterable[str]) -> Table:
    """The rows of `cases` in what `spgc predict --slices` wrote, slices from 1 at the head.

    Files of the first spgc count from 0: a slice 0 tells them.
    Raises DataError when it is not such a file.
    """
    wanted, found = set(cases), dict[str, dict[str, dict[int, list[float]]]]()
    try:
        if (size := check_regular(path)) > MAX_BYTES:
            raise ValueError(f"{size} bytes, more than {MAX_BYTES}")
        with TextIOWrapper(open_regular(path), "utf-8", newline="") as file:
            for row in wanted_columns(_lines_of(file), _COLUMNS):
                if row["case"] in wanted:
                    slices = found.setdefault(row["case"], {}).setdefault(row["backbone"], {})
                    _add(slices, row)
        return {
            case: {name: _in_order(rows) for name, rows in classifiers.items()}
            for case, classifiers in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(
            "can't read slice probabilities",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected="what spgc predict --slices wrote",
            do="predict again",
        ) from error


def _lines_of(file: TextIO) -> Iterator[str]:
    while line := file.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            raise ValueError(f"a line of more than {_MAX_LINE} signs")
        yield line


def _add(slices: dict[int, list[float]], row: Mapping[str, str]) -> None:
    """Add a slice's probabilities; ValueError when it has some already, or these are none."""
    number, shares = int(row["slice"]), [_share(row[name]) for name in _SHARES]
    if number in slices:
        raise ValueError(f"slice {number} of {row['case']} stands twice")
    if abs(sum(shares) - 1) > _SUM_SLACK:
        raise ValueError(f"probabilities of slice {number} of {row['case']} sum to {sum(shares):g}")
    slices[number] = shares


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(f"probability {text}")
    return value


def _in_order(rows: Mapping[int, list[float]]) -> list[list[float]]:
    first = 0 if 0 in rows else 1
    if sorted(rows) != list(range(first, first + len(rows))):
        raise ValueError("slices are missing")
    return [rows[number] for number in sorted(rows)]


def _lines(rows: ProbabilityRows) -> tuple[ProfileLine, ...]:
    step = WIDTH / len(rows)
    made = []
    for k, label in enumerate(CLASSES):
        points = (
            f"{(i + 0.5) * step:.1f},{HEIGHT * (1 - row[k]):.1f}" for i, row in enumerate(rows)
        )
        made.append(ProfileLine(label, k, " ".join(points)))
    return tuple(made)


def _counts(rows: ProbabilityRows) -> tuple[tuple[str, int], ...]:
    tops = [max(range(len(CLASSES)), key=row.__getitem__) for row in rows]
    return tuple((label, tops.count(k)) for k, label in enumerate(CLASSES))


def _runs(marks: Sequence[int]) -> list[tuple[int, int]]:
    """Start and length of each run of non-zero marks."""
    found: list[tuple[int, int]] = []
    for index, mark in enumerate(marks):
        if mark and found and sum(found[-1]) == index:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif mark:
            found.append((index, 1))
    return found
