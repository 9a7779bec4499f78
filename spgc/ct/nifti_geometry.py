"""Where the voxels of a file go in a volume from head to feet: axes, spacing, positions.

Of NIfTI files and, in `placed`, of any whose affine is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.nifti_axes import Affine, check_axes, normal, steps


@dataclass(frozen=True)
class Geometry:
    """How a file's voxels lie in the volume.

    shape: (S, H, W) of the volume; affine: (4, 4) to mm, of axes that grow to the right, front and
    head; turns: (3, 2), for each axis of the file the axis that it becomes of those, and -1 where
    it runs the other way; notes: what is doubtful.
    """

    shape: tuple[int, int, int]
    affine: Affine
    turns: NDArray[np.float64]
    notes: tuple[str, ...]

    @property
    def spacing(self) -> tuple[float, float, float]:
        """(z, y, x) mm."""
        return steps(self.affine)

    def positions(self) -> NDArray[np.float64]:
        """(S,) mm along the slice normal, head first."""
        foot = float(normal(self.affine) @ self.affine[:3, 3])
        return foot + self.spacing[0] * np.arange(self.shape[0], dtype=np.float64)[::-1]

    def as_stored(self, hu: NDArray[np.int16]) -> NDArray[np.int16]:
        """A view of the volume (S, H, W) with the axes of the file, to be filled in."""
        grows = hu[::-1, ::-1, ::-1].transpose(2, 1, 0)  # ours grow to the feet, back and left
        stored = grows.transpose([int(axis) for axis in self.turns[:, 0]])
        return stored[tuple(slice(None, None, int(way)) for way in self.turns[:, 1])]


def geometry_of(image: Any, shape: tuple[int, int, int], path: Path) -> Geometry:
    """The geometry of a nibabel image whose voxels have `shape`, axes of length 1 left out.

    Raises SeriesError for an affine that places no voxels, or lies too oblique to be axial.
    """
    mm, notes = check_axes(image, path)
    return placed(image.affine, shape, notes, mm)


def placed(
    affine: Affine, shape: tuple[int, int, int], notes: tuple[str, ...], mm: float = 1.0
) -> Geometry:
    """The geometry of voxels of `shape` whose affine, (4, 4), leads right, front and head.

    mm: the unit of the affine.
    """
    from nibabel.orientations import inv_ornt_aff, io_orientation

    turns = io_orientation(affine)  # type: ignore[no-untyped-call]
    upright = affine @ inv_ornt_aff(turns, shape)  # type: ignore[no-untyped-call]
    x, y, z = (shape[int(axis)] for axis in np.argsort(turns[:, 0]))
    return Geometry((z, y, x), np.diag([mm, mm, mm, 1.0]) @ upright, turns, notes)
