"""A team's own page: who gets in, what its forms do once, and what nobody else can make them do."""

from __future__ import annotations

import re

import httpx
import pytest

from spgc.serving.desk import RequestError
from spgc.serving.network_trust import NamedProxies, trusted_network
from tests.serving.pages.pretend_desk import HOSTILE, OTHER, TOKEN, PretendDesk
from tests.serving.pages.visitor import Visitor

CSV = "Study,Label\nP1,rose\n"
FORMS = ["/team/sign-in", "/team/sign-out", "/team/submissions", "/team/final"]


@pytest.fixture
def desk() -> PretendDesk:
    return PretendDesk()


@pytest.fixture
def ada(desk: PretendDesk) -> Visitor:
    """A browser in which ada's token was given."""
    visitor = Visitor(desk)
    assert visitor.sign_in(TOKEN).status_code == 303
    return visitor


def test_a_token_becomes_a_cookie_that_tells_nothing_of_it(desk: PretendDesk) -> None:
    visitor = Visitor(desk)
    assert 'type="password"' in visitor.get("/team").text
    answer = visitor.sign_in(TOKEN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/team")
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"spgc-team=[\w-]{43}; HttpOnly; Max-Age=7200; Path=/; SameSite=strict", cookie
    )
    page = visitor.get("/team")
    assert "<h1>ada</h1>" in page.text
    assert TOKEN not in page.text + str(page.headers) + str(answer.headers) + answer.text


def test_with_tls_the_cookie_is_of_this_host_alone(desk: PretendDesk) -> None:
    visitor = Visitor(desk, "https://board.example")
    cookie = visitor.sign_in(TOKEN).headers["set-cookie"]
    assert cookie.startswith("__Host-spgc-team=")
    assert cookie.endswith("; Secure")
    assert "<h1>ada</h1>" in visitor.get("/team").text


def test_a_proxy_with_tls_makes_no_difference(desk: PretendDesk) -> None:
    """It passes on the name and the scheme that the browser used."""
    visitor = Visitor(desk)  # as the proxy speaks to the server: without TLS
    visitor.app = NamedProxies(visitor.app, trusted_network("127.0.0.1", ["127.0.0.1"], tls=False))
    passed_on = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}

    def signed_in(origin: str) -> httpx.Response:
        headers = {**passed_on, "Origin": origin}
        return visitor.ask("POST", "/team/sign-in", data={"token": TOKEN}, headers=headers)

    cookie = signed_in("https://board.example").headers["set-cookie"]
    assert cookie.startswith("__Host-spgc-team=")
    assert cookie.endswith("; Secure")
    with pytest.raises(RequestError, match="not sent by a page of this server"):
        signed_in("http://board.example")


@pytest.mark.parametrize("token", ["", "token", TOKEN + "x", TOKEN.upper(), "\x00", "é" * 100])
def test_any_other_token_is_answered_alike(desk: PretendDesk, token: str) -> None:
    answers = [Visitor(desk).sign_in(text) for text in (token, "never given")]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert dict(answers[0].headers) == dict(answers[1].headers)
    gone = "expires=Thu, 01 Jan 1970 00:00:00 GMT"  # a time of now would be another a second later
    assert gone in answers[0].headers["set-cookie"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://board.example:81"},
        {"Origin": "http://board.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_pages_do_nothing(
    desk: PretendDesk, ada: Visitor, path: str, headers: dict[str, str]
) -> None:
    fields = {"token": OTHER, "csv": CSV, "submission": "1"}
    with pytest.raises(RequestError, match="not sent by a page of this server"):
        ada.ask("POST", path, data=fields, headers=headers)
    assert (desk.taken, desk.final) == ([], None)
    assert "<h1>ada</h1>" in ada.get("/team").text


def test_text_field_and_file_are_the_same_submission(desk: PretendDesk, ada: Visitor) -> None:
    """Browsers end the lines of a text field with CR LF."""
    sent = ada.post("/team/submissions", {"csv": CSV.replace("\n", "\r\n")})
    headers = {"Origin": ada.address, "Content-Type": "text/csv"}
    again = ada.ask("POST", "/team/submissions", content=CSV.encode(), headers=headers)
    assert [sent.status_code, again.status_code] == [303, 303]
    assert desk.taken == [("ada", CSV.encode())] * 2


def test_the_receipt_is_said_once(ada: Visitor) -> None:
    ada.post("/team/submissions", {"csv": CSV})
    first, second = ada.get("/team").text, ada.get("/team").text
    assert "Submission 1 was taken" in first
    assert "line 3: blanks" in first
    assert "was taken" not in second
    assert "1 of 30 correct." in second


def test_a_refused_text_comes_back_as_it_was(desk: PretendDesk, ada: Visitor) -> None:
    text = 'Study\tKlasse\nP1\t"</textarea><b>é\x01"\n'
    answer = ada.post("/team/submissions", {"csv": text})
    assert answer.status_code == 422
    assert "No column of labels" in answer.text
    area = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    assert area
    shown = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), area[1])
    assert shown.replace("&lt;", "<").replace("&gt;", ">") == text
    assert desk.taken == []


def test_a_limit_is_said_with_its_status(desk: PretendDesk, ada: Visitor) -> None:
    limit = RequestError("no submission left today", expected="3 per day")
    limit.status, limit.retry = 429, 60
    desk.refusal = limit
    answer = ada.post("/team/submissions", {"csv": CSV})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "No submission left today" in answer.text


@pytest.mark.parametrize("number", ["1", "2", "", "-1", "1.0", "²", "9" * 400, "1; DROP TABLE"])
def test_only_a_submission_can_be_final(desk: PretendDesk, ada: Visitor, number: str) -> None:
    ada.post("/team/submissions", {"csv": CSV})
    answer = ada.post("/team/final", {"submission": number})
    assert (answer.status_code, desk.final) == ((303, 1) if number == "1" else (400, None))


def test_without_a_session_nothing_is_sent(desk: PretendDesk) -> None:
    visitor = Visitor(desk)
    visitor.cookies.set("spgc-team", TOKEN)
    for path in ("/team/submissions", "/team/final"):
        answer = visitor.post(path, {"csv": CSV, "submission": "1"})
        assert answer.status_code == 401
        assert "You were signed out" in answer.text
    assert desk.taken == []


def test_a_revoked_token_ends_its_sessions(desk: PretendDesk, ada: Visitor) -> None:
    del desk.tokens[TOKEN]
    assert ada.post("/team/submissions", {"csv": CSV}).status_code == 401
    answer = ada.get("/team")
    assert answer.status_code == 401 or 'type="password"' in answer.text
    assert desk.taken == []


def test_signing_out_ends_the_session_and_not_only_the_cookie(ada: Visitor) -> None:
    secret = ada.cookies["spgc-team"]
    answer = ada.post("/team/sign-out")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    ada.cookies.set("spgc-team", secret)
    assert "<h1>ada</h1>" not in ada.get("/team").text


def test_two_teams_see_their_own(desk: PretendDesk, ada: Visitor) -> None:
    ada.post("/team/submissions", {"csv": CSV})
    ben = Visitor(desk)
    ben.sign_in(OTHER)
    page = ben.get("/team").text
    assert "None yet." in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\\u202e" in page


@pytest.mark.parametrize("size", [256 * 1024, 256 * 1024 + 1])
def test_a_file_has_at_most_256_kb(desk: PretendDesk, ada: Visitor, size: int) -> None:
    content = b"Study,Label\n" + b"x" * (size - 12)
    headers = {"Origin": ada.address, "Content-Type": "text/csv"}
    answer = ada.ask("POST", "/team/submissions", content=content, headers=headers)
    assert answer.status_code == (303 if size <= 256 * 1024 else 413)
    by_text = ada.post("/team/submissions", {"csv": content.decode()})
    assert by_text.status_code == (303 if size <= 256 * 1024 else 413)
    assert len(desk.taken) == (2 if size <= 256 * 1024 else 0)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/json", b'{"csv": "Study,Label"}'),
        ("", b"csv=Study%2CLabel"),
        ("application/x-www-form-urlencoded", b"&".join([b"csv=Label"] * 9)),
        ("application/x-www-form-urlencoded", "csv=é".encode()),
    ],
)
def test_bodies_of_other_kinds_are_refused(
    desk: PretendDesk, ada: Visitor, kind: str, content: bytes
) -> None:
    headers = {"Origin": ada.address, "Content-Type": kind}
    answer = ada.ask("POST", "/team/submissions", content=content, headers=headers)
    assert answer.status_code == 415
    assert desk.taken == []
