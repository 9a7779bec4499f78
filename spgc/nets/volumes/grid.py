"""A scan's volume on another grid: one weight matrix for each axis, whatever the order.

Interpolation on a grid is linear in the voxels and goes axis by axis, B-splines and their prefilter
included, so a volume is three matrix products away from its grid: the same numbers as
`scipy.ndimage` gives, in a twentieth of the time (benchmarks/volumes_prediction.py). Products run
on one core: hundreds of small ones that two threads share wait for each other wherever something
else runs as well, and networks do.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from spgc.contract.volumes import VolumeBox

ORDERS = ("linear", "cubic", "area", "pooled")
"""Between the two nearest voxels; the cubic B-spline of `scipy.ndimage` through all of them; the
mean over the part of the scan that a grid cell covers, and "linear" along an axis where the grid is
finer than the scan; and the mean over all voxels that a cell touches, each counted alike, which
torch and MONAI call area."""

TOLERANCE = 0.01
"""HU by which "cubic" may differ from `scipy.ndimage` in float64, for volumes of CT; "linear" too.
Measured: 0.002."""

_ALONE = threading.Lock()

_NOTHING = 1e-7
"""Weights below are 0: a spline's never end, and numbers below float32's range are slow."""

Voxels = NDArray[np.int16] | NDArray[np.bool_] | NDArray[np.float32]


def on_grid(
    volume: Voxels, box: VolumeBox, size: tuple[int, int, int], order: str = "linear"
) -> NDArray[np.float32]:
    """What a scan (S, H, W) shows in `box`, as (D, H', W') float32 of that size.

    order: a name of `ORDERS`. Beyond the scan its outermost voxels go on.
    """
    z, y, x = (
        axis_weights(*axis, order)
        for axis in zip(volume.shape, box.low, box.high, size, strict=True)
    )
    (z_from, z), (y_from, y), (x_from, x) = map(_trimmed, (z, y, x))
    depth, height, width = size
    right = np.ascontiguousarray(x.T)
    rows, columns = slice(y_from, y_from + y.shape[1]), slice(x_from, x_from + x.shape[1])
    planes = np.empty((z.shape[1], height, width), np.float32)
    with _one_core():
        for number, plane in enumerate(planes):
            part = volume[z_from + number, rows, columns]
            np.matmul(y, part.astype(np.float32) @ right, out=plane)
        flat = z @ planes.reshape(len(planes), height * width)
    return np.asarray(flat.reshape(depth, height, width), np.float32)


@contextmanager
def _one_core() -> Iterator[None]:
    """NumPy's products run in the calling thread alone.

    The limit is the whole process's: two at a time could each restore the other's.
    """
    with _ALONE, _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@lru_cache(maxsize=64)
def axis_weights(
    length: int, low: float, high: float, count: int, order: str
) -> NDArray[np.float32]:
    """(count, length): the share that each of `length` voxels has in each of `count` grid cells.

    The cells divide the stretch from edge `low` to edge `high` evenly; voxel i lies from i to
    i + 1. Read only: one matrix serves all that ask for it.
    """
    step = (high - low) / count
    if order == "pooled":
        weights = _pooled(length, low, high, count)
    elif order == "area" and step > 1:
        weights = _area(length, low, high, count)
    else:
        degree = 3 if order == "cubic" else 1
        weights = _interpolated(length, low + (step - 1) / 2, step, count, degree)
    weights[np.abs(weights) < _NOTHING] = 0
    made = np.ascontiguousarray(weights, np.float32)
    made.flags.writeable = False
    return made


def _interpolated(
    length: int, first: float, step: float, count: int, degree: int
) -> NDArray[np.float64]:
    """Weights of voxel centres at `first`, `first + step`, …: what scipy makes of unit vectors."""
    from scipy.ndimage import affine_transform

    weights = affine_transform(
        np.eye(length),
        (step, 1.0),
        (first, 0.0),
        (count, length),
        order=degree,
        mode="nearest",
    )
    return np.asarray(weights, np.float64)


def _area(length: int, low: float, high: float, count: int) -> NDArray[np.float64]:
    """Overlaps of cells and voxels, as shares of a cell; the outermost voxels go on beyond."""
    edges = np.linspace(low, high, count + 1)
    lower, upper = edges[:-1, None], edges[1:, None]
    starts = np.arange(length, dtype=np.float64)
    ends = starts + 1
    starts[0], ends[-1] = min(low, starts[0]), max(high, ends[-1])
    overlaps = np.minimum(upper, ends) - np.maximum(lower, starts)
    return np.asarray(np.maximum(overlaps, 0) / (upper - lower), np.float64)


def _pooled(length: int, low: float, high: float, count: int) -> NDArray[np.float64]:
    """Equal shares of the voxels that each cell touches, of those from `low` to `high`."""
    first, last = max(0, math.floor(low)), min(length, math.ceil(high))
    width = last - first
    cells, voxels = np.arange(count)[:, None], np.arange(length) - first
    touched = (voxels >= cells * width // count) & (voxels < -((-cells - 1) * width // count))
    return np.asarray(touched / touched.sum(axis=1, keepdims=True), np.float64)


def _trimmed(weights: NDArray[np.float32]) -> tuple[int, NDArray[np.float32]]:
    """The first voxel that has a share in any cell, and the weights from there to the last."""
    used = np.flatnonzero(weights.any(axis=0))
    first, last = int(used[0]), int(used[-1])
    return first, np.ascontiguousarray(weights[:, first : last + 1])


def whole_box(shape: tuple[int, int, int]) -> VolumeBox:
    """The box of all of a scan (S, H, W)."""
    depth, height, width = map(float, shape)
    return VolumeBox((0.0, 0.0, 0.0), (depth, height, width))


def mask_box(
    mask: NDArray[np.bool_], spacing: tuple[float, float, float], margin_mm: float
) -> VolumeBox | None:
    """The box of all true voxels of a mask (S, H, W), wider by `margin_mm` but not than the scan.

    spacing: mm (z, y, x). None where no voxel is true.
    """
    slices = np.flatnonzero(np.any(mask, axis=(1, 2)))
    if not len(slices):
        return None
    shown = np.any(mask[slices[0] : slices[-1] + 1], axis=0)
    along = (slices, np.flatnonzero(np.any(shown, axis=1)), np.flatnonzero(np.any(shown, axis=0)))
    low, high = [], []
    for places, length, mm in zip(along, mask.shape, spacing, strict=True):
        margin = margin_mm / mm
        low.append(max(0.0, float(places[0]) - margin))
        high.append(min(float(length), float(places[-1]) + 1 + margin))
    return VolumeBox((low[0], low[1], low[2]), (high[0], high[1], high[2]))
