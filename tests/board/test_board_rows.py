"""The leaderboard's rows, ranks and generated page are what the published tables give."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from spgc.board.board_rows import (
    CHALLENGE,
    LATER,
    YOURS,
    BoardRow,
    board_sets,
    of_set,
    read_board,
    read_row,
)
from spgc.board.claims import claim_of
from spgc.board.distributions import total_distribution
from spgc.board.published_board import published_board
from spgc.board.rank_intervals import rank_intervals
from spgc.board.ranking import place, reorder, share
from spgc.board.views import View, make_views, set_named, with_honesty
from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import LeaderboardError, UsageError
from spgc.files.shipped import leaderboard_dir
from spgc.protocol import CLASSES, OVERALL, RANKED_SPLITS
from spgc.report.board_tables import board_notes
from spgc.report.page.pages import board_page
from spgc.scoring.schemas import row_schema

BOARD = read_board(leaderboard_dir(), SPGC)
FILES = sorted(
    p for group in (CHALLENGE, LATER) for p in (leaderboard_dir() / group).rglob("*.json")
)


def mine(hits: tuple[int, int, int], set_name: str = OVERALL) -> BoardRow:
    cases = (35, 20, 35) if set_name == OVERALL else (10, 10, 10)
    return BoardRow("mine", YOURS, set_name, cases, hits, sum(hits), "test", challenge=SPGC)


def mine_named(team: str) -> BoardRow:
    return replace(mine((30, 17, 30)), team=team, group=CHALLENGE)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_row_keeps_the_published_form_and_follows_from_what_is_printed(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, row_schema())
    claim, follows = claim_of(document, SPGC), document["follows"]
    for name, cell in zip(CLASSES, claim.classes, strict=True):
        if cell is not None:
            assert list(cell.fitting()) == [follows["hits"][name]]
    assert claim.total is not None
    assert follows["total_hits"] in claim.total.fitting()
    known = [hits for hits in follows["hits"].values() if hits is not None]
    lacking = any(follows["hits"][c] is None and document["cases"][c] for c in CLASSES)
    assert follows["sum_of_hits"] == (None if lacking else sum(known))
    adds_up = lacking or sum(known) == follows["total_hits"]
    assert bool(document["doubt"]) == (not adds_up), "a doubt is noted exactly where sums fail"


def test_the_seventeen_teams_of_figure_11_stand_in_its_order() -> None:
    placed = place(of_set(BOARD, OVERALL, CHALLENGE))
    assert [p.row.position for p in placed] == list(range(1, 18))
    labels = [p.label for p in placed]
    assert labels[:11] == ["1", "2", "3", "4", "5", "6=", "6=", "6=", "9", "10=", "10="]


def test_cnr_iemns_tables_add_to_its_figure_11_row() -> None:
    rows = {r.set_name: r for r in BOARD if r.team == "CNR-IEMN"}
    sums = [sum(rows[s].hits[i] or 0 for s in RANKED_SPLITS) for i in range(3)]
    assert sums == list(rows[OVERALL].hits) == [32, 9, 32]
    assert rows["val"].accuracy.hits == 86


@pytest.mark.parametrize(
    ("hits", "label"),
    [
        ((10, 9, 9), "4="),
        ((10, 8, 9), "5="),
        ((10, 8, 8), "6–10"),
        ((10, 6, 6), "6–10"),
        ((7, 7, 7), "10="),
        ((7, 7, 6), "11–18"),
    ],
)
def test_below_the_printed_rows_of_table_8_a_rank_is_a_range(
    hits: tuple[int, int, int], label: str
) -> None:
    """Table 8 prints five rows down to 27 of 30, dots, and CNR-IEMN's 21, tenth."""
    entry = next(
        p for p in place([*of_set(BOARD, "test3", CHALLENGE), mine(hits, "test3")]) if p.row.yours
    )
    assert entry.label == label


def test_the_users_row_takes_no_rank_from_a_team() -> None:
    rows = of_set(BOARD, OVERALL, CHALLENGE)
    alone = {p.row.team: p.best for p in place(rows)}
    placed = place([*rows, mine((35, 20, 35))])
    assert placed[0].row.yours
    assert all(p.best == alone[p.row.team] for p in placed if not p.row.yours)


def test_a_set_of_another_size_is_ranked_by_share() -> None:
    small = replace(mine((5, 5, 5), "test2"), cases=(5, 5, 5))
    assert place([*of_set(BOARD, "test2", CHALLENGE), small])[0].row is small


def test_order_changes_but_ranks_stay() -> None:
    placed = place(of_set(BOARD, OVERALL, CHALLENGE))
    by_cap = reorder(placed, "cap", SPGC)
    assert [p.row.hits[1] for p in by_cap] == sorted((p.row.hits[1] for p in placed), reverse=True)
    assert {p.row.team: p.best for p in by_cap} == {p.row.team: p.best for p in placed}
    assert reorder(placed, "team", SPGC)[0].row.team == "Bingo"
    with pytest.raises(UsageError, match="unknown order"):
        reorder(placed, "luck", SPGC)


def test_sets_by_name() -> None:
    assert set_named(None, [], SPGC) == [OVERALL]
    assert set_named("low-dose", [], SPGC) == ["test1"]
    assert set_named("all", [], SPGC) == list(board_sets(SPGC))
    assert set_named(None, [mine((1, 1, 1), "test2")], SPGC) == ["test2"]
    with pytest.raises(UsageError, match="no leaderboard for train"):
        set_named("train", [], SPGC)


def test_rank_intervals_are_those_of_a_long_bootstrap() -> None:
    rows = of_set(BOARD, OVERALL, CHALLENGE)
    random, draws = np.random.default_rng(0), 40_000
    totals = np.array(
        [
            sum(
                random.binomial(n, (h or 0) / n, draws)
                for h, n in zip(r.hits, r.cases, strict=True)
            )
            if r.consistent
            else random.binomial(90, r.total_hits / 90, draws)
            for r in rows
        ]
    )
    ranks = 1 + (totals[None] > totals[:, None]).sum(axis=1)
    for row, interval, drawn in zip(rows, rank_intervals(rows, rows), ranks, strict=True):
        low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
        assert interval == pytest.approx((low, high), abs=1), row.team


def test_total_distributions_sum_to_one() -> None:
    for row in of_set(BOARD, OVERALL, CHALLENGE):
        chances = total_distribution(row)
        assert len(chances) == 91
        assert sum(chances) == pytest.approx(1)


def test_leaderboard_md_is_what_the_rows_give() -> None:
    """After a change to a row: make leaderboard."""
    from spgc.report.board_formats import to_markdown

    committed = (leaderboard_dir() / "LEADERBOARD.md").read_text(encoding="utf-8")
    views = make_views(published_board(SPGC), list(board_sets(SPGC)))
    assert to_markdown(with_honesty(views, published_board(SPGC))) == committed


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "challenge" / "overall" / "x.json"
    path.parent.mkdir(parents=True)
    for text in ("", "[]", "{}", '{"team": 1}', "\u00ff"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(LeaderboardError, match=re.escape(str(path))):
            read_board(tmp_path, SPGC)
    with pytest.raises(LeaderboardError, match="can't read row"):
        read_row(tmp_path / "nowhere.json", SPGC)
    with pytest.raises(LeaderboardError, match="no leaderboard rows"):
        read_board(tmp_path / "challenge", SPGC)


def test_tables_fit_80_columns() -> None:
    from rich.console import Console

    from spgc.report.board_tables import BoardTable

    for view in make_views(published_board(SPGC), list(board_sets(SPGC)), [mine((32, 15, 30))]):
        for entries, ranks in ((view.ranked, True), (view.later, False)):
            if entries:
                console = Console(width=200, no_color=True)
                with console.capture() as capture:
                    console.print(BoardTable(view.set_name, entries, ranks=ranks))
                lines = [line.rstrip() for line in capture.get().splitlines()]
                assert max(map(len, lines)) <= 80
                assert sum(" " in line and "/" in line for line in lines) >= len(entries)


def test_honest_tables_fit_80_columns() -> None:
    from rich.console import Console

    from spgc.report.honest_tables import honest_table

    yours = replace(mine((32, 15, 30)), team="a name of my own")
    for view in with_honesty(
        make_views(published_board(SPGC), list(board_sets(SPGC)), [yours]), BOARD
    ):
        if view.honest:
            console = Console(width=80, no_color=True)
            with console.capture() as capture:
                console.print(honest_table(view.honest))
            text = capture.get()
            assert text.count("…") == 0
            assert sum("/" in line for line in text.splitlines()) >= len(view.honest.standings)


def test_the_board_needs_no_numpy() -> None:
    code = (
        "import sys; from spgc.board.board_rows import board_sets\n"
        "from spgc.challenge.spgc_challenge import SPGC\n"
        "from spgc.board.published_board import published_board\n"
        "from spgc.board.views import make_views\n"
        "make_views(published_board(SPGC), list(board_sets(SPGC)))\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_users_rank_is_in_brackets() -> None:
    """The teams keep theirs: a team below it may have the same number without being level."""
    [view] = make_views(BOARD, ["overall"], [mine((30, 14, 31), "overall")])
    marks = {p.row.team: p.mark for p in view.ranked}
    yours = next(p for p in view.ranked if p.row.yours)
    assert yours.mark == f"({yours.label})" == "(5)"
    assert marks["CNR-IEMN"] == "5"
    for one in view.ranked:
        for other in view.ranked:
            level = share(one.row) == share(other.row)
            assert level or one.mark != other.mark or "–" in one.mark


def test_a_note_speaks_of_no_column_that_is_not_there() -> None:
    """Rank intervals need the challenge's own scans: a row on others takes the column away."""

    def speaks(view: View) -> bool:
        return any("# 95%" in note for note in board_notes(view))

    [plain] = make_views(BOARD, ["overall"])
    [mixed] = make_views(BOARD, ["overall"], [replace(mine((3, 2, 3), "overall"), cases=(3, 2, 3))])
    assert speaks(plain) and "# 95%" in board_page([plain], SPGC)
    assert not speaks(mixed) and "# 95%" not in board_page([mixed], SPGC)


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", " =1", "＝1+1", "＋1", "－1", "＠A"]
)
def test_a_teams_name_is_no_formula_in_a_spreadsheet(name: str) -> None:
    from spgc.report.board_formats import to_csv

    view = make_views([mine_named(name)], [OVERALL])
    (row,) = csv.DictReader(io.StringIO(to_csv(view)))
    assert row["team"] == f"'{name}"


def test_a_teams_name_is_only_text_in_markdown() -> None:
    """No HTML, no link, no code and no further cell."""
    from spgc.report.board_formats import to_markdown

    name = "<img src=x> [a](javascript:b) `c` | d & e"
    page = to_markdown(make_views([mine_named(name)], [OVERALL]))
    assert r"&lt;img src=x&gt; \[a](javascript:b) \`c\` &#124; d &amp; e" in page
    assert name not in page
