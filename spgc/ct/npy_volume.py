"""Scans as `.npy` arrays with their spacing in a JSON file beside them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from spgc.ct.plain_volumes import check_named, head_to_feet, unreadable
from spgc.ct.plausible import HuCount, Spacing
from spgc.ct.series import Volume
from spgc.ct.size_limits import check_size
from spgc.ct.slabs import fill_with_hu
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

_EXPECTED = "a NumPy array of numbers"

_VERSION_AT, _LENGTH_AT = 6, 8
"""Bytes where version and header length stand (numpy.lib.format)."""


def sidecar(path: Path) -> Path:
    """The JSON file that holds the spacing of a `.npy` volume."""
    return path.with_suffix(".json")


def read_npy(path: Path) -> Volume:
    """A `.npy` volume, as `volume_from_array` takes it, with `{"spacing": [z, y, x]}` beside it.

    Its size is compared with its header's claim first, and nothing is unpickled. Raises SeriesError
    when either file is missing or wrong.
    """
    array, spacing, notes = _checked(path)
    doubts = check_named(path, array.shape, array.dtype, spacing)
    hu, count = np.empty(array.shape, np.int16), HuCount()
    try:
        with open_regular(path) as stream:
            stream.seek(array.offset)
            fill_with_hu(hu.T if array.flags.c_contiguous else hu, stream, array.dtype, count)
    except (OSError, EOFError) as error:  # it has changed meanwhile
        raise unreadable(path, error, _EXPECTED) from error
    count.check(path)
    return head_to_feet(hu, spacing, (*notes, *doubts))


def check_npy(path: Path) -> None:
    """Raise SeriesError for a header or a spacing that `read_npy` would not take."""
    array, spacing, _ = _checked(path)
    check_named(path, array.shape, array.dtype, spacing)


_Mapped = np.memmap[Any, np.dtype[Any]]
"""An array of which type, shape and place count: looking at its values ends the process where the
file was cut meanwhile."""


def _checked(path: Path) -> tuple[_Mapped, Spacing, tuple[str, ...]]:
    spacing, notes = _read_spacing(sidecar(path))
    try:
        array = mapped(path)
        if array.offset + array.nbytes != check_regular(path):
            raise ValueError("more than the array")
    except Exception as error:  # each Python has its own errors for a damaged header
        raise unreadable(path, error, _EXPECTED) from error
    check_size(path, array.shape)
    _check_order(path, array.shape)
    return array, spacing, notes


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


def mapped(path: Path) -> _Mapped:
    """The array of a `.npy` file by its header. Raises OSError and what NumPy raises for damage."""
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
