"""Figure 11: every mark lies at its row's share of right scans, and the user's row is shaded."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from scipy import stats

from spgc.board.board_rows import CHALLENGE, YOURS, BoardRow
from spgc.board.ranking import Placed, place
from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import SubmissionError
from spgc.paper.figures.figure_sources import Sources
from spgc.paper.figures.ranked_teams import APART, LONGEST_NAME, board_figure, draw_board
from spgc.protocol import CLASSES

CASES = (35, 20, 35)


def ranked() -> list[Placed]:
    """Three teams, the second without its hits by class, and the user's row in between."""
    return place(
        [
            BoardRow(
                "first", CHALLENGE, "overall", CASES, (33, 19, 33), 85, "made", challenge=SPGC
            ),
            BoardRow(
                "second",
                CHALLENGE,
                "overall",
                CASES,
                (None, None, None),
                70,
                "made",
                challenge=SPGC,
            ),
            BoardRow(
                "third " * 9, CHALLENGE, "overall", CASES, (10, 5, 30), 45, "made", challenge=SPGC
            ),
            BoardRow("ours", YOURS, "overall", CASES, (30, 20, 27), 77, "made", challenge=SPGC),
        ]
    )


@pytest.fixture
def figure() -> Figure:
    return draw_board(ranked())


def test_marks_and_intervals_are_the_rows_shares(figure: Figure) -> None:
    """Diamond or circle at hits of all scans, a line over the exact 95 % interval."""
    overall = figure.axes[0]
    spans, marks = overall.lines[::2], overall.lines[1::2]
    for height, (hits, span, mark) in enumerate(zip((85, 77, 70, 45), spans, marks, strict=True)):
        assert mark.get_xdata()[0] == pytest.approx(100 * hits / 90)
        assert mark.get_ydata()[0] == height
        exact = stats.binomtest(hits, 90).proportion_ci(method="exact")
        assert list(span.get_xdata()) == pytest.approx([100 * exact.low, 100 * exact.high])
    assert [mark.get_marker() for mark in marks] == ["o", "D", "o", "o"]
    assert [text.get_text() for text in overall.texts] == ["85/90", "77/90", "70/90", "45/90"]


def test_classes_lie_at_their_sensitivities(figure: Figure) -> None:
    """Three marks a row, one below the other; none of a row whose classes are unpublished."""
    legend = {t.get_text() for t in figure.axes[1].get_legend().get_texts()}
    assert legend == set(CLASSES)
    found = [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in figure.axes[1].lines
        if len(line.get_xdata())
    ]
    hits = {0: (33, 19, 33), 1: (30, 20, 27), 3: (10, 5, 30)}
    assert found == [
        (pytest.approx(100 * row[k] / CASES[k]), pytest.approx(height + (k - 1) * APART))
        for height, row in hits.items()
        for k in range(3)
    ]


def test_names_ranks_and_the_users_row(figure: Figure) -> None:
    overall = figure.axes[0]
    names = [label.get_text() for label in overall.get_yticklabels()]
    assert names[:3] == ["1  first", "(2)  ▶ ours", "2  second"]
    assert names[3].startswith("3  third third")
    assert len(names[3]) == len("3  ") + LONGEST_NAME
    assert names[3].endswith("…")
    (shade,) = overall.patches
    assert (shade.get_y(), shade.get_height()) == (0.5, 1.0)
    assert overall.get_ylim() == (3.5, -0.5)  # the best at the top
    assert "scored here" in figure.get_supxlabel()


def test_phantoms_among_patients_are_named() -> None:
    rows = [
        BoardRow("first", CHALLENGE, "overall", CASES, (33, 19, 33), 85, "made", challenge=SPGC),
        BoardRow(
            "ours",
            YOURS,
            "overall",
            CASES,
            (1, 2, 3),
            6,
            "made",
            foreign="SYNTHETIC",
            challenge=SPGC,
        ),
    ]
    assert draw_board(place(rows)).get_suptitle().startswith("SYNTHETIC: the shaded row")


def test_the_published_board_has_all_teams() -> None:
    """17 teams are printed, the winner first; no row is shaded."""
    figure = board_figure(Sources())
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(names) == 17
    assert names[0].startswith("1  TheSaviours")
    assert not figure.axes[0].patches


def test_answers_for_one_set_make_no_row(tmp_path: Path) -> None:
    from spgc.data.manifests import read_manifests

    rows = [f"{case.case_id},normal\n" for case in read_manifests().split("test1")]
    path = tmp_path / "one.csv"
    path.write_text("Study,Label\n" + "".join(rows))
    with pytest.raises(SubmissionError, match="Figure 11 shows the three test sets together"):
        board_figure(Sources(submissions=(path,)))
