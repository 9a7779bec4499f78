"""Figures 6 to 10 show the counts that `spgc reproduce` recorded, cell by cell."""

import json
from pathlib import Path

import numpy as np
import pytest

from spgc.errors import DataError
from spgc.paper.figures.figure_sources import Sources
from spgc.paper.figures.matrices import matrix_figure

COUNTS = [[30, 7, 3], [2, 8, 0], [0, 0, 0]]


def record(folder: Path, table: str, **changes: object) -> Sources:
    """A run whose first matrix is `COUNTS` and whose others are its multiples."""
    names = ["resnext50", "densenet161", "inception_v3", "wide_resnet50"]
    document = {
        "unit": "slices",
        "synthetic": False,
        "title": "a title",
        "matrices": {n: (np.array(COUNTS) * (i + 1)).tolist() for i, n in enumerate(names)},
    }
    (folder / table).mkdir()
    (folder / table / "reproduce.json").write_text(json.dumps(document | changes))
    return Sources(runs=folder)


def cells(place: object) -> list[str]:
    return [text.get_text() for text in place.texts]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("number", "table"), [("6", "table1"), ("7", "table2"), ("8", "table3"), ("9", "table4")]
)
def test_cells_are_the_counts_of_the_run(number: str, table: str, tmp_path: Path) -> None:
    """Colours are shares of the true class; a class that nobody has shows dashes."""
    figure = matrix_figure(record(tmp_path, table), number)
    assert len(figure.axes) == 4
    first, second = figure.axes[:2]
    assert cells(first) == [
        *("30\n75 %", "7\n18 %", "3\n8 %"),
        *("2\n20 %", "8\n80 %", "0\n0 %"),
        *("–", "–", "–"),
    ]
    np.testing.assert_allclose(
        first.images[0].get_array(), [[0.75, 0.175, 0.075], [0.2, 0.8, 0], [0, 0, 0]]
    )
    assert first.get_title() == "resnext50: 38/50 correct"
    assert second.get_title() == "densenet161: 76/100 correct"
    assert figure.get_suptitle() == "Validation slices: a title"
    assert [t.get_text() for t in first.get_xticklabels()] == ["COVID-19", "CAP", "Normal"]


def test_figure_10_shows_all_backbones_with_each_classifier(tmp_path: Path) -> None:
    """The last two matrices of Table 5's run; phantoms are named."""
    figure = matrix_figure(record(tmp_path, "table5", unit="scans", synthetic=True), "10")
    assert [place.get_title() for place in figure.axes] == [
        "inception_v3: 114/150 correct",
        "wide_resnet50: 152/200 correct",
    ]
    assert "SYNTHETIC" in figure.get_suptitle()
    assert "Validation scans: a title" in figure.get_suptitle()


def test_a_run_that_is_not_there_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="table3 has not been made"):
        matrix_figure(Sources(runs=tmp_path), "8")
    for number, changes in enumerate(({"matrices": {}}, {"matrices": {"x": [[1]]}})):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(DataError, match="record of a run is damaged"):
            matrix_figure(record(folder, "table1", **changes), "6")
