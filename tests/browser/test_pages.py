"""Pages in a real browser: they sort, filter, fetch nothing, fit a phone, and serve everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.board.board_rows import board_sets, read_board
from spgc.board.views import make_views
from spgc.challenge.spgc_challenge import SPGC
from spgc.files.shipped import leaderboard_dir
from spgc.report.page.pages import board_page, report_page
from tests.report.test_report import HOSTILE, story_of, write_run

PHONE, DESK = {"width": 375, "height": 700}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    write_run(folder / "run")
    texts = {
        "board": board_page(
            make_views(read_board(leaderboard_dir(), SPGC), list(board_sets(SPGC))), SPGC
        ),
        "report": report_page(story_of(folder / "run", f"run {HOSTILE}")),
    }
    made = {}
    for name, text in texts.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(text, encoding="utf-8")
    return made


class Watched:
    """A page with everything that it says and asks for."""

    def __init__(self, browser, path: Path, **options) -> None:  # type: ignore[no-untyped-def]
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("name", ["board", "report"])
def test_quiet_and_alone(browser, pages, name: str) -> None:  # type: ignore[no-untyped-def]
    """No word on the console, no dialog, and no address but the page's own and embedded data."""
    with Watched(browser, pages[name]) as seen:
        assert seen.said == []
        assert [a for a in seen.asked if not a.startswith("data:")] == [pages[name].as_uri()]


def first_numbers(table) -> list[int]:  # type: ignore[no-untyped-def]
    """Right answers in COVID-19, row by row."""
    column = table.locator("tbody tr td:nth-child(7)").all_inner_texts()
    return [int(text.split("/")[0]) for text in column]


def test_sorting_and_filtering_by_keyboard(browser, pages) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages["board"], viewport=DESK) as seen:
        table = seen.page.locator("table.sortable").first
        teams = table.locator("tbody th")
        assert teams.first.inner_text() == "TheSaviours"
        button = table.get_by_role("button", name="COVID-19")
        button.focus()
        seen.page.keyboard.press("Enter")
        head = table.locator("th[aria-sort]")
        assert head.get_attribute("aria-sort") == "descending"
        cells = first_numbers(table)
        assert cells == sorted(cells, reverse=True)
        seen.page.keyboard.press("Enter")
        cells = first_numbers(table)
        assert cells == sorted(cells)
        field = seen.page.get_by_label("Filter").first
        field.focus()
        seen.page.keyboard.type("sheff")
        assert table.locator("tbody tr:visible").count() == 1
        assert seen.page.get_by_role("status").first.inner_text() == "1 of 17 rows"
        assert seen.said == []


@pytest.mark.parametrize("name", ["board", "report"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_a_phone(browser, pages, name: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages[name], viewport=PHONE, color_scheme=scheme) as seen:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert seen.page.evaluate(wide) <= 0
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(21, 23, 26)") == (scheme == "dark")


@pytest.mark.parametrize("name", ["board", "report"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, pages, name: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    """axe-core's rules, colour contrast among them, in both schemes."""
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    # The page's own policy allows inline scripts only, which is what this is.
    with Watched(browser, pages[name], viewport=DESK, color_scheme=scheme) as seen:
        seen.page.evaluate(script)
        result = seen.page.evaluate("axe.run()")
    found = [
        (item["id"], item["impact"], node["html"][:120])
        for item in result["violations"]
        for node in item["nodes"]
        if item["impact"] in ("serious", "critical")
    ]
    assert found == []


def test_the_team_stays_in_sight_on_a_phone(browser, pages) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages["board"], viewport=PHONE) as seen:
        assert seen.page.get_by_text("Scroll sideways").first.is_visible()
        box = seen.page.locator(".board").first
        box.evaluate("box => { box.scrollLeft = 400 }")
        left = "one => one.getBoundingClientRect().left"
        team = box.locator("tbody th").first
        assert abs(team.evaluate(left) - box.evaluate(left)) <= 1
    with Watched(browser, pages["board"], viewport=DESK) as seen:
        assert not seen.page.get_by_text("Scroll sideways").first.is_visible()


def test_a_table_can_be_downloaded(browser, pages) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages["board"], viewport=DESK) as seen:
        with seen.page.expect_download() as download:
            seen.page.get_by_role("link", name="Download as CSV").first.click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert download.value.suggested_filename == "leaderboard-overall.csv"
        assert "TheSaviours" in text


def test_a_link_to_a_folded_case_unfolds_it(browser, pages) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages["report"], viewport=DESK) as seen:
        seen.page.evaluate("document.querySelectorAll('details.case').forEach(d => d.open = false)")
        seen.page.locator("a[href='#case-2']").click()
        assert seen.page.locator("details.case").nth(1).get_attribute("open") is not None


def test_hostile_names_stay_text(browser, pages) -> None:  # type: ignore[no-untyped-def]
    with Watched(browser, pages["report"]) as seen:
        assert HOSTILE in seen.page.locator("h1").inner_text()
        assert seen.said == []
