"""The recipe of the phantom cohorts: sizes, counts, and what sets each split apart.

`data_manifests/phantoms.toml` comes with spgc; a file of the same form may take its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.data.label_tables import MAX_SLICES
from spgc.errors import DataError, UsageError
from spgc.files.shipped import manifests_dir
from spgc.files.toml_documents import read_toml
from spgc.phantoms.conditions import Conditions
from spgc.phantoms.plan import CLASS_FOLDERS, CohortPlan
from spgc.phantoms.scanner import KERNELS
from spgc.protocol import SPLITS

FILE_NAME = "phantoms.toml"

MAX_BYTES = 2**20
"""Of a recipe, which has some kilobytes."""

_SIZE_KEYS = {"pixels", "slices", "labelled", "layout", "scans", "severity", "variety", "extent"}
_SHARES = ("wires", "pacemaker", "valve", "effusion", "oedema", "motion", "compressed")


def read_recipe(path: Path | None = None) -> dict[str, CohortPlan]:
    """The plan of each size. Raises DataError, naming the file and the entry that is wrong."""
    path = path or manifests_dir() / FILE_NAME
    document = _load(path)
    _known(document, {"format", "sizes", "splits"}, path, "the recipe")
    if type(document.get("format")) is not int or document["format"] != 1:
        raise _wrong(path, "format", document.get("format"), "1")
    conditions = {
        split: _conditions(values, path, f"splits.{split}")
        for split, values in _table(document, "splits", path).items()
    }
    for split in conditions:
        _split_name(split, path, "splits")
    sizes = _table(document, "sizes", path)
    return {
        name: _plan(values, conditions, path, f"sizes.{name}") for name, values in sizes.items()
    }


def plan_named(size: str, path: Path | None = None) -> CohortPlan:
    """The plan of one size. Raises UsageError when the recipe has no such size."""
    plans = read_recipe(path)
    if size not in plans:
        raise UsageError(
            "unknown cohort size",
            found=repr(size),
            expected=" | ".join(plans),
            do="name one of them",
        )
    return plans[size]


def default_conditions() -> dict[str, Conditions]:
    """Conditions by split of the recipe that comes with spgc."""
    return dict(next(iter(read_recipe().values())).conditions)


def _load(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, MAX_BYTES)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            "recipe can't be read",
            where=path,
            found=str(error).splitlines()[0] if str(error) else type(error).__name__,
            expected="a TOML file like data_manifests/phantoms.toml",
        ) from error


def _wrong(path: Path, entry: str, found: object, expected: str) -> DataError:
    return DataError(f"recipe: {entry} is wrong", where=path, found=repr(found), expected=expected)


def _known(values: Mapping[str, Any], known: set[str], path: Path, entry: str) -> None:
    if more := sorted(set(values) - known):
        raise DataError(
            f"recipe: {entry} has unknown entries",
            where=path,
            found=", ".join(more),
            expected=", ".join(sorted(known)),
        )


def _table(document: Mapping[str, Any], name: str, path: Path) -> dict[str, dict[str, Any]]:
    table = document.get(name)
    if not isinstance(table, dict) or not all(isinstance(v, dict) for v in table.values()):
        raise _wrong(path, name, table, "a table of tables")
    return table


def _split_name(split: str, path: Path, entry: str) -> None:
    if split not in SPLITS:
        raise _wrong(path, entry, split, " | ".join(SPLITS))


def _plan(
    values: Mapping[str, Any], conditions: Mapping[str, Conditions], path: Path, entry: str
) -> CohortPlan:
    _known(values, _SIZE_KEYS, path, entry)
    slices = values.get("slices")
    if slices is not None:
        slices = _pair(slices, path, f"{entry}.slices", (1, MAX_SLICES), int)
    layout = values.get("layout", "challenge")
    if layout not in list(CLASS_FOLDERS):  # a list or table in its place has no hash
        raise _wrong(path, f"{entry}.layout", layout, " | ".join(CLASS_FOLDERS))
    pixels = values.get("pixels")
    if type(pixels) is not int or not 32 <= pixels <= 1024:
        raise _wrong(path, f"{entry}.pixels", pixels, "a whole number from 32 to 1024")
    share = _number(values.get("labelled", 0.5), path, f"{entry}.labelled", (0, 1))
    severity = _number(values.get("severity", 1), path, f"{entry}.severity", (0.3, 5))
    variety = _number(values.get("variety", 1), path, f"{entry}.variety", (0, 1.5))
    extent = values.get("extent")
    if extent is not None:
        extent = _pair(extent, path, f"{entry}.extent", (0, 0.6))
    counts = _counts(values.get("scans"), path, f"{entry}.scans")
    return CohortPlan(counts, slices, pixels, share, severity, variety, extent, layout, conditions)


def _counts(scans: Any, path: Path, entry: str) -> dict[str, tuple[int, int, int]]:
    if not isinstance(scans, dict) or not scans:
        raise _wrong(path, entry, scans, "scans per class (COVID-19, CAP, normal) for each split")
    counts = {}
    for split, three in scans.items():
        _split_name(split, path, entry)
        whole = isinstance(three, list) and len(three) == 3
        if not whole or any(type(n) is not int or not 0 <= n <= 999 for n in three):
            raise _wrong(path, f"{entry}.{split}", three, "three whole numbers from 0 to 999")
        counts[split] = (three[0], three[1], three[2])
    return counts


def _number(value: Any, path: Path, entry: str, limits: tuple[float, float]) -> float:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _wrong(path, entry, value, f"a number from {low:g} to {high:g}")
    return float(value)


def _pair(
    value: Any, path: Path, entry: str, limits: tuple[float, float], kind: type = float
) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(path, entry, value, "two numbers, from and to")
    low, high = (kind(_number(v, path, entry, limits)) for v in value)
    if low > high:
        raise _wrong(path, entry, value, "two numbers, the smaller one first")
    return low, high


def _conditions(values: Mapping[str, Any], path: Path, entry: str) -> Conditions:
    _known(values, {f.name for f in dataclasses.fields(Conditions)}, path, entry)
    made: dict[str, Any] = {}
    for name, value in values.items():
        where = f"{entry}.{name}"
        if name in _SHARES:
            made[name] = _number(value, path, where, (0, 1))
        elif name in ("mas", "heart"):
            made[name] = _pair(value, path, where, (1, 1000) if name == "mas" else (0.5, 2))
        elif name == "kvp":
            made[name] = int(_number(value, path, where, (70, 150)))
        else:
            made[name] = _choices(name, value, path, where)
    return Conditions(**made)


def _choices(name: str, value: Any, path: Path, entry: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise _wrong(path, entry, value, "a list to choose from")
    if name == "thickness_mm":
        return tuple(_number(v, path, entry, (0.3, 20)) for v in value)
    if unknown := [v for v in value if not isinstance(v, str) or v not in KERNELS]:
        raise _wrong(path, entry, unknown[0], " | ".join(KERNELS))
    return tuple(value)
