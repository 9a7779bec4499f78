"""The public pages: what they show of a board, and that foreign text stays text."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from spgc.serving.page_views import BoardView
from spgc.serving.pages import kept_page
from spgc.serving.pages.page_words import area_text, is_open, moment, rank_number, state_said
from tests.serving.pages.pretend_desk import HOSTILE, PretendDesk
from tests.serving.pages.visitor import Visitor


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def rows_of(text: str) -> list[list[str]]:
    """The cells of a page's first table, without tags."""
    table = re.search(r"<tbody.*?</tbody>", text, re.DOTALL)
    assert table
    rows = re.findall(r"<tr.*?</tr>", table[0], re.DOTALL)
    cells = [re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in row] for row in cells]


def test_rows_without_a_score_stand_unranked_and_the_baseline_is_marked() -> None:
    rows = rows_of(Visitor(PretendDesk()).get("/").text)
    assert rows[0][:7] == ["1", "ada", "80.0", "61.4–92.3", "24/30", "1–3", "a"]
    assert rows[2][:2] == ["–", "majority class baseline"]
    assert rows[3][:5] == ["–", "=late() no score yet", "–", "–", "–"]


def test_the_page_follows_the_tables_and_the_state() -> None:
    desk = PretendDesk()
    visitor = Visitor(desk)
    assert ">Open</span>" in visitor.get("/").text
    desk.state = "closed"
    assert ">Closed</span>" in visitor.get("/").text


def test_the_page_is_made_once_for_the_same_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, made = PretendDesk(), []
    boards = desk.boards()
    monkeypatch.setattr(desk, "boards", lambda: boards)
    monkeypatch.setattr(kept_page, "leaderboard_page", lambda *given: made.append(given) or "page")
    visitor = Visitor(desk)
    assert [visitor.get("/").text for _ in range(3)] == ["page"] * 3
    assert len(made) == 1


def test_before_any_score_the_table_has_no_ranks() -> None:
    class Silent(PretendDesk):
        def boards(self) -> tuple[BoardView, ...]:
            (board,) = super().boards()
            return (BoardView(board.challenge, "public", "Public part", False, board.rows[3:]),)

    page = Visitor(Silent()).get("/").text
    assert rows_of(page) == [["=late()", "0", "–"]]
    assert "Rank" not in page.split("<tbody")[0].split("<table")[1]


@pytest.mark.parametrize("path", ["/", "/challenge", "/team"])
def test_foreign_text_stays_text(path: str) -> None:
    page = Visitor(PretendDesk(title=HOSTILE)).get(path).text
    assert "\u202e" not in page
    allowed = {"src", "defer"}
    for tag, attributes in Tags(page).found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag != "script" or set(attributes) == allowed
    assert "alert(1)" in page
    assert "<script>" not in page


def test_all_that_a_page_loads_is_there_for_good() -> None:
    visitor = Visitor(PretendDesk())
    tags = Tags(visitor.get("/").text).found
    loaded = [a["src"] for t, a in tags if t == "script"]
    loaded += [a["href"] for t, a in tags if t == "link" and a["rel"] == "stylesheet"]
    assert len(loaded) == 2
    for address in loaded:
        answer = visitor.get(str(address))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert visitor.get("/static/site.css").status_code == 404
    assert visitor.get("/static/..%2f..%2fpage_routes.py").status_code == 404


@pytest.mark.parametrize(
    ("path", "kept"), [("/", "no-cache"), ("/challenge", "no-cache"), ("/team", "no-store")]
)
def test_private_pages_are_kept_nowhere(path: str, kept: str) -> None:
    assert Visitor(PretendDesk()).get(path).headers["cache-control"] == kept


def test_the_table_for_spreadsheets_holds_no_formula() -> None:
    answer = Visitor(PretendDesk()).get("/board.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="leaderboard.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["rank"] for row in rows] == ["1", "2", "", ""]
    assert [row["correct"] for row in rows] == ["24", "20", "15", ""]
    assert rows[3]["team"] == "'=late()"


def test_commands_name_the_address_that_was_asked() -> None:
    page = Visitor(PretendDesk(), "https://board.example:8443").get("/challenge").text
    assert "spgc submit --server https://board.example:8443 --token-file" in page
    odd = Visitor(PretendDesk()).ask("GET", "/challenge", headers={"Host": "x; rm -r ~ #"}).text
    assert "spgc submit --server ADDRESS --token-file" in odd


@pytest.mark.parametrize(
    ("opens", "closes", "taken", "word"),
    [
        (None, None, True, "Open"),
        ("2030-01-02", None, False, "Not open yet"),
        ("2030-01-01", "2030-01-01", True, "Open"),
        (None, "2029-12-31", False, "Closed"),
    ],
)
def test_an_open_challenge_keeps_its_days(
    opens: str | None, closes: str | None, taken: bool, word: str
) -> None:
    known = PretendDesk().challenge()
    given = known.__class__(**{**vars(known), "opens": opens, "closes": closes})
    assert is_open(given, date(2030, 1, 1)) == taken
    assert state_said(given, date(2030, 1, 1))[1] == word


def test_times_are_said_in_utc() -> None:
    assert moment("2030-01-31T23:30:00-01:00") == "2030-02-01 00:30 UTC"
    assert moment("2030-01-31T23:30:00Z") == "2030-01-31 23:30 UTC"
    assert moment("later") == "later"


def test_unranked_rows_stay_last_when_ranks_are_sorted() -> None:
    assert [rank_number(rank) for rank in ("2=", "10", None)] == ["2", "10", "Infinity"]


def test_a_text_field_gets_ascii_alone() -> None:
    assert area_text("a\tb\n<é\x00>") == "a&#9;b\n&lt;&#233;&#0;&gt;"
