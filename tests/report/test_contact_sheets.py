"""Contact sheets show every slice with its outline in the picture's own pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from spgc.ct.lungs import segment_lungs
from spgc.report.contact_sheets import lung_outline_figure, place_title
from tests.ct.test_watershed import AWKWARD, two_lungs


def test_sheet_has_a_place_for_each_slice() -> None:
    scan = np.stack([two_lungs(), AWKWARD["one lung"], AWKWARD["no lung"]])
    titles = ["one", "two", "three"]
    figure = lung_outline_figure(scan, segment_lungs(scan), titles, columns=2, heading="P001")
    assert [axis.get_title() for axis in figure.axes] == titles
    assert [len(axis.collections) for axis in figure.axes] == [1, 1, 0]


def test_strip_shows_regions_groups_and_places() -> None:
    """Region boundaries of a scan of 10 slices lie between slices 2 and 3, 4 and 5 and so on."""
    scan = np.stack([two_lungs(), AWKWARD["one lung"]])
    figure = lung_outline_figure(
        scan, segment_lungs(scan), ["a", "b"], places=[0, 9], areas_cm2=np.arange(10.0)
    )
    strip = figure.axes[-1]
    bands = sorted(patch.get_x() for patch in strip.patches)
    assert bands == [-0.5, 1.5, 3.5, 5.5, 7.5]
    assert [line.get_xdata()[0] for line in strip.lines] == [0, 9]
    frames = [tuple(axis.spines["left"].get_edgecolor()) for axis in figure.axes[:2]]
    assert frames[0] != frames[1]


def test_titles_count_from_the_head() -> None:
    assert place_title(0, 133) == "slice 1 of 133 · region 1, group 1"
    assert place_title(132, 133) == "slice 133 of 133 · region 5, group 20"


def test_outline_is_drawn_in_colour(tmp_path: Path) -> None:
    scan = two_lungs()[None]
    figure = lung_outline_figure(scan, segment_lungs(scan), ["one"], pixel_mm=(1.0, 0.5))
    figure.savefig(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    orange = (pixels[..., 0] > 200) & (pixels[..., 2] < 60)
    assert orange.sum() > 100
