"""Connections that don't send a whole request in time are closed.

uvicorn waits for the head of a request as long as it takes, and all such connections count among
those that may be open at once: a few hundred that send a sign now and then would keep everybody
out. Bodies have a time of their own (`request_body`), idle connections that of keep-alive.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""In which the head of a request has to be there, from the connection or its first byte."""


class TimedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a time for what the client owes."""

    _owed: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _watch(self) -> None:
        """Begin to wait where nothing is being answered, and end it where something is.

        Nothing is before a request is known, and after an answer that did not need the body.
        """
        if self.conn.our_state not in (h11.IDLE, h11.DONE, h11.MUST_CLOSE):
            self._forget()
        elif self._owed is None:
            self._owed = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _forget(self) -> None:
        if self._owed is not None:
            self._owed.cancel()
            self._owed = None

    def _too_slow(self) -> None:
        self._owed = None
        if self.conn.our_state in (h11.IDLE, h11.DONE, h11.MUST_CLOSE):
            self.transport.close()
