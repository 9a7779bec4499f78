"""A client that takes an answer bit by bit, or not at all, is let go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from spgc.serving import timed_requests
from spgc.serving.timed_requests import TimedProtocol

LONG = 32 * 2**20
"""Bytes of an answer: more than sockets hold by themselves."""


async def long_answer(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(bytes(LONG))(scope, receive, send)


@contextmanager
def running(app: ASGIApp = long_answer) -> Iterator[tuple[str, int]]:
    config = uvicorn.Config(
        app, http=TimedProtocol, lifespan="off", log_config=None, timeout_graceful_shutdown=2
    )
    server, listening = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@pytest.mark.parametrize("patient", [True, False])
def test_an_answer_has_to_be_taken(monkeypatch: pytest.MonkeyPatch, patient: bool) -> None:
    monkeypatch.setattr(timed_requests, "TAKEN_SECONDS", 60 if patient else 0.2)
    with running() as address, socket.create_connection(address, timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        lost = threading.Event()
        lost.wait(1.0)  # takes nothing
        taken = 0
        try:
            while piece := client.recv(2**20):
                taken += len(piece)
        except ConnectionResetError:
            pass
    assert (taken > LONG) == patient


async def whole_body(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await Request(scope, receive).body()
    except ClientDisconnect:
        return
    await Response(b"")(scope, receive, send)


@pytest.mark.parametrize("app", [long_answer, whole_body])
def test_a_server_that_is_stopped_cuts_off_who_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, app: ASGIApp
) -> None:
    monkeypatch.setattr(timed_requests, "STOP_SECONDS", 0.2)
    with running(app) as address:
        client = socket.create_connection(address, timeout=30)
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        threading.Event().wait(0.3)
    client.close()
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []
