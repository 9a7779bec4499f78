"""Label arrays of COVID-CT-MD: `Slice-level-labels*.npy`, `Lobe-level-labels*.npy`, `Index.csv`.

The sum of the slice array tells nothing about its version: 4,993 and 3,815 occur in two of the
three by coincidence. Number of rows and type do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spgc.data.csv_tables import read_rows
from spgc.data.label_tables import MAX_SLICES, Labels
from spgc.errors import DataError
from spgc.files.regular import check_regular, open_regular
from spgc.protocol import CAP, LOBES, class_named

MAX_ARRAY_BYTES = 64 * 2**20

VERSIONS: Mapping[tuple[int, str], tuple[str, str]] = MappingProxyType(
    {
        (80, "int64"): ("challenge release", "challenge"),
        (79, "int64"): ("figshare release, 2021-05", "figshare"),
        (79, "int32"): ("relabelled 2021-09-08", "figshare"),
    }
)
"""(rows, type) of the three published slice arrays: their version, whose numbers they go by."""

_OLD_CAP = re.compile(r"p\d{3}")

_OLD_COVID19 = MappingProxyType(
    dict(
        zip(
            ("P058", "P104", "P109", "P129", "P142"),
            ("P051", "P052", "P053", "P054", "P055"),
            strict=True,
        )
    )
)
"""Names from before the challenge's numbering that its `Index.csv` still gives to five rows."""

_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    SyntaxError,
    TokenError,
    RecursionError,
    MemoryError,
    OverflowError,
)


def version_of(array: NDArray[np.generic]) -> tuple[str, str]:
    """Version and numbering of a slice array; 79 or 80 rows of another type still tell numbers."""
    known = VERSIONS.get((len(array), array.dtype.name))
    if known is not None:
        return known
    return "unknown version", {79: "figshare", 80: "challenge"}.get(len(array), "own")


def read_array(path: Path, index: Path) -> Labels:
    """Slice labels (patients, slices) of 0/1 by case ID, slices from the head.

    A row belongs to the line of `Index.csv` at the same place, not to the number printed there,
    which skips 43. Raises DataError when array and index do not fit.
    """
    names, array = read_index(index), load_array(path)
    _fit(array, (len(names), -1), path, index)
    return {name: row.astype(np.uint8) for name, row in zip(names, array, strict=True)}


def read_lobes(path: Path, index: Path) -> Labels:
    """Lobe labels (slices, 5) of 0/1 by case ID, lobes in the order of `LOBES`."""
    names, array = read_index(index), load_array(path)
    _fit(array, (len(names), -1, len(LOBES)), path, index)
    return {name: row.astype(np.uint8) for name, row in zip(names, array, strict=True)}


def _fit(array: NDArray[np.generic], shape: tuple[int, ...], path: Path, index: Path) -> None:
    fits = array.ndim == len(shape) and all(
        want in (-1, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits or array.shape[1] > MAX_SLICES or not np.isin(array, (0, 1)).all():
        values = f", values {array.min()} to {array.max()}" if array.size else ""
        wanted = " x ".join("slices" if n == -1 else str(n) for n in shape)
        raise DataError(
            "label array does not fit its index",
            where=path,
            found=f"shape {array.shape}{values}",
            expected=f"{wanted} of 0 and 1, one row per line of {index.name}",
        )


def load_array(path: Path) -> NDArray[np.generic]:
    """An array of numbers from a file that may be hostile.

    The header is checked before memory is given: plain numbers, and as many as the file is long.
    Raises DataError otherwise.
    """
    try:
        size = check_regular(path)
        if size > MAX_ARRAY_BYTES:
            raise DataError("label array is too large", where=path, expected="at most 64 MiB")
        with open_regular(path) as file:
            shape, dtype = _header(file)
            promised = math.prod(shape) * dtype.itemsize
            if dtype.kind not in "biuf" or promised != size - file.tell():
                raise ValueError(f"{dtype} {shape} in {size} bytes")
            file.seek(0)
            return np.asarray(np.load(file, allow_pickle=False))
    except _DAMAGE as error:
        raise DataError(
            "label array can't be read",
            where=path,
            found=(str(error) or type(error).__name__).splitlines()[0][:100],
            expected="a whole NumPy file of plain numbers",
            do="copy the file again from the release",
        ) from error


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, _, dtype = read[version](file)
    return shape, dtype


def read_index(path: Path) -> list[str]:
    """Case IDs in the order of the array's rows: the lines of `Index.csv`, old or new form.

    The old form calls CAP patients p001 to p026 without p006; they are cap001 to cap025, in order
    (the rows of the arrays match). It calls the last five COVID-19 patients P058 to P142; their
    folders are P051 to P055 (with that, training holds the 2,482 infected slices of the paper).
    Raises DataError for a missing file or a name that comes twice.
    """
    if not path.is_file():
        raise DataError(
            "label array without its index",
            where=path,
            expected="Index.csv next to the array",
            do="copy Index.csv from the same release",
        )
    names: list[str] = []
    caps = 0
    aliases = {"folder/id": "folder"}
    for row in read_rows(path, "Index.csv", ("folder",), aliases, optional=("diagnosis",)):
        name = row["folder"].replace("\\", "/").rstrip("/").split("/")[-1]
        if _OLD_CAP.fullmatch(name) and class_named(row.cells.get("diagnosis", "")) == CAP:
            caps += 1
            name = f"cap{caps:03d}"
        if not name or name in names:
            what = f"Index.csv names {name} twice" if name else "Index.csv has a row without a name"
            raise DataError(what, where=row.where, expected="one unique name per row")
        names.append(name)
    if set(_OLD_COVID19) <= set(names) and not set(_OLD_COVID19.values()) & set(names):
        names = [_OLD_COVID19.get(name, name) for name in names]
    return names
