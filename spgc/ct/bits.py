"""Exact binary morphology on whole images packed into one integer, one bit per pixel.

A shift of the integer moves every pixel at once, so a dilation is a handful of shifts and ors.
Python's own integers do it: no compiled code, no rounding, the same bits on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

Box = tuple[slice, slice]
"""A part of an image: rows and columns."""


@dataclass(frozen=True)
class BitPlane:
    """The layout of packed images of `height` × `width` pixels.

    `margin` empty pixels surround the image, so that a dilation of at most that reach never
    runs from one row into the next. Bit `(y + margin) * stride + x + margin` is pixel (y, x).
    """

    height: int
    width: int
    margin: int

    @cached_property
    def stride(self) -> int:
        """Bits from one row to the next, a whole number of bytes."""
        return -(-(self.width + self.margin) // 8) * 8

    @cached_property
    def full(self) -> int:
        """Every pixel of the image set, none of the margin."""
        return self.pack(np.ones((self.height, self.width), bool))

    def pack(self, image: Mask) -> int:
        """The packed form of a (H, W) mask."""
        rows = np.zeros((self.height, self.stride // 8), np.uint8)
        packed = np.packbits(image, axis=1, bitorder="little")
        rows[:, : packed.shape[1]] = packed
        return int.from_bytes(rows.tobytes(), "little") << self._origin

    def unpack(self, bits: int) -> Mask:
        """The (H, W) mask of a packed image; what lies in the margin is dropped."""
        inside = (bits & self.full) >> self._origin
        rows = np.frombuffer(inside.to_bytes(self.height * self.stride // 8, "little"), np.uint8)
        rows = rows.reshape(self.height, -1)
        mask: Mask = np.unpackbits(rows, axis=1, count=self.width, bitorder="little").view(np.bool_)
        return mask

    @property
    def _origin(self) -> int:
        return self.margin * self.stride + self.margin

    def invert(self, bits: int) -> int:
        """The pixels of the image that are not set."""
        return self.full & ~bits

    def dilate_diamond(self, bits: int, radius: int) -> int:
        """Dilate by all pixels at most `radius` steps away, as `radius` 4-neighbour dilations do.

        The diamond grows by doubling: D(r + s) = D(r) ⊕ {centre, four tips at s}, for s <= r.
        """
        stride, reach = self.stride, 0
        while reach < radius:
            step = min(max(reach, 1), radius - reach)
            down = step * stride
            bits |= bits << step | bits >> step | bits << down | bits >> down
            reach += step
        return bits & self.full

    def dilate_square(self, bits: int, radius: int) -> int:
        """Dilate by the square of (2 * radius + 1)² pixels."""
        for unit in (1, self.stride):
            reach = 0
            while reach < radius:
                step = min(2 * reach + 1, radius - reach)
                bits |= bits << step * unit | bits >> step * unit
                reach += step
        return bits & self.full
