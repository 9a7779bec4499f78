"""Planes through a scan: which voxels they show, at which scale, and where a box lies in them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from spgc.contract.volumes import VolumeBox
from spgc.report.scan_planes import draw_frame, plane_panels, planes_through, width_ratios

SHAPE, SPACING = (4, 6, 8), (5.0, 2.0, 1.0)


def test_planes_meet_in_the_voxel() -> None:
    volume = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    z, y, x = 1, 4, 7
    axial, coronal, sagittal = planes_through((z, y, x))
    assert np.array_equal(axial.cut(volume), volume[z])
    assert np.array_equal(coronal.cut(volume), volume[:, y])
    assert np.array_equal(sagittal.cut(volume), volume[:, :, x])
    assert axial.cut(volume)[y, x] == coronal.cut(volume)[z, x] == sagittal.cut(volume)[z, y]
    assert (axial.place(SHAPE), sagittal.name) == ("slice 2 of 4", "sagittal")
    assert (coronal.letters, sagittal.letters) == (("R", "L"), ("A", "P"))


def test_all_planes_are_drawn_at_one_scale() -> None:
    """Of panels as wide as their plane in mm, a voxel is as high as its mm say."""
    planes = planes_through((0, 0, 0))
    assert width_ratios(SHAPE, SPACING) == [8.0, 8.0, 12.0]
    assert [plane.aspect(SPACING) for plane in planes] == [2.0, 5.0, 2.5]
    assert [plane.size_mm(SHAPE, SPACING) for plane in planes] == [(8, 12), (8, 20), (12, 20)]


def test_a_box_is_drawn_by_edges_and_does_not_widen_the_picture() -> None:
    box = VolumeBox((1.0, 2.0, -3.0), (3.0, 6.0, 8.0))
    figure = Figure()
    ((first, *_),) = plane_panels(figure, 1, (1, 1, 1))
    axial, coronal, _ = planes_through((2, 3, 4))
    first.imshow(np.zeros((6, 8)))
    limits = first.get_xlim(), first.get_ylim()
    draw_frame(first, axial, box)
    first.autoscale_view()
    assert (first.get_xlim(), first.get_ylim()) == limits
    (patch,) = first.patches
    assert patch.get_bbox().bounds == pytest.approx((-3.5, 1.5, 11, 4))
    assert coronal.frame(box) == ((-3.5, 0.5), 11, 2)
