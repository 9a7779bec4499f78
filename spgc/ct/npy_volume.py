"""Scans as `.npy` arrays with their spacing in a JSON file beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from spgc.ct.plain_volumes import named, unreadable
from spgc.ct.series import Volume
from spgc.ct.size_limits import check_size
from spgc.errors import SeriesError


def sidecar(path: Path) -> Path:
    """The JSON file that holds the spacing of a `.npy` volume."""
    return path.with_suffix(".json")


def read_npy(path: Path) -> Volume:
    """A `.npy` volume, as `volume_from_array` takes it, with `{"spacing": [z, y, x]}` beside it.

    Raises SeriesError when either file is missing or wrong.
    """
    z, y, x = _read_spacing(sidecar(path))
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        check_size(path, array.shape)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(path, error, "a NumPy array of numbers") from error
    return named(path, np.asarray(array), (z, y, x))


def _read_spacing(path: Path) -> tuple[float, float, float]:
    try:
        z, y, x = (float(step) for step in json.loads(path.read_text("utf-8"))["spacing"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SeriesError(
            "no spacing for the .npy volume",
            where=path,
            found="no such file" if isinstance(error, FileNotFoundError) else "another content",
            expected='{"spacing": [z, y, x]} in mm',
            do="write this file beside the volume",
        ) from error
    return z, y, x
