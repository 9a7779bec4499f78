"""Scans as `.npy` arrays with their spacing in a JSON file beside them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.plain_volumes import check_named, named, unreadable
from spgc.ct.plausible import Spacing
from spgc.ct.series import Volume
from spgc.ct.size_limits import check_size
from spgc.errors import SeriesError
from spgc.files.json_documents import parse_json, read_limited
from spgc.files.regular import check_regular, open_regular
from spgc.jobs.quiet_warnings import no_warnings

MAX_SIDECAR = 2**20
"""Bytes of a JSON file beyond which it isn't read: three numbers take some fifty."""

MAX_HEADER = 2**16
"""Bytes of a `.npy` header beyond which the file is refused: a volume's has 128."""

_UNITS = ("unit", "units")
"""Keys under which some write the unit of the spacing."""

_VERSION_AT, _LENGTH_AT = 6, 8
"""Bytes where version and header length stand (numpy.lib.format)."""


def sidecar(path: Path) -> Path:
    """The JSON file that holds the spacing of a `.npy` volume."""
    return path.with_suffix(".json")


def read_npy(path: Path) -> Volume:
    """A `.npy` volume, as `volume_from_array` takes it, with `{"spacing": [z, y, x]}` beside it.

    The array is mapped, so that a header can't claim more than the file holds, and never
    unpickled. Raises SeriesError when either file is missing or wrong.
    """
    array, spacing, notes = _checked(path)
    return named(path, array, spacing, notes)


def check_npy(path: Path) -> None:
    """Raise SeriesError for a header or a spacing that `read_npy` would not take."""
    array, spacing, _ = _checked(path)
    check_named(path, array.shape, array.dtype, spacing)


def _checked(path: Path) -> tuple[NDArray[Any], Spacing, tuple[str, ...]]:
    spacing, notes = _read_spacing(sidecar(path))
    try:
        array = mapped(path)
        if array.offset + array.nbytes != check_regular(path):
            raise ValueError("more than the array")
    except Exception as error:  # each Python has its own errors for a damaged header
        raise unreadable(path, error, "a NumPy array of numbers") from error
    check_size(path, array.shape)
    _check_order(path, array.shape)
    return np.asarray(array), spacing, notes


def _check_order(path: Path, shape: tuple[int, ...]) -> None:
    """Refuse (columns, rows, slices), as other programs save: slices are square, scans no cubes."""
    if len(shape) == 3 and shape[0] == shape[1] != shape[2]:
        raise SeriesError(
            "axes of the array are in another order",
            where=path,
            found=f"{shape}, with the slices last, it seems",
            expected="(slices, rows, columns), head to feet",
            do="save array.transpose(2, 1, 0), turned to this order",
        )


def mapped(path: Path) -> np.memmap[Any, np.dtype[Any]]:
    """The array of a `.npy` file, mapped. Raises OSError and what NumPy raises for damage."""
    check_regular(path)
    with open_regular(path) as file:
        head = file.read(_LENGTH_AT + 4)
    long = head[_VERSION_AT : _VERSION_AT + 1] > b"\1"  # version 1 has two bytes for the length
    if long and int.from_bytes(head[_LENGTH_AT:], "little") > MAX_HEADER:
        raise ValueError(f"a header of more than {MAX_HEADER} bytes")
    with no_warnings():  # of headers that Python 2 wrote
        return np.lib.format.open_memmap(path, mode="r")


def _read_spacing(path: Path) -> tuple[Spacing, tuple[str, ...]]:
    """The spacing that stands in a sidecar, and a note on what else stands there.

    Raises SeriesError for other than three numbers in a list, for a key that stands there twice,
    and for another unit than mm.
    """
    try:
        text = read_limited(path, MAX_SIDECAR).decode("utf-8-sig")
        document = parse_json(text)
        if not isinstance(document["spacing"], list):
            raise TypeError
        z, y, x = (_number(step) for step in document["spacing"])
        if any(document.get(word, "mm") != "mm" for word in _UNITS):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise SeriesError(
            "no spacing for the .npy volume",
            where=path,
            found="no such file" if isinstance(error, FileNotFoundError) else "another content",
            expected='{"spacing": [z, y, x]} in mm, each key once',
            do="write this file next to the volume",
        ) from error
    others = len(document.keys() - {"spacing", *_UNITS})
    found = f"{others} keys other than spacing in {path.name}: not used"
    return (z, y, x), (found,) if others else ()


def _number(step: object) -> float:
    """A finite JSON number: `true` is 1 to Python, and a text may be anything."""
    if isinstance(step, bool) or not isinstance(step, int | float) or not math.isfinite(step):
        raise TypeError
    return float(step)
