"""Between the grid of a volume and the voxels of the scan that it shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.contract.volumes import VolumeBox

Voxel = tuple[int, int, int]
"""z, y, x in the scan's arrays, from 0."""


def lungs_on_grid(
    mask: NDArray[np.bool_], box: VolumeBox, size: tuple[int, ...]
) -> NDArray[np.bool_]:
    """A scan's lung mask (S, H, W) at the centres of a grid (D, H, W); nothing outside the scan."""
    voxels = _voxels(box, size)
    nearest = [np.clip(one, 0, count - 1) for one, count in zip(voxels, mask.shape, strict=True)]
    return np.asarray(mask[np.ix_(*nearest)] & _inside(voxels, mask.shape), bool)


def hottest_voxel(values: NDArray[np.float64], box: VolumeBox, shape: tuple[int, ...]) -> Voxel:
    """The voxel of a scan of `shape` in which the highest value of a map (D, H, W) lies.

    Places of the grid outside the scan don't count, unless all of it lies there.
    """
    voxels = _voxels(box, values.shape)
    inside = _inside(voxels, shape)
    seen = np.where(inside, values, -np.inf) if inside.any() else values
    place = np.unravel_index(int(seen.argmax()), values.shape)
    z, y, x = (
        int(np.clip(one[index], 0, count - 1))
        for one, index, count in zip(voxels, place, shape, strict=True)
    )
    return z, y, x


def heat_at(
    values: NDArray[np.float64], box: VolumeBox, voxels: tuple[NDArray[np.int_], ...]
) -> NDArray[np.float64]:
    """A map (D, H, W) at the centres of voxels, a row of numbers for each axis of the scan.

    Linear between the centres of the grid; NaN outside the box.
    """
    found = values
    for axis in sorted(range(3), key=lambda one: len(voxels[one])):
        found = _along(found, axis, _on_axis(box, axis, values.shape[axis], voxels[axis]))
    return found


def _voxels(box: VolumeBox, size: tuple[int, ...]) -> list[NDArray[np.int_]]:
    """For each axis the voxels in which the centres of a grid lie; some may be outside the scan."""
    sides = zip(box.low, box.high, size, strict=True)
    return [
        np.floor(low + (np.arange(count) + 0.5) * (high - low) / count).astype(int)
        for low, high, count in sides
    ]


def _inside(voxels: list[NDArray[np.int_]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(D, H, W): whether the centres of a grid lie in a scan of `shape`."""
    z, y, x = ((one >= 0) & (one < count) for one, count in zip(voxels, shape, strict=True))
    return np.asarray(z[:, None, None] & y[:, None] & x, bool)


def _on_axis(
    box: VolumeBox, axis: int, count: int, voxels: NDArray[np.int_]
) -> NDArray[np.float64]:
    """Where the centres of voxels lie on an axis of the grid, whose cells go from i to i + 1."""
    low, high = box.low[axis], box.high[axis]
    return np.asarray((voxels + 0.5 - low) / (high - low) * count, np.float64)


def _along(
    values: NDArray[np.float64], axis: int, places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values linear between the centres of cells along one axis; NaN outside of all cells."""
    count = values.shape[axis]
    centres = np.clip(places - 0.5, 0, count - 1)
    first = np.minimum(centres.astype(int), max(count - 2, 0))
    share = np.expand_dims(centres - first, [one for one in range(3) if one != axis])
    lower = values.take(first, axis=axis)
    upper = values.take(np.minimum(first + 1, count - 1), axis=axis)
    outside = np.expand_dims(
        (places < 0) | (places > count), [one for one in range(3) if one != axis]
    )
    return np.where(outside, np.nan, lower + (upper - lower) * share)
