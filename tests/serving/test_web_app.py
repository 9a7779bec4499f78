"""The JSON interface: what each request is answered, within bounds, in one form."""

from __future__ import annotations

import json
import logging
import socket
import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from spgc.serving.desk import RequestError
from spgc.serving.response_headers import HEADERS
from tests.serving.asked import bearer, client_of, running
from tests.serving.conftest import Serve
from tests.serving.flower_server import csv, guesses, labels

SENT = "/api/submissions"
LIMIT = 256 * 1024


def test_a_team_submits_looks_and_chooses(serve: Serve) -> None:
    server = serve("hits")
    with client_of(server) as client:
        head = bearer(server.tokens["Ada"])
        made = client.post(SENT, content=csv(labels()), headers=head)
        assert made.status_code == 201
        assert made.json()["submission"]["shown"]["hits"] == 30
        client.post(SENT, content=csv(guesses(1)), headers=head)
        as_json = {**head, "Content-Type": "application/json"}
        chosen = client.put("/api/team/final", content=b'{"submission": 1}', headers=as_json)
        assert (chosen.json()["final"], chosen.json()["chosen"]) == (1, True)
        assert client.get("/api/team", headers=head).json() == chosen.json()
        board = client.get("/api/board").json()
        assert board["boards"][0]["rows"][0]["team"] == "Ada"
        known = client.get("/api/challenge").json()
        assert (known["state"], known["most"], known["public_cases"]) == ("open", 10, 30)
        file = client.get("/api/files/cases.csv")
        assert file.content == server.desk.file("cases.csv")


def refused(answer: httpx.Response, status: int) -> str:
    """The line of an error, which is one line of JSON in the form of `--json`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.text.count("\n") == 1
    document = json.loads(answer.text)
    assert document["schema"] == "spgc-error/1"
    assert "Traceback" not in answer.text
    return str(document["line"])


def test_what_is_refused_says_why(serve: Serve) -> None:
    server = serve("hits", submissions="1")
    head = bearer(server.tokens["Ada"])
    body = csv(labels())
    with client_of(server) as client:
        line = refused(client.get("/api/team"), 401)
        assert "no token was sent" in line
        assert "Authorization: Bearer TOKEN" in line  # whoever sends none uses curl or the like
        answer = client.post(SENT, content=body, headers=bearer("wrong"))
        line = refused(answer, 401)
        assert "no team has this token" in line
        assert "Bearer" not in line
        assert answer.headers["www-authenticate"] == "Bearer"
        two = [*head.items(), *bearer("wrong").items()]
        assert "more than one Authorization" in refused(client.get("/api/team", headers=two), 401)
        wrong = client.post(SENT, content=b"Study,Label\nF-001,orchid\n", headers=head)
        assert "submission.csv" in refused(wrong, 422)
        assert wrong.json()["problems"][0]["found"] == "'orchid'"
        packed = client.post(SENT, content=body, headers={**head, "Content-Encoding": "gzip"})
        assert "nothing is unpacked" in refused(packed, 415)
        plain = client.post(SENT, content=body, headers={**head, "Content-Type": "text/plain"})
        assert "another kind" in refused(plain, 415)
        client.post(SENT, content=body, headers=head)
        again = client.post(SENT, content=csv(guesses(1)), headers=head)
        assert "no submission left" in refused(again, 403)
        other = client.put(
            "/api/team/final",
            content=b'{"submission": 1}',
            headers=bearer(server.tokens["Ben"], **{"Content-Type": "application/json"}),
        )
        assert "no such submission" in refused(other, 404)
        server.state("close")
        late = client.post(SENT, content=body, headers=bearer(server.tokens["Ben"]))
        assert "takes no submissions" in refused(late, 409)
        refused(client.get("/api/nothing"), 404)
        refused(client.get("/api/files/truth.csv"), 404)
        refused(client.get("/api/files/..%2f..%2fflowers.db"), 404)
        refused(client.delete("/api/board"), 405)
        assert "Retry-After" not in late.headers


def test_tomorrow_is_named_in_seconds(serve: Serve) -> None:
    server = serve("hits", per_day="1")
    head = bearer(server.tokens["Ada"])
    with client_of(server) as client:
        client.post(SENT, content=csv(labels()), headers=head)
        answer = client.post(SENT, content=csv(guesses(1)), headers=head)
    refused(answer, 429)
    assert answer.headers["retry-after"] == str(12 * 3600)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b"7",
        b'{"submission": true}',
        b'{"submission": 0}',
        b"\xff",
        b"[" * 1000,
        b'{"submission": 1, "submission": 1}',
        b'{"submission": 1, "more": 1}',
    ],
    ids=["empty", "none", "list", "number", "true", "zero", "no text", "deep", "twice", "more"],
)
def test_a_choice_is_one_number(serve: Serve, content: bytes) -> None:
    server = serve("hits")
    server.send("Ada", labels())
    head = bearer(server.tokens["Ada"], **{"Content-Type": "application/json"})
    with client_of(server) as client:
        refused(client.put("/api/team/final", content=content, headers=head), 400)


def pieces(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield b"x" * 1024


def test_a_body_without_a_length_is_read_up_to_the_limit(serve: Serve) -> None:
    """A file of exactly that size is read, and one byte more is not."""
    server = serve("hits")
    content = csv(labels())
    with client_of(server) as client:
        head = bearer(server.tokens["Ada"])
        answer = client.post(SENT, content=pieces(257), headers=head)
        assert "content-length" not in answer.request.headers
        refused(answer, 413)
        refused(client.post(SENT, content=b"x" * (LIMIT + 1), headers=head), 413)
        full = content + b"\n" * (LIMIT - len(content))
        assert client.post(SENT, content=full, headers=head).status_code == 201
    assert server.desk.team(server.tokens["Ada"]).left.invalid == 20


def test_a_stranger_sends_no_body(serve: Serve) -> None:
    """The token is looked at before a byte of the body is."""
    with client_of(serve("hits")) as client:
        refused(client.post(SENT, content=b"x" * (LIMIT + 1), headers=bearer("wrong")), 401)
        refused(client.put("/api/team/final", content=b"x" * LIMIT, headers=bearer("wrong")), 401)


def raw(address: str, request: bytes) -> bytes:
    """What a server answers to bytes that no client would send."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as made:
        made.sendall(request)
        made.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := made.recv(65536):
            answer += piece
    return answer


def test_lengths_that_lie_store_nothing(serve: Serve) -> None:
    server = serve("hits")
    content = csv(labels())
    with running(server.path) as address:
        for length in (b"99999999999999999999999", b"-1", b"1e3", b"%d" % (len(content) + 10)):
            head = (
                b"POST /api/submissions HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
                b"Authorization: Bearer %s\r\nContent-Length: %s\r\n\r\n"
            ) % (server.tokens["Ada"].encode(), length)
            answer = raw(address, head + content)
            assert b" 201 " not in answer
            assert b" 500 " not in answer
        short = (
            b"POST /api/submissions HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: 20\r\n\r\n"
        ) % server.tokens["Ada"].encode()
        assert b" 201 " not in raw(address, short + content)
        assert b"server:" not in raw(address, b"GET /api/board HTTP/1.0\r\n\r\n").lower()
    assert server.desk.team(server.tokens["Ada"]).submissions == ()


def test_every_answer_has_the_headers(serve: Serve) -> None:
    """Errors, pages and faults of the server too."""
    server = serve("hits")
    with client_of(server) as client:
        answers = [client.get(p) for p in ("/api/board", "/api/team", "/api/none", "/none", "/")]
        server.desk.file = lambda name: 1 / 0  # type: ignore[method-assign,assignment,return-value]
        answers.append(client.get("/api/files/cases.csv"))
    assert [answer.status_code for answer in answers] == [200, 401, 404, 404, 200, 500]
    for answer in answers:
        assert set(map(str.lower, HEADERS)) <= set(answer.headers)
        assert answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers
        assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(ZeroDivisionError("F-001 is a rose"), 500), (sqlite3.OperationalError("disk is full"), 503)],
)
def test_a_fault_of_the_server_says_nothing_of_itself(
    serve: Serve, fault: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve("hits")

    def broken() -> None:
        raise fault

    server.desk.boards = broken  # type: ignore[method-assign,assignment]
    caplog.set_level(logging.DEBUG)
    with client_of(server) as client:
        line = refused(client.get("/api/board"), status)
    assert str(fault) not in line
    assert isinstance(fault, Exception)
    assert not issubclass(type(fault), RequestError)


def test_tokens_that_are_right_and_wrong_take_the_same_way(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every token of every team is compared, in constant time, whichever was sent."""
    server = serve("hits", ("Ada", "Ben", "Cid"))
    compared: list[int] = []

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(len(one))
        return one == other

    monkeypatch.setattr("spgc.serving.tokens.hmac.compare_digest", counted)
    counts = {}
    with client_of(server) as client:
        for name, token in (*server.tokens.items(), ("nobody", "wrong")):
            compared.clear()
            client.get("/api/team", headers=bearer(token))
            counts[name] = compared.copy()
    assert set(map(tuple, counts.values())) == {(32, 32, 32)}


def test_a_full_disk_is_said_and_leaves_nothing_half_done(serve: Serve) -> None:
    """Nothing is acknowledged then; the next submission is taken when there is room again."""
    server = serve("hits")
    head = bearer(server.tokens["Ada"])
    with server.desk.database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    server.desk.database.close()
    with server.desk.database.reading() as connection:  # the one that is used next
        connection.execute(f"PRAGMA max_page_count = {pages}")
    full = csv(labels()) + b"\n" * 100_000
    with client_of(server) as client:
        line = refused(client.post(SENT, content=full, headers=head), 503)
        assert "the server can't store now" in line
        assert client.get("/api/team", headers=head).json()["submissions"] == []
        with server.desk.database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1000000")
        assert client.post(SENT, content=full, headers=head).status_code == 201
