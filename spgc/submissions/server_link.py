"""Asking a leaderboard server: to the named address alone, each answer bounded in size and time."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urlsplit

from spgc.errors import ServerError, UsageError
from spgc.files.json_documents import parse_json

T = TypeVar("T")

SECONDS = 60.0
"""How long a server may be silent."""

WHOLE_SECONDS = 300.0
"""How long all of an answer may take, also of one that comes a byte at a time."""

PIECE = 2**16
"""Bytes of an answer that are read at a time."""

MAX_ERROR = 2**18
"""Bytes of an answer that refuses."""

TOKEN_REFUSED = 401
"""Status of HTTP where no team has the token."""

NEW_TOKEN = "check the file of --token-file, or ask the organisers for a new token"  # noqa: S105
"""What helps then, in the words of `spgc submit`: the server's are for every program."""


class ServerLink:
    """A leaderboard server by its address; `http` is taken to this machine alone.

    Raises UsageError for an address that is none, or that would send tokens in the clear.
    """

    def __init__(self, address: str) -> None:
        self.address = _checked(address)
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        if self.address.startswith("http:"):
            handlers.append(urllib.request.ProxyHandler({}))
        else:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(
        self,
        path: str,
        most: int,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """What the server answers, `most` bytes at most.

        Raises ServerError, with the server's own words where it refuses.
        """
        try:
            request = urllib.request.Request(  # noqa: S310 - the address was checked
                f"{self.address}/{path}", content, dict(headers or {})
            )
            status, answer = self._asked(request, most)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ServerError(
                "can't reach the server",
                where=self.address,
                found=str(reason) or type(error).__name__,
                do="check the address, and whether the server runs",
            ) from error
        if status is not None:
            raise self._refused(status, answer)
        return answer

    def _asked(self, request: urllib.request.Request, most: int) -> tuple[int | None, bytes]:
        """The status of a refusal or None, and the answer."""
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return None, self._read(answer, most)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, self._read(error, MAX_ERROR)

    def _read(self, answer: Any, most: int) -> bytes:
        """A whole answer. Raises ServerError for one that is too long or was cut short."""
        content = bytearray()
        while part := answer.read(PIECE):  # one read would keep each chunk of a byte by itself
            content += part
            if len(content) > most:
                raise self.strange()
        if getattr(answer, "length", None):  # bytes that the server announced and didn't send
            raise ServerError(
                "the server's answer was cut short", where=self.address, do="try again"
            )
        return bytes(content)

    def _refused(self, status: int, content: bytes) -> ServerError:
        """The server's own words, or its status where it has none."""
        try:
            document = parse_json(content)
            parts = {k: document.get(k) for k in ("found", "expected", "do")}
            what = document["what"]
            if not all(isinstance(one, str | None) for one in (what, *parts.values())):
                raise ValueError
        except (ValueError, TypeError, KeyError, AttributeError):
            return ServerError(
                "the server refused", where=self.address, found=f"HTTP status {status}"
            )
        if status == TOKEN_REFUSED:
            parts["do"] = NEW_TOKEN
        return ServerError(what, where=self.address, **parts)

    def strange(self) -> ServerError:
        """What is said of an answer that no server of spgc gives."""
        return ServerError(
            "the server's answer is not what one of spgc says",
            where=self.address,
            do="check the address",
        )

    def in_time(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises ServerError where it takes `WHOLE_SECONDS`.

        The time that sockets allow is for each byte: an answer that comes by and by has no end.
        """
        done: Future[T] = Future()
        threading.Thread(target=_work, args=(work, done), daemon=True).start()
        try:
            return done.result(WHOLE_SECONDS)
        except TimeoutError as error:
            if done.done():
                raise
            raise ServerError(
                "the server takes too long to answer",
                where=self.address,
                expected=f"an answer in {WHOLE_SECONDS:g} s",
                do="try again later",
            ) from error


def _work(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: a token goes to the server that was named, and to no other one."""

    def http_error_302(self, *_: Any, **__: Any) -> None:
        """None: where it leads is not even looked at."""

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _checked(address: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not host or not plain:
        raise UsageError(
            "no address of a server",
            found=repr(address[:200]),
            expected="such as https://leaderboard.example.org",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            "this address would send the token in the clear",
            found=address[:200],
            expected="https://, or http:// to this machine",
            do="ask the organisers for the https address",
        )
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone: nothing is looked up."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
