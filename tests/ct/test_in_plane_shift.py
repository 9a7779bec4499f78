"""The shift of slices in their plane is told in mm, as it is, whatever else the slices do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.ct.geometry import in_plane_shift
from spgc.ct.series import read_series
from tests.ct.dicom_files import Tags, images, write_scan

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
TILTED = (1.0, 0.0, 0.0, 0.0, float(np.cos(0.4)), float(-np.sin(0.4)))
"""A gantry tilted by 23 degrees: its slices follow each other along the body."""

STEPS = {
    "one jump, aslant in the plane": ([(3, 4) if i >= 5 else (0, 0) for i in range(10)], 5.0),
    "one slice": ([(3, -4) if i == 4 else (0, 0) for i in range(10)], 5.0),
    "to and fro, an even number": ([(3 * (i % 2), 0) for i in range(10)], 3.0),
    "to and fro, an odd number": ([(0, 3 * (i % 2)) for i in range(11)], 3.0),
    "two jumps": ([(2 * (i > 3) + 2 * (i > 6), 0) for i in range(10)], 4.0),
    "jumps that are undone": ([((0, 0), (6, 0), (0, 8))[i % 3] for i in range(12)], 10.0),
}


@pytest.mark.parametrize("orientation", [AXIAL, TILTED], ids=["axial", "tilted"])
@pytest.mark.parametrize("name", STEPS)
def test_the_largest_shift(name: str, orientation: tuple[float, ...]) -> None:
    offsets, expected = STEPS[name]
    plane = np.array(orientation).reshape(2, 3)
    corners = np.array(offsets, float) @ plane - np.outer(np.arange(len(offsets)), [0, 0, 2.5])
    assert in_plane_shift(corners, orientation) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("orientation", [AXIAL, TILTED], ids=["axial", "tilted"])
@pytest.mark.parametrize("direction", ["normal", "body", "aslant"])
def test_straight_lines_are_no_shift(orientation: tuple[float, ...], direction: str) -> None:
    """With a gap in them as well."""
    normal = np.cross(orientation[:3], orientation[3:])
    way = {"normal": normal, "body": np.array([0, 0, 1.0]), "aslant": np.array([0.3, 0.2, 1])}
    heights = np.array([0, 1, 2, 3, 7, 8, 9.0])
    assert in_plane_shift(np.outer(-heights, way[direction]), orientation) < 1e-6


def test_the_note_of_a_series(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        x, y = (3.0, 4.0) if index % 2 else (0.0, 0.0)
        tags["ImagePositionPatient"] = [x - 10, y - 10, tags["z"]]

    volume = read_series(write_scan(tmp_path, images(6), edit=edit))
    assert volume.notes == ("slices are shifted in their plane by up to 5.0 mm",)
