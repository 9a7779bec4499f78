"""Servers of anything at all: each answer is whole, of bounded size and time, or one error."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spgc.errors import ServerError
from spgc.report.receipt_lines import receipt_lines
from spgc.submissions import server_link
from spgc.submissions.server_link import ServerLink
from spgc.submissions.server_receipt import Receipt, receipt_of

Answering = Callable[[bytes], str]
"""The address of a server that sends these bytes, whatever it is asked."""


@pytest.fixture
def answering() -> Iterator[Answering]:
    sockets: list[socket.socket] = []

    def begin(answer: bytes, after: Callable[[socket.socket], None] = socket.socket.close) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve() -> None:
            with listening.accept()[0] as client:
                client.recv(65536)
                client.sendall(answer)
                after(client)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield begin
    for one in sockets:
        one.close()


CUT = b"Content-Length: 1000\r\n\r\nabc"
CHUNK = b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"
BROKEN = {
    "cut": b"HTTP/1.1 200 OK\r\n" + CUT,
    "a refusal that is cut": b"HTTP/1.1 400 No\r\n" + CUT,
    "chunks": b"HTTP/1.1 200 OK\r\n" + CHUNK,
    "a refusal in chunks": b"HTTP/1.1 400 No\r\n" + CHUNK,
    "elsewhere, an address that is none": b"HTTP/1.1 302 Go\r\nLocation: http://[::1\r\n\r\n",
    "no HTTP": b"\x00\x1b[2J\r\n\r\n",
    "too long": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
    "nothing": b"",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_one_error(answering: Answering, name: str) -> None:
    link = ServerLink(answering(BROKEN[name]))
    with pytest.raises(ServerError) as refused:
        link.ask("api/boards", 100)
    assert "\x1b" not in str(refused.value)


def test_a_connection_that_is_reset_in_a_refusal_is_one_error(answering: Any) -> None:
    def reset(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    with pytest.raises(ServerError):
        ServerLink(answering(b"HTTP/1.1 400 No\r\n" + CUT, reset)).ask("api/boards", 100)


@pytest.mark.parametrize("address", ["https://a..b", "https://127.0.0.1/\u00e9", "https://a b"])
def test_an_address_that_cannot_be_asked_is_one_error(address: str) -> None:
    with pytest.raises(ServerError, match="can't reach the server"):
        ServerLink(address).ask("api/boards", 100)


def test_an_answer_that_comes_by_and_by_has_an_end(
    answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_link, "WHOLE_SECONDS", 0.3)
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        while not over.is_set():
            client.sendall(b"a: b\r\n")
            time.sleep(0.05)

    link = ServerLink(answering(b"HTTP/1.1 200 OK\r\n", drip))
    try:
        with pytest.raises(ServerError, match="takes too long"):
            link.in_time(lambda: link.ask("api/boards", 100))
    finally:
        over.set()


GOOD: dict[str, Any] = {
    "team": "Ada",
    "submission": {"number": 1, "shown": {"said": "3 of 9 correct."}},
    "notes": [],
    "left": {"submissions": None, "today": 1, "invalid": 20, "day_ends": "2030-01-02"},
}


@pytest.mark.parametrize(
    "other",
    [
        {"team": 7},
        {"submission": {"number": float("inf"), "shown": {"said": ""}}},
        {"submission": {"number": "1", "shown": {"said": ""}}},
        {"submission": {"number": 1, "shown": {"said": float("nan")}}},
        {"notes": "a text, not a list"},
        {"notes": [7]},
        {"left": {"submissions": 9}},
        {"left": {"submissions": float("nan"), "today": 1, "invalid": 1}},
        {"left": None},
        {"more": float("inf")},
        {"more": "\ud800"},
    ],
)
def test_a_receipt_has_texts_and_whole_numbers(other: dict[str, Any]) -> None:
    assert receipt_of(json.dumps(GOOD).encode()).said == "3 of 9 correct."
    with pytest.raises(ValueError):
        receipt_of(json.dumps(GOOD | other).encode())


def test_thousands_of_notes_are_not_shown() -> None:
    lines = list(receipt_lines(Receipt(GOOD | {"notes": ["x"] * 60_000})))
    assert len(lines) == 23
    assert "59980 more notes" in str(lines[21])


def test_an_answer_in_chunks_of_a_byte_takes_no_more_memory(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took fifty times its size, 3 GiB within the time that an answer may take."""
    monkeypatch.setattr(server_link, "PIECE", 500)
    link = ServerLink(answering(HEAD_OF_CHUNKS + b"1\r\n#\r\n" * 10_000 + b"0\r\n\r\n"))
    tracemalloc.start()
    try:
        assert len(link.ask("api/boards", 10_000)) == 10_000
        assert tracemalloc.get_traced_memory()[1] < 400_000
    finally:
        tracemalloc.stop()


HEAD_OF_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
