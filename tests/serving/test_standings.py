"""Boards of the server: what teams were shown and no more until the end, then all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spgc.board.audited_board import audit_board
from spgc.challenge.challenge_file import read_challenge
from spgc.organising.ranking_of_teams import rank_teams
from spgc.scoring.intervals import clopper_pearson
from spgc.serving.exported_rows import exported_rows
from spgc.serving.page_views import BoardRowView, BoardView
from spgc.serving.standings import boards_of
from tests.serving.conftest import Serve
from tests.serving.flower_server import FlowerServer, csv, guesses, labels


def by_team(board: BoardView) -> dict[str, BoardRowView]:
    return {row.team: row for row in board.rows}


def boards(server: FlowerServer) -> dict[str, BoardView]:
    return {board.part: board for board in server.desk.boards()}


def test_without_feedback_no_row_has_a_score(serve: Serve) -> None:
    server = serve("none")
    server.send("Ben", labels())
    (board,) = server.desk.boards()
    assert [(row.team, row.rank, row.hits, row.value) for row in board.rows] == [
        ("Ada", None, None, None),
        ("Ben", None, None, None),
    ]
    assert [row.submissions for row in board.rows] == [0, 1]
    assert "No score is shown before the results are revealed." in board.notes


def test_with_the_ladder_the_board_shows_what_teams_were_shown(serve: Serve) -> None:
    server = serve("ladder")
    good = labels()
    worse = {**good, "F-001": "tulip" if good["F-001"] == "rose" else "rose"}
    server.send("Ada", worse)
    server.send("Ada", guesses(3, right=0.1))
    shown = server.desk.team(server.tokens["Ada"]).submissions[0].shown
    row = by_team(boards(server)["public"])["Ada"]
    assert row.hits == shown.hits
    assert shown.better is False
    assert row.interval == clopper_pearson(row.hits or 0, 30)
    assert (row.groups, row.sensitivity) == (None, {})


def test_until_the_end_a_board_follows_from_the_shown_numbers_alone(serve: Serve) -> None:
    """Other predictions with the same number of correct ones give the very same board."""
    made = []
    for number in range(2):
        server = serve("hits")
        truth, known = labels(), server.desk.served
        inside = [c.case_id for c, p in zip(known.cases, known.public, strict=True) if p]
        wrong = inside[:9] if number else inside[-9:]
        private = [case for case in truth if case not in inside]
        for team, cases in (("Ada", wrong), ("Ben", [*inside[5:17], *private[: number * 20]])):
            given = {
                c: ("rose" if k != "rose" else "tulip") if c in cases else k
                for c, k in truth.items()
            }
            server.send(team, given)
        made.append([board.as_dict() for board in server.desk.boards()])
    for board in (*made[0], *made[1]):
        for row in board["rows"]:
            row["last"] = None
    assert made[0] == made[1]


def test_rows_of_equal_score_share_their_rank(serve: Serve) -> None:
    server = serve("hits", ("Ada", "Ben", "Cid", "Dot"))
    for team, right in (("Ada", 0.4), ("Ben", 1.0), ("Cid", 1.0)):
        server.send(team, guesses(1, right))
    board = boards(server)["public"]
    assert [(row.team, row.rank) for row in board.rows if not row.baseline] == [
        ("Ben", "1="),
        ("Cid", "1="),
        ("Ada", "3"),
        ("Dot", None),
    ]
    assert by_team(board)["Ada"].rank_range == (3, 3)


def test_baselines_take_no_rank(serve: Serve) -> None:
    server = serve("hits")
    server.team("forest", baseline=True)
    server.send("forest", labels())
    server.send("Ada", guesses(1))
    board = boards(server)["public"]
    rows = by_team(board)
    assert board.rows[0].team == "forest"
    assert (rows["forest"].rank, rows["forest"].baseline) == (None, True)
    assert rows["Ada"].rank == "1"
    assert (rows["majority class"].hits, rows["majority class"].baseline) == (15, True)


def test_the_private_part_ranks_at_the_end(serve: Serve) -> None:
    """Best on the public part, worse on the private one."""
    server = serve("hits")
    known = server.desk.served
    public = {c.case_id: bool(p) for c, p in zip(known.cases, known.public, strict=True)}
    overfitted = {c: k if public[c] else "rose" for c, k in labels().items()}
    server.send("Ada", overfitted)
    server.send("Ben", guesses(4, right=0.7))
    assert boards(server)["public"].rows[0].team == "Ada"
    assert set(boards(server)) == {"public"}
    server.state("close", "reveal")
    shown = boards(server)
    assert list(shown) == ["final", "public"]
    assert [row.team for row in shown["final"].rows if row.rank] == ["Ben", "Ada"]
    final = by_team(shown["final"])["Ada"]
    assert (final.hits, final.cases) == (15, 30)
    assert final.sensitivity == {"rose": (15, 15), "sword lily": (0, 5), "tulip": (0, 10)}
    revealed = server.desk.team(server.tokens["Ada"]).submissions[0].revealed
    assert revealed == {"final": (15, 30), "public": (30, 30), "private": (15, 30)}


def test_at_the_end_rows_that_do_not_differ_share_a_letter(serve: Serve) -> None:
    server = serve("hits", ("Ada", "Ben", "Cid"))
    for team, right, seed in (("Ada", 0.9, 1), ("Ben", 0.85, 2), ("Cid", 0.0, 3)):
        server.send(team, guesses(seed, right))
    server.state("close", "reveal")
    rows = by_team(boards(server)["final"])
    assert set(rows["Ada"].groups or "") & set(rows["Ben"].groups or "")
    assert not set(rows["Ada"].groups or "") & set(rows["Cid"].groups or "")
    assert rows["majority class"].groups is None


@pytest.mark.parametrize("counted", ["last", "best"])
def test_sets_of_the_challenge_file_rank_as_spgc_challenge_score_does(
    serve: Serve, tmp_path: Path, counted: str
) -> None:
    """The same teams and files give the same final and the same public board."""
    server = serve("hits", ("Ada", "Ben", "Cid"), public_share=0.3, counted=f'"{counted}"')
    folder = tmp_path / "files"
    for team, seeds in (("Ada", (1, 2)), ("Ben", (3,)), ("Cid", (4, 5))):
        (folder / team).mkdir(parents=True)
        for seed in seeds:
            given = guesses(seed, right=0.2 * seed if seed < 5 else 0.1)
            server.send(team, given)
            (folder / team / f"{seed}.csv").write_bytes(csv(given))
    server.state("close", "reveal")
    shown = boards(server)
    ranked = rank_teams(read_challenge(tmp_path / "0" / "flowers"), folder)
    final = next(v for v in ranked.final.views if v.set_name == "overall")
    own = [row for row in shown["final"].rows if row.rank]
    assert [(r.team, r.rank, r.hits) for r in own] == [
        (p.row.team, p.label, p.row.total_hits) for p in final.ranked
    ]
    assert final.honest is not None
    groups = {one.row.team: (one.groups, one.ranks) for one in final.honest.standings}
    assert {row.team: (row.groups, row.rank_range) for row in own} == groups
    assert ranked.public is not None
    public = [row for row in shown["public"].rows if row.rank]
    assert [(r.team, r.hits) for r in public] == [
        (p.row.team, p.row.total_hits) for p in ranked.public.views[0].ranked
    ]
    assert list(shown) == ["final", "public", "private"]


def test_balanced_accuracy_ranks_at_the_end(serve: Serve) -> None:
    server = serve("hits", rule='"balanced accuracy"')
    truth = labels()
    server.send("Ada", dict.fromkeys(truth, "rose"))
    even = {c: k if k != "rose" else "tulip" for c, k in truth.items()}
    server.send("Ben", even)
    assert [r.rank for r in boards(server)["public"].rows if r.team in ("Ada", "Ben")] == [
        "1=",
        "1=",
    ]
    server.state("close", "reveal")
    final = by_team(boards(server)["final"])
    assert (final["Ben"].rank, final["Ada"].rank) == ("1", "2")
    assert final["Ben"].value == pytest.approx(2 / 3)


def test_everything_may_be_public_or_private(serve: Serve) -> None:
    server = serve("hits", share=1.0)
    assert server.send("Ada", labels()) == "60 of 60 correct."
    server.state("close", "reveal")
    assert [(b.part, b.rows[0].hits) for b in server.desk.boards()] == [("final", 60)]
    server = serve("hits", share=0.0)
    assert server.send("Ada", labels()).startswith("Received.")
    assert [row.hits for row in server.desk.boards()[0].rows] == [None, None]
    server.state("close", "reveal")
    assert server.desk.boards()[0].rows[0].hits == 60


def test_exported_rows_have_the_form_of_the_leaderboard(serve: Serve) -> None:
    server = serve("classes", show_classes=True)
    server.send("Ada", guesses(1))
    rows = {row.team: row.document for row in exported_rows(server.path)}
    assert set(rows) == {"Ada", "majority class"}
    row = rows["Ada"]
    assert row["cases"] == {"rose": 15, "sword lily": 5, "tulip": 10}
    assert row["follows"]["sum_of_hits"] == row["follows"]["total_hits"]
    assert row["set"] == "public"
    assert rows["majority class"]["position_printed"] is None


def test_exported_rows_add_up(serve: Serve, tmp_path: Path) -> None:
    """Also those of the baseline, whose class is the same one in every part."""
    server = serve("hits", public_share=0.3)
    for place, team in enumerate(("Ada", "Ben")):
        server.send(team, guesses(place))
    server.state("close", "reveal")
    for number, row in enumerate(exported_rows(server.path)):
        (tmp_path / f"{number}.json").write_text(json.dumps(row.document))
    made = audit_board(tmp_path, server.desk.served.challenge)
    assert made.rows == 9
    assert made.findings == ()


def test_the_baseline_is_of_one_class_in_all_tables(serve: Serve) -> None:
    """Three of nine roses are public, and two of ten tulips: the baseline is all tulips."""
    kinds = {f"P{n}": "rose" if n < 9 else "tulip" for n in range(19)}
    public = ("P0", "P1", "P2", "P10", "P11")
    parts = (f"{c},{k},{'public' if c in public else 'private'}\n" for c, k in kinds.items())
    server = serve("hits", rows=f"Study,Label,split\n{''.join(parts)}")
    server.send("Ada", kinds)
    server.state("close", "reveal")
    told = {
        name: sum(r.hits or 0 for r in one.rows if r.baseline)
        for name, one in boards(server).items()
    }
    assert told == {"final": 10, "public": 2, "private": 8}


def test_a_board_is_made_once_for_each_state(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, calls = serve("hits"), []

    def counted(*words: object) -> object:
        calls.append(1)
        return boards_of(*words)  # type: ignore[arg-type]

    monkeypatch.setattr("spgc.serving.served_desk.boards_of", counted)
    for _ in range(3):
        server.desk.boards()
    server.send("Ada", guesses(1))
    assert server.desk.boards()[0].rows[0].team == "Ada" or len(calls) == 2
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("feedback", "best"), [("none", 2), ("ladder", 2), ("classes", 2), ("hits", 1), ("sets", 1)]
)
def test_the_best_is_best_by_the_rule_that_ranks(serve: Serve, feedback: str, best: int) -> None:
    """As in `spgc challenge score`; where hits are shown, the one with most of them.

    Roses are half of all cases: calling everything a rose has most hits, and one class right.
    """
    balanced = {"rule": '"balanced accuracy"', "counted": '"best"'}
    server = serve(feedback, ("Ada",), public_share=0.5, show_classes=True, **balanced)
    roses = dict.fromkeys(labels(), "rose")
    few = {case: "tulip" if label == "rose" else label for case, label in labels().items()}
    rest = [case for case, label in labels().items() if label == "tulip"][:12]
    server.send("Ada", roses)
    server.send("Ada", {**few, **dict.fromkeys(rest, "rose")})
    shown = server.desk.team(server.tokens["Ada"])
    assert shown.final == (None if feedback in ("none", "ladder") else best)
    sent = server.path.parent / "sent"
    sent.mkdir()
    for number, one in enumerate((roses, {**few, **dict.fromkeys(rest, "rose")}), start=1):
        (sent / f"Ada--{number}.csv").write_bytes(csv(one))
    counted = rank_teams(read_challenge(server.path.parent / "flowers"), sent).counted[0].path
    assert counted.name == "Ada--2.csv"
    server.state("close", "reveal")
    assert server.desk.team(server.tokens["Ada"]).final == best
