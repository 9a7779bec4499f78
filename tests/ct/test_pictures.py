"""Contact sheets show every slice with its outline in the picture's own pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from spgc.ct.lungs import segment_lungs
from spgc.ct.pictures import lung_outline_figure

from .test_watershed import AWKWARD, two_lungs


def test_sheet_has_a_place_for_each_slice() -> None:
    scan = np.stack([two_lungs(), AWKWARD["one lung"], AWKWARD["no lung"]])
    titles = ["one", "two", "three"]
    figure = lung_outline_figure(scan, segment_lungs(scan), titles, columns=2, heading="P001")
    assert [axis.get_title() for axis in figure.axes] == [*titles, ""]
    assert [len(axis.collections) for axis in figure.axes] == [1, 1, 0, 0]


def test_outline_is_drawn_in_colour(tmp_path: Path) -> None:
    scan = two_lungs()[None]
    figure = lung_outline_figure(scan, segment_lungs(scan), ["one"], pixel_mm=(1.0, 0.5))
    figure.savefig(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    orange = (pixels[..., 0] > 200) & (pixels[..., 2] < 60)
    assert orange.sum() > 100
