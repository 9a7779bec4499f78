"""Connections that don't send a whole request, or don't take the answer, in time are closed.

uvicorn waits for both as long as it takes, and all such connections count among those that may be
open at once: a few hundred that send or take a sign now and then would keep everybody out. Bodies
have a time of their own (`request_body`), idle connections that of keep-alive.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""In which the head of a request has to be there, from the connection or its first byte."""

TAKEN_SECONDS = 30.0
"""In which a client has to take what the server holds ready for it: some 64 KB."""

STOP_SECONDS = 8.0
"""In which a request that has begun has to be answered once the server is stopped: less than the
server waits for all of them."""

_IDLE = (h11.IDLE, h11.DONE, h11.MUST_CLOSE)
"""States of the server's side in which nothing is being answered."""


class TimedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a time for what the client owes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._waits: dict[str, asyncio.TimerHandle] = {}
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, be it the rest of a request that is being answered or was.

        uvicorn goes on answering, or answers twice: both fail, with a traceback in the log of the
        server for each such request of a stranger.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """Finish what is being answered, and cut off who doesn't send or take it in time.

        uvicorn would stop the work in the midst, with a traceback.
        """
        super().shutdown()
        self.loop.call_later(STOP_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._waits["taking"] = self.loop.call_later(TAKEN_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end("taking")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for name in tuple(self._waits):
            self._end(name)

    def _watch(self) -> None:
        """Begin to wait where nothing is being answered, and end it where something is.

        Nothing is before a request is known, and after an answer that did not need the body.
        """
        if self.conn.our_state not in _IDLE:
            self._end("sending")
        elif "sending" not in self._waits:
            self._waits["sending"] = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        self._end("sending")
        if self.conn.our_state in _IDLE:
            self.transport.close()

    def _end(self, name: str) -> None:
        if timer := self._waits.pop(name, None):
            timer.cancel()
