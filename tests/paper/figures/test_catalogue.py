"""Every figure of the paper that shows a result can be named, and is drawn by its function."""

import pytest

from spgc.errors import UsageError
from spgc.paper.figures.catalogue import FIGURES, figures_named
from spgc.paper.figures.figure_sources import Sources


def test_all_figures_but_the_drawings_of_the_method() -> None:
    """15 figures in the paper; 2 and 4 are drawings."""
    assert [int(number) for number in FIGURES] == [n for n in range(1, 16) if n not in (2, 4)]
    assert all(figure.number == number for number, figure in FIGURES.items())


@pytest.mark.parametrize("name", ["13", "figure13", "Figure 13", "figure-13", " 13 "])
def test_names_of_a_figure(name: str) -> None:
    assert [figure.number for figure in figures_named([name, "1"])] == ["13", "1"]


@pytest.mark.parametrize("name", ["2", "16", "table1", "", "13b"])
def test_unknown_figures(name: str) -> None:
    with pytest.raises(UsageError, match="unknown figure"):
        figures_named([name])


@pytest.mark.parametrize(("number", "table"), [("6", "table1"), ("10", "table5")])
def test_each_matrix_figure_asks_for_its_own_run(number: str, table: str, tmp_path: object) -> None:
    with pytest.raises(Exception, match=f"{table} has not been made"):
        FIGURES[number].draw(Sources(runs=tmp_path))  # type: ignore[arg-type]
    assert FIGURES[number].needs == f"--runs with {table}"
