"""Results print as the command prints them, show as safe HTML, and give their numbers out."""

from __future__ import annotations

import builtins
import functools
import html.parser
import sys
from pathlib import Path
from typing import Any

import pytest

import spgc
from spgc.api.shown import Shown
from spgc.data.manifests import read_manifests
from spgc.errors import MissingExtraError
from spgc.jobs.extras import has
from spgc.text.synthetic import SYNTHETIC_DATA
from tests.cli.conftest import spgc as command

EVIL = "<script>alert(1)</script>"
TRUTH = {"P1": "covid-19", "P2": "cap", "P3": "normal", f"P4{EVIL}": "normal"}
ANSWERS = {**TRUTH, "P2": "normal"}
FILES = {"truth.csv": TRUTH, "a.csv": ANSWERS, "b.csv": TRUTH}

cli = command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, labels in FILES.items():
        rows = "".join(f"{case},{label}\n" for case, label in labels.items())
        Path(name).write_text(f"Study,Label\n{rows}")
    return tmp_path


@functools.cache
def results() -> dict[str, Shown]:
    """One of each kind, with foreign text wherever some can stand."""
    kinds: dict[str, Any] = {
        "score": spgc.score(ANSWERS, TRUTH, resamples=100),
        "accepted": spgc.validate(ANSWERS, TRUTH),
        "refused": spgc.validate({"P1": EVIL, EVIL: "cap"}, TRUTH),
        "comparison": spgc.compare(ANSWERS, TRUTH, TRUTH, names=(EVIL, "b")),
        "published": spgc.compare("TheSaviours", split="test2"),
        "board": spgc.leaderboard(split="test2", honest=True),
        "budget": spgc.disclosure_budget(TRUTH, submissions=[1, 5]),
        "ladder": spgc.ladder({EVIL: ANSWERS, "b": TRUTH}, TRUTH),
        "own board": spgc.leaderboard({EVIL: ANSWERS, "bad": {"P1": "cap"}, "b": TRUTH}, TRUTH),
    }
    return kinds


RESULTS = (
    "score",
    "accepted",
    "refused",
    "comparison",
    "published",
    "board",
    "own board",
    "budget",
    "ladder",
)


class Tags(html.parser.HTMLParser):
    """The names of all elements, whether each is closed, and everything that could run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.acting: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.acting += [
            name for name, _ in attrs if name.startswith("on") or name in ("src", "href")
        ]
        if tag not in ("rect", "line", "circle", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "line", "circle"):
            assert self.open.pop() == tag


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_is_safe_html_by_itself(kind: str) -> None:
    text = results()[kind]._repr_html_()
    page = Tags(text)
    assert page.open == []
    assert page.acting == []
    assert page.names.isdisjoint({"script", "button", "input", "html", "body", "link", "iframe"})
    assert {"div", "style"} <= page.names
    assert EVIL not in text
    assert text.startswith('<div class="spgc">')
    rules = text.split("<style>")[1].split("</style>")[0]
    assert all(line.startswith((".spgc", " ")) for line in rules.splitlines() if line)


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_has_a_short_name_and_a_long_form(kind: str) -> None:
    result = results()[kind]
    assert repr(result).startswith("<")
    assert len(repr(result)) < 200
    assert "\n" not in repr(result)
    assert len(str(result).splitlines()) >= (1 if kind == "accepted" else 3)
    assert "\x1b" not in str(result)


def test_print_works_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich finds a notebook's shell it would show a table at once and write nothing."""

    class ZMQInteractiveShell:
        pass

    plain = str(results()["score"])
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    assert str(results()["score"]) == plain


def test_print_shows_what_the_command_shows(folder: Path, cli: Any) -> None:
    truth = ("--truth", "truth.csv")
    board = ("leaderboard", "a.csv", "b.csv")
    said: list[tuple[Shown, tuple[str, ...]]] = [
        (spgc.score("a.csv", "truth.csv"), ("score", "a.csv", *truth)),
        (spgc.validate("a.csv", "truth.csv"), ("validate", "a.csv", *truth)),
        (spgc.compare("a.csv", "b.csv", "truth.csv"), ("compare", "a.csv", "b.csv", *truth)),
        (spgc.leaderboard(["a.csv", "b.csv"], "truth.csv"), (*board, *truth)),
        (spgc.compare("TheSaviours"), ("compare", "TheSaviours")),
        (spgc.leaderboard(split="val"), ("leaderboard", "--split", "val")),
        (spgc.disclosure_budget("truth.csv"), ("challenge", "budget", *truth)),
    ]
    for result, words in said:
        lines = [line.rstrip() for line in cli(*words).out.rstrip("\n").split("\n")]
        assert str(result).split("\n") == lines, words


def test_phantoms_are_marked(tmp_path: Path) -> None:
    rows = "case,label,split,source,certainty\nA,CAP,test2,drawn,synthetic\n"
    (tmp_path / "test2.csv").write_text(rows)
    result = spgc.score({"A": "cap"}, tmp_path, resamples=100)
    assert "SYNTHETIC" in repr(result)
    assert SYNTHETIC_DATA in str(result)
    assert SYNTHETIC_DATA in result._repr_html_()


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_gives_a_frame(kind: str) -> None:
    pytest.importorskip("pandas")
    result = results()[kind]
    frame = result.to_frame()
    rows = result._rows()
    assert len(frame) == len(rows)
    assert [*frame.columns] == ([*rows[0]] if rows else [])


def test_numbers_in_frames_are_those_of_the_result() -> None:
    pytest.importorskip("pandas")
    score = spgc.score(ANSWERS, TRUTH, resamples=100)
    (row,) = score.to_frame().to_dict("records")
    assert (row["set"], row["cases"], row["accuracy"], row["accuracy_right"]) == ("own", 4, 0.75, 3)
    assert (row["accuracy_low"], row["accuracy_high"]) == score.groups[0].confusion.accuracy.exact
    assert row["sensitivity_CAP"] == 0
    cases = score.cases_frame()
    assert [*cases.columns] == ["case", "set", "truth", "answer", "right"]
    assert cases.case[0] == "P2"
    compared = spgc.compare(ANSWERS, TRUTH, TRUTH)
    assert compared.flips_frame().case.tolist() == ["P2"]
    assert compared.to_frame()["only_b"].tolist() == [1]
    board = spgc.leaderboard({"a": ANSWERS, "b": TRUTH}, TRUTH).to_frame()
    assert board[["team", "rank", "right"]].values.tolist() == [["b", 1, 4], ["a", 2, 3]]


def test_a_rank_that_is_a_range_is_no_number_in_a_frame() -> None:
    """Of test1 the paper prints six teams: below them the rank may be any."""
    pd = pytest.importorskip("pandas")
    wrong = dict.fromkeys((case.case_id for case in read_manifests().split("test1")), "cap")
    board = spgc.leaderboard({"mine": wrong}, split="test1").to_frame()
    (row,) = board[board.yours].to_dict("records")
    assert pd.isna(row["rank"])
    assert (row["rank_best"], row["rank_worst"]) == (8, 18)
    assert board[board.team == "LLSCP"]["rank"].tolist() == [1]


def test_without_pandas_or_matplotlib_a_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    score = spgc.score(ANSWERS, TRUTH, resamples=100)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"found pandas. Do: pip install pandas"):
        score.to_frame()
    monkeypatch.setattr("spgc.jobs.extras.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spgc\[report\]'"):
        score.plot()


@pytest.mark.skipif(not has("report"), reason="needs what [report] brings")
@pytest.mark.parametrize("kind", ["score", "comparison", "published", "board", "own board"])
def test_a_result_plots_itself(kind: str, tmp_path: Path) -> None:
    plot = results()[kind].plot()  # type: ignore[attr-defined]
    assert plot._repr_png_().startswith(b"\x89PNG")
    plot.save(tmp_path / "a.svg")
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    assert plot.figure.axes
