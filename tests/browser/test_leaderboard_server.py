"""The life of a served challenge in a real browser, by keyboard, with and without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from spgc.serving.exported_rows import exported_rows
from tests.browser.test_pages import DESK, PHONE
from tests.serving.pages.live_server import PER_DAY, LiveServer, live_server, submission

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("served")) as running:
        yield running


class Person:
    """Somebody at a browser, who uses the keyboard alone."""

    def __init__(self, browser: Any, server: LiveServer, **options: Any) -> None:
        self.server = server
        self.context = browser.new_context(viewport=DESK, **options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str) -> None:
        self.page.goto(self.server.address + path)

    def tab_to(self, name: str, role: str | None = None) -> None:
        """Press Tab until what has this accessible name has the focus."""
        wanted = self.page.get_by_role(role, name=name) if role else self.page.get_by_label(name)
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"Tab never reaches {name}")

    def sign_in(self, team: str) -> None:
        self.open("/team")
        self.tab_to("Token of your team")
        self.page.keyboard.insert_text(self.server.tokens[team])
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def paste(self, text: str) -> None:
        self.tab_to("Text of the CSV file")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self.press("Submit")

    def press(self, name: str) -> None:
        """Press a button by Enter, and wait for the page to which that leads."""
        self.tab_to(name, "button")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def result(self) -> str:
        return str(self.page.locator("[data-result]").inner_text())

    def quiet(self) -> bool:
        """No word of the browser's but on answers that are errors on purpose."""
        return not [
            one for one in self.said if "the server responded with a status of 4" not in one
        ]


def test_a_challenge_lives(browser: Any, server: LiveServer, tmp_path: Path) -> None:
    """From the closed challenge to the export, by two teams; one of them has scripts off."""
    ada, ben = Person(browser, server), Person(browser, server, java_script_enabled=False)
    ada.open("/")
    assert ada.page.get_by_text("Closed", exact=True).is_visible()
    server.change("open")
    submits_by_keyboard(ada, tmp_path / "better.csv")
    reaches_the_limit(ben)
    ada.open("/")
    assert ada.page.locator("table").count() == 1  # nothing of the private part
    server.change("close")
    ada.open("/team")
    assert ada.page.get_by_role("button", name="Submit").count() == 0
    assert ada.page.get_by_role("button", name="Make final").count() == 1
    server.change("reveal")
    ada.open("/team")
    assert ada.page.get_by_role("button", name="Make final").count() == 0
    reads_the_final_ranking(ada)
    exported = {row.team for row in exported_rows(server.file) if row.part == "overall"}
    assert exported >= {"Ada", "Ben & co"}
    assert ada.quiet() and ben.quiet()
    asked = ada.asked + ben.asked
    assert all(one.startswith((server.address, "data:")) for one in asked)
    secrets = [*server.tokens.values(), ada.context.cookies()[0]["value"]]
    assert not [one for one in asked if any(text in one for text in secrets)]


def submits_by_keyboard(ada: Person, file: Path) -> None:
    """A file that can't be read, one by the text field, one as a file; then another final one."""
    ada.sign_in("Ada")
    assert ada.page.locator("h1").inner_text() == "Ada"
    ada.paste("Study,Label\nF00,ros\n")
    assert "line 2: unknown label" in ada.result()
    ada.paste(submission(30))
    assert "Submission 1 was taken" in ada.result()
    file.write_bytes(submission(5).encode("utf-16"))  # its bytes are sent as they are
    ada.page.get_by_label("CSV file", exact=True).set_input_files(file)
    ada.press("Submit")
    assert "Submission 2 was taken" in ada.result()
    assert "New best score" in ada.result()
    ada.press("Make final: submission 1")
    assert "Submission 1 is your final answer" in ada.result()


def reaches_the_limit(ben: Person) -> None:
    """Without scripts: a wrong token, the right one, and as many submissions as a day has."""
    token = ben.page.get_by_label("Token of your team")
    ben.open("/team")
    token.fill("wrong")
    ben.press("Sign in")
    assert "No team has this token" in ben.result()
    token.fill(ben.server.tokens["Ben & co"])
    ben.press("Sign in")
    for wrong in range(PER_DAY):
        ben.paste(submission(20 + wrong))
        assert f"Submission {3 + wrong} was taken" in ben.result()
    assert "No submission is left for today" in ben.page.locator("main").inner_text()
    assert ben.page.get_by_label("Text of the CSV file").count() == 0


def reads_the_final_ranking(ada: Person) -> None:
    """Ada chose her first submission, of Ben's the last one counts."""
    ada.open("/")
    titles = [one.split(":")[0] for one in ada.page.locator("h2").all_inner_texts()]
    assert titles == ["Final ranking", "Public part", "Private part", "Rules"]
    rows = ada.page.locator("#board-1 tbody tr").all()
    shown = {row.locator("th").inner_text(): row.inner_text() for row in rows}
    assert "30/60" in shown["Ada"]
    assert "38/60" in shown["Ben & co"]
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download as JSON").click()
    document = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert document["state"] == "revealed"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_axe_finds_nothing(
    browser: Any, server: LiveServer, scheme: str
) -> None:
    """At 375 and 1280 pixels; axe-core with all its rules, from outside the pages' policy."""
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    person = Person(browser, server, color_scheme=scheme, bypass_csp=True)
    person.open("/team")
    pages = ["/", "/challenge", "/team", "/team", "/nowhere"]
    for number, path in enumerate(pages):
        if number == 3:
            person.sign_in("Ada")
        person.open(path)
        for size in (PHONE, DESK):
            person.page.set_viewport_size(size)
            assert person.page.evaluate(TOO_WIDE) <= 0, (path, size)
            person.page.evaluate(script)
            found = person.page.evaluate("axe.run()")["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (path, size)
    person.context.close()


def test_a_page_of_another_port_can_send_no_form(browser: Any, server: LiveServer) -> None:
    """To the cookie it is the same site, as ports don't count; its origin tells."""
    person = Person(browser, server)
    person.sign_in("Ada")
    form = f'<form method="post" action="{server.address}/team/sign-out"><button>Go</button></form>'
    other = "http://127.0.0.1:8099/"
    person.page.route(other, lambda route: route.fulfill(body=form, content_type="text/html"))
    person.page.goto(other)
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Go").click()
    assert "not sent by a page of this server" in person.page.locator("main").inner_text().lower()
    person.open("/team")
    assert person.page.locator("h1").inner_text() == "Ada"
