"""Who may connect, and whose forwarded headers count: this machine, named proxies, or TLS."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from spgc.errors import UsageError
from spgc.serving.desk import RequestError
from spgc.serving.response_headers import HEADERS
from spgc.serving.web_answers import error_json
from spgc.submissions.server_link import is_loopback

_PORT = re.compile(r":[0-9]*$")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotTrustedError(RequestError):
    """A connection that could be read by others, or that comes past the proxy."""

    status = 403


class ForeignHostError(RequestError):
    """A request to this machine under a name that is not its own.

    A page of another site can make a browser send one: its name is given this machine's address,
    and what is answered is then that site's to read (DNS rebinding).
    """

    status = 421


class TwoLengthsError(RequestError):
    """A body of two lengths, of which a proxy may take the other one (request smuggling)."""


@dataclass(frozen=True)
class TrustedNetwork:
    """What the server trusts: proxies by address, and whether it speaks TLS itself."""

    host: str
    proxies: tuple[Network, ...]
    tls: bool

    @property
    def only_proxies(self) -> bool:
        """Whether a connection from anywhere else is refused: it would not be encrypted."""
        return not self.tls and not is_loopback(self.host)


def trusted_network(host: str, proxies: Sequence[str], *, tls: bool) -> TrustedNetwork:
    """What to trust. Raises UsageError where tokens would travel in the clear."""
    made = tuple(map(_network, proxies))
    if not is_loopback(host) and not tls and not made:
        raise UsageError(
            "other machines could reach this address, and tokens would travel in the clear",
            found=f"--host {host}",
            expected="TLS in front of it, or of its own",
            do="put a reverse proxy with TLS in front and name its address (--proxy 10.0.0.5), or "
            "give --tls-cert and --tls-key; without --host the server is for this machine alone",
        )
    return TrustedNetwork(host, made, tls)


def _network(text: str) -> Network:
    try:
        made = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(
            "no address of a proxy", found=repr(text[:80]), expected="such as 127.0.0.1"
        ) from error
    if made.prefixlen < (8 if made.version == 4 else 32):
        raise UsageError(
            "too many addresses to be those of a proxy", found=text, expected="such as 127.0.0.1"
        )
    return made


class NamedProxies:
    """Passes on what may be trusted, with the scheme and address that named proxies forward.

    A proxy that takes requests without TLS is refused: tokens would travel in the clear to it.
    """

    def __init__(self, app: ASGIApp, trusted: TrustedNetwork) -> None:
        self.app, self.trusted = app, trusted
        hosts = [str(network) for network in trusted.proxies]
        self.forwarded = ProxyHeadersMiddleware(app, trusted_hosts=hosts)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = self._is_proxy(scope)
        fault = self._fault(scope, known=known)
        if fault is not None:
            answer = error_json(fault, fault.status)
            answer.headers.update({**HEADERS, "Connection": "close"})
            await answer(scope, receive, send)
        elif known:
            await self.forwarded(scope, receive, send)  # type: ignore[arg-type]
        else:
            await self.app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        client = scope.get("client")
        if not client:
            return False
        address = ipaddress.ip_address(str(client[0]).partition("%")[0])
        return any(address in network for network in self.trusted.proxies)

    def _fault(self, scope: Scope, *, known: bool) -> RequestError | None:
        names = {name.lower(): value for name, value in scope["headers"]}
        if {b"content-length", b"transfer-encoding"} <= names.keys():
            return TwoLengthsError("a body of two lengths", expected="Content-Length alone")
        if not known:
            if not self.trusted.only_proxies:
                return self._foreign_host(names)
            return NotTrustedError(
                "this server answers its proxy alone", do="use the address of the proxy"
            )
        scheme = names.get(b"x-forwarded-proto", b"").strip().lower()
        if self.trusted.tls or scheme == b"https":
            return None
        if b"x-forwarded-for" not in names and is_loopback(str(scope["client"][0])):
            return self._foreign_host(names)  # a request of this machine's own
        return NotTrustedError(
            "the proxy forwards a request that came without TLS",
            expected="X-Forwarded-Proto: https",
            do="let the proxy take https alone, and set that header",
        )

    def _foreign_host(self, names: Mapping[bytes, bytes]) -> ForeignHostError | None:
        """The fault of a request that reached this machine by another name; with TLS there is none,
        as the certificate names the server."""
        named = names.get(b"host", b"").decode("latin-1")
        host = named.rpartition(":")[0] if _PORT.search(named) else named
        if self.trusted.tls or not named or is_loopback(host.strip("[]")):
            return None
        return ForeignHostError(
            "this server is for its own machine alone",
            found=f"Host: {named[:100]}",
            expected="localhost or 127.0.0.1",
            do="use that address, or put a reverse proxy with TLS in front and name it (--proxy)",
        )
