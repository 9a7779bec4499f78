"""Forms of other origins are known by their headers, whatever these look like."""

from __future__ import annotations

import pytest

from spgc.serving.pages.same_origin import sent_from_here

HERE = {"host": "board.example:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://board.example:8000"},
        {"origin": "http://BOARD.example:8000", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin"},
    ],
)
def test_own_pages_may_send_forms(headers: dict[str, str]) -> None:
    assert sent_from_here("http", HERE | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://board.example"},
        {"origin": "http://board.example:8001"},
        {"origin": "https://board.example:8000"},
        {"origin": "http://board.example:8000.evil.example"},
        {"origin": "http://evil.example/http://board.example:8000"},
        {"origin": "http://evil@board.example:8000"},
        {"origin": "http://board.example:8000 "},
        {"origin": "http://board.example:99999"},
        {"origin": "http://[::1"},
        {"origin": "http://board.example:8000", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"referer": "http://board.example:8000/team"},
    ],
)
def test_no_other_page_may(headers: dict[str, str]) -> None:
    assert not sent_from_here("http", HERE | headers)


def test_usual_ports_need_not_be_named() -> None:
    assert sent_from_here("https", {"host": "board.example", "origin": "https://board.example:443"})
    assert not sent_from_here("http", {"host": "board.example", "origin": "https://board.example"})


@pytest.mark.parametrize("host", ["", "a b", "user@board.example", "board.example/x", "[::1"])
def test_without_a_proper_host_nobody_may(host: str) -> None:
    assert not sent_from_here("http", {"host": host, "origin": f"http://{host}"})
