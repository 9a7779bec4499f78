"""Slices whose last or first rows hold one value, unlike their neighbours': half copied files.

A copy or a power cut can leave a file of the right size whose end is zeroes. Where pixels are not
compressed nothing else shows it: the lower part of the image becomes flat.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spgc.ct.series import Volume
from spgc.text.shortened import some

MORE_ROWS = 1 / 16
"""Share of an image's rows by which the flat part must exceed that of a slice beside it. Five real
series have no flat rows."""

FILLED = 0.5
"""Share of a row beside the flat part that holds its value where an image is masked, by its lungs
say: those begin and end in rows of a few pixels, at other rows in each slice."""


def cut_images_noted(volume: Volume) -> Volume:
    """The volume with a note on slices that look cut off; else as it is. Pixels stay."""
    cut = {*_cut(volume.hu), *_cut(volume.hu[:, ::-1])}
    if not cut:
        return volume
    note = "rows at the edge hold one value, unlike in slices beside: is the file whole?"
    named = some([str(index + 1) for index in sorted(cut)])
    return replace(volume, notes=(*volume.notes, f"{note} (slices {named})"))


def _cut(images: NDArray[np.int16]) -> list[int]:
    """Indices of (S, H, W) whose flat part at the end is much larger than that of one beside.

    Images that are flat as a whole count between others alone: resampled series end in such ones.
    """
    height = images.shape[1]
    flat = [_flat_rows(image) for image in images]
    whole = [index for index, rows in enumerate(flat) if rows < height]
    found = []
    start, stop = _slanted(flat, height), len(flat) - _slanted(flat[::-1], height)
    for index in range(start, stop):
        rows = flat[index]
        beside = flat[max(index - 1, 0) : index] + flat[index + 1 : index + 2]
        inside = rows < height or (bool(whole) and whole[0] < index < whole[-1])
        more = beside and inside and rows - min(beside) >= max(height * MORE_ROWS, 1)
        if more and not _is_masked(images, index, rows):
            found.append(index)
    return found


def _slanted(flat: list[int], height: int) -> int:
    """Slices at the start whose flat part shrinks from each to the next, two at least, or 0.

    A series that was turned by resampling begins and ends so, or with flat images before.
    """
    blank = next((n for n, rows in enumerate(flat) if rows < height), len(flat))
    steps = enumerate(pairwise(flat[blank:]), start=blank)
    end = next((n for n, (one, other) in steps if one <= other), len(flat))
    return end if end > 1 else 0


def _is_masked(images: NDArray[np.int16], index: int, rows: int) -> bool:
    """Whether the rows before the flat part hold mostly its value; of a flat image, those beside.

    The first of them may be cut itself.
    """
    image = images[index]
    if rows == len(image):
        image = images[index - 1]
        rows = _flat_rows(image)
    row = image[: max(len(image) - rows - 1, 1)][-1]
    return bool((row == images[index, -1, -1]).mean() >= FILLED)


def _flat_rows(image: NDArray[np.int16]) -> int:
    """Rows at the end that hold the value of the last pixel alone; all of a flat image."""
    value = image[-1, -1]
    for count, row in enumerate(image[::-1]):
        if row[0] != value or not bool((row == value).all()):
            return count
    return len(image)
