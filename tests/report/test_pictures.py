"""Pictures: of the kind that the ending names, no dates, text as text, whole captions, R and L."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from spgc.board.board_rows import YOURS, BoardRow
from spgc.board.published_board import published_board
from spgc.board.views import make_views
from spgc.challenge.spgc_challenge import SPGC
from spgc.ct.patient_sides import sides_known
from spgc.errors import UsageError
from spgc.paper.figures.ranked_teams import draw_board
from spgc.report.contact_sheets import lung_outline_figure
from spgc.report.importance_figure import CAPTION
from spgc.report.pictures import (
    KINDS,
    caption,
    check_picture,
    fitting,
    picture_bytes,
    verbatim,
    write_figure,
    write_picture,
)

STARTS = {
    ".png": b"\x89PNG",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".svg": b"<?xml",
    ".pdf": b"%PDF",
}


def drawing(text: str = "a title") -> Figure:
    figure = Figure(figsize=(3, 2), layout="constrained")
    figure.subplots().set_title(text)
    return figure


@pytest.mark.parametrize("ending", STARTS)
def test_the_ending_names_the_kind(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending.upper()}"
    write_picture(drawing(), path)
    assert path.read_bytes().startswith(STARTS[ending])
    check_picture(path, force=False)  # our own: a second run replaces it


@pytest.mark.parametrize("name", ["x.tiff", "x", "x.csv", "scan.nii.gz"])
def test_another_ending_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown kind of picture"):
        check_picture(tmp_path / name, force=True)


def test_the_same_figure_gives_the_same_bytes_without_a_date(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_figure(drawing(), tmp_path / "a")]
    second = [path.read_bytes() for path in write_figure(drawing(), tmp_path / "b")]
    assert first == second
    assert len(first) == len(KINDS)
    for content in first:
        assert b"CreationDate" not in content
        assert b"dc:date" not in content


def test_text_is_text_in_an_svg() -> None:
    svg = picture_bytes(drawing("find me & 5 $"), "svg").decode("utf-8")
    assert ">find me &amp; 5 $</text>" in svg


def test_dpi_sets_the_pixels() -> None:
    for dpi in (50, 200):
        assert Image.open(BytesIO(picture_bytes(drawing(), "png", dpi))).size == (3 * dpi, 2 * dpi)


def test_names_are_shown_letter_by_letter() -> None:
    """No formula, no control sign, and no warning for letters that the font lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = picture_bytes(drawing(verbatim("a$b$ \x1b 患者")), "svg").decode("utf-8")
    assert r">a$b$ \x1b 患者</text>" in svg


def widest(figure: Figure) -> float:
    """Right end of the text that reaches farthest, as a share of the figure's width."""
    figure.canvas.draw()  # type: ignore[attr-defined]
    found = [figure._supxlabel, figure._suptitle]  # type: ignore[attr-defined]
    ends = [text.get_window_extent().x1 for text in found if text is not None]
    return max(ends) / (figure.get_size_inches()[0] * figure.dpi)


@pytest.mark.parametrize("inches", [3.5, 7.2, 9.4])
@pytest.mark.parametrize("size", [6.5, 7.0])
def test_captions_end_within_the_figure(inches: float, size: float) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = Figure(figsize=(inches, 6), layout="constrained")
    FigureCanvasAgg(figure)
    caption(figure, CAPTION, size)
    assert widest(figure) <= 1


def test_the_caption_of_figure_11_is_whole() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    yours = BoardRow(
        "mine " * 20, YOURS, "overall", (35, 20, 35), (1, 1, 1), 3, "test", challenge=SPGC
    )
    [view] = make_views(published_board(SPGC), ["overall"], [yours])
    figure = draw_board(view.ranked)
    FigureCanvasAgg(figure)
    assert widest(figure) <= 1


def test_every_mark_in_figure_11_is_explained() -> None:
    [view] = make_views(published_board(SPGC), ["overall"])
    figure = draw_board(view.ranked)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    below = " ".join(text.get_text() for text in figure.texts)
    for mark in "*?":
        assert any(name.endswith(f" {mark}") for name in names)
        assert f"{mark}: " in below


def test_long_words_are_broken() -> None:
    assert max(map(len, fitting("x" * 500 + " y", 3, 9).split("\n"))) <= 42
    assert fitting("one\ntwo", 7, 9) == "one\ntwo"


def letters(figure: Figure) -> list[str]:
    return [text.get_text() for place in figure.axes for text in place.texts]


def test_sides_are_marked_where_they_are_known() -> None:
    hu = np.zeros((2, 8, 8), np.int16)
    sheet = lung_outline_figure(hu, hu > 0, ["a", "b"])
    assert letters(sheet) == ["R", "L", "R", "L"]
    for place in sheet.axes:
        right, left = place.texts
        assert right.get_position()[0] < 0.5 < left.get_position()[0]
    assert letters(lung_outline_figure(hu, hu > 0, ["a", "b"], sides=False)) == []
    assert sides_known(["2 left out: identical copies of other slices"])
    assert not sides_known(["no ImageOrientationPatient: taken as plain axial"])
    assert not sides_known(["NIfTI without orientation: taken as stored feet to head"])
