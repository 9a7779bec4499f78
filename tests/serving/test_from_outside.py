"""What attackers try on a running server: odd and slow requests, and bits beside the scores."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from spgc.serving import timed_requests
from spgc.serving.counting import CHOICES_PER_DAY, ManyChoicesError
from spgc.serving.run_server import Running, ready_server
from spgc.serving.submitting import UnreadableFileError
from tests.serving.conftest import Serve
from tests.serving.flower_server import csv, guesses, labels
from tests.serving.pages.live_server import LiveServer, live_server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("outside")) as server:
        yield server


def connected(server: LiveServer) -> socket.socket:
    host, port = server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def answered(server: LiveServer, request: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    with connected(server) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


HOST = b"Host: 127.0.0.1\r\n"
SECOND = b"GET /api/board HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n",
        b"Content-Length: +4\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HOST + b"\r\n",
        b"X-A: a\x00b\r\n\r\n",
        b"X-A: a\rSet-Cookie: b\r\n\r\n",
    ],
)
def test_a_request_of_two_meanings_ends_the_connection(running: LiveServer, head: bytes) -> None:
    """A second request behind it, which a proxy would take for its body, is never answered."""
    answer = answered(running, b"POST /api/submissions HTTP/1.1\r\n" + HOST + head + SECOND)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


CHUNKED = HOST + b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (CHUNKED + b"zz\r\n",),
        (CHUNKED, b"zz\r\n"),
        (CHUNKED + b"5\r\nabcde\r\n", b"zz\r\n"),
        (HOST + b"Content-Length: 0\r\n\r\n" + SECOND, b"\x00\x00\r\n\r\n"),
        (HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",),
    ],
    ids=["at once", "after the answer", "good before", "behind", "upgrade"],
)
def test_no_request_of_a_stranger_is_a_line_of_the_servers_log(
    running: LiveServer, caplog: pytest.LogCaptureFixture, parts: tuple[bytes, ...]
) -> None:
    """Else whoever can reach it fills the disk, and a fault of its own is not seen."""
    with connected(running) as connection:
        connection.sendall(b"POST /api/submissions HTTP/1.1\r\n" + parts[0])
        answer = connection.recv(65536)
        for part in parts[1:]:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        answer += b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 40")
    assert caplog.records == []


@pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1.evil.example", b"evil.example:8000"])
def test_no_other_name_reaches_the_server_of_this_machine(running: LiveServer, host: bytes) -> None:
    """Else a page of that name could read the board by a browser here (DNS rebinding)."""
    request = b"GET /api/board HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    answer = answered(running, request)
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"boards" not in answer


@pytest.mark.parametrize("host", [b"localhost:8000", b"LOCALHOST", b"[::1]:8000", b"127.1.2.3"])
def test_its_own_names_do(running: LiveServer, host: bytes) -> None:
    request = b"GET /api/board HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
    assert answered(running, request).startswith(b"HTTP/1.1 200 ")


def test_answers_are_sent_at_once(serve: Serve) -> None:
    """Else the body of each answer after the first one waits for the client's acknowledgement."""
    ready = ready_server(Running(serve("none").path, port=0))
    with ready.listening as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    ready.desk.close()


def test_the_pages_cookie_is_worth_nothing_to_the_interface(running: LiveServer) -> None:
    token = running.tokens["Ada"]
    with httpx.Client(base_url=running.address) as client:
        head = {"Origin": running.address}
        assert client.post("/team/sign-in", data={"token": token}, headers=head).is_redirect
        assert "<h1>Ada</h1>" in client.get("/team").text
        assert client.get("/api/team").status_code == 401
        assert client.get(f"/api/team?token={token}").status_code == 401
        client.cookies.clear()
        assert "<h1>Ada</h1>" not in client.get(f"/team?token={token}").text


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_who_never_ends_a_request_is_let_go(
    running: LiveServer, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is closed by the server; the client sends no more and waits."""
    monkeypatch.setattr(timed_requests, "HEAD_SECONDS", 0.2)
    assert answered(running, begun) == b""


@pytest.mark.parametrize("feedback", ["none", "ladder"])
def test_which_submission_is_best_is_not_told_before_its_score(serve: Serve, feedback: str) -> None:
    """Else each submission would tell whether it beats the best: one label at a time."""
    server = serve(feedback, counted='"best"', submissions="20", per_day="20")
    token = server.tokens["Ada"]
    for right in (0.2, 0.9, 0.5):
        receipt = server.desk.submit(token, csv(guesses(1, right)))
        assert not receipt.submission.counts
    team = server.desk.team(token)
    assert team.final is None
    assert not any(one.counts for one in team.submissions)
    assert server.desk.choose(token, 1).final == 1
    server.desk.submit(server.tokens["Ben"], csv(labels()))
    server.state("close", "reveal")
    assert server.desk.team(server.tokens["Ben"]).final == 4


def test_with_scores_shown_the_best_is_known(serve: Serve) -> None:
    server = serve("hits", counted='"best"')
    for right in (0.9, 0.2):
        server.desk.submit(server.tokens["Ada"], csv(guesses(1, right)))
    assert server.desk.team(server.tokens["Ada"]).final == 1


def test_choosing_again_and_again_fills_no_log(serve: Serve) -> None:
    server = serve("hits", per_day="3")
    token = server.tokens["Ada"]
    for seed in (1, 2):
        server.send("Ada", guesses(seed))

    def lines() -> int:
        with server.desk.database.reading() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM log").fetchone()[0])

    server.desk.choose(token, 1)
    before = lines()
    server.desk.choose(token, 1)
    assert lines() == before
    for number in range(CHOICES_PER_DAY - 1):
        server.desk.choose(token, 2 - number % 2)
    with pytest.raises(ManyChoicesError):
        server.desk.choose(token, 1)
    server.clock.forward(days=1)
    assert server.desk.choose(token, 1).final == 1


def test_advice_is_what_a_team_can_do(serve: Serve) -> None:
    """No options of commands that read the organisers' files."""
    server = serve("hits")
    with pytest.raises(UnreadableFileError) as refused:
        server.desk.submit(server.tokens["Ada"], b"Study,Label\nF-001,rose\nquite other,rose\n")
    (unknown,) = [one for one in refused.value.problems if one.kind == "unknown-case"]
    assert (unknown.expected, unknown.fix) == ("a case of the challenge", "remove the row")
