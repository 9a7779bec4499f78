"""Volumes turned into int16 HU slab by slab, so that reading takes little more than the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spgc.ct.plausible import AIR, HuCount

SLAB_VOXELS = 2**20
"""Voxels turned into HU at once: four slices of 512 x 512, 8 MiB in the widest usual type."""

PADDING = AIR - 1
"""What stands for numbers that are none: below all HU, so that it proves nothing of the scan."""


def slabs(length: int, voxels_each: int) -> Iterator[slice]:
    """`length` planes of `voxels_each` voxels in parts of `SLAB_VOXELS`, at least a plane each."""
    planes = max(SLAB_VOXELS // max(voxels_each, 1), 1)
    for start in range(0, length, planes):
        yield slice(start, min(start + planes, length))


def to_hu(values: NDArray[Any], count: HuCount) -> NDArray[np.int16]:
    """Numbers in HU, rounded, at least `AIR`; `count` learns what they were before clipping."""
    if values.dtype.kind == "f":
        values = np.rint(np.nan_to_num(values, nan=PADDING, posinf=PADDING, neginf=PADDING))
    count.add(values)
    return np.asarray(np.clip(values, AIR, np.iinfo(np.int16).max), np.int16)


class ByteStream(Protocol):
    """What gives the next bytes of a file, as it lies there or unpacked."""

    def read(self, size: int, /) -> bytes: ...


def exactly(stream: ByteStream, size: int) -> bytes:
    """`size` bytes. Raises EOFError for a stream that ends before."""
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content


def fill_with_hu(
    target: NDArray[np.int16], stream: ByteStream, kind: np.dtype[Any], count: HuCount
) -> None:
    """Fill `target`, an int16 view with the axes of the file, whose first grows fastest.

    The file is read, not mapped: one that is cut meanwhile would end the process. Raises EOFError
    for a stream that ends before its voxels do.
    """
    plane = target.shape[:-1]
    for part in slabs(target.shape[-1], plane[0] * plane[1]):
        shape = (*plane, part.stop - part.start)
        content = exactly(stream, shape[0] * shape[1] * shape[2] * kind.itemsize)
        values = np.frombuffer(content, kind).reshape(shape, order="F")
        target[..., part] = to_hu(values, count)


def array_to_hu(values: NDArray[Any]) -> NDArray[np.int16]:
    """A volume of numbers in HU, (S, H, W), cut along the axis that lies widest in memory.

    Raises SeriesError for values that can't be HU of a chest.
    """
    hu, count = np.empty(values.shape, np.int16), HuCount()
    axis = int(np.argmax(np.abs(values.strides)))
    source, target = np.moveaxis(values, axis, 0), np.moveaxis(hu, axis, 0)
    for part in slabs(len(source), source[0].size):
        target[part] = to_hu(source[part], count)
    count.check()
    return hu
