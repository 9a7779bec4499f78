"""Who may connect: this machine, a named proxy that has TLS, or TLS of the server's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from spgc.errors import DataError, SpgcError, UsageError
from spgc.serving.network_trust import NamedProxies, trusted_network
from spgc.serving.run_server import Running, ready_server
from tests.serving.conftest import Serve


async def app(scope: object, receive: object, send: object) -> None:
    """Says what it takes the client and the scheme to be."""
    request = Request(scope)  # type: ignore[arg-type]
    host = request.client.host if request.client else "none"
    answer = PlainTextResponse(f"{request.url.scheme} {host}")
    await answer(scope, receive, send)  # type: ignore[arg-type]


def asked(
    client: str, headers: dict[str, str], host: str = "127.0.0.1", proxies: tuple[str, ...] = ()
) -> str:
    """Status and text of a request from `client` to a server at `host`."""
    trusted = trusted_network(host, proxies, tls=False)
    server = NamedProxies(app, trusted)
    made = TestClient(server, "http://localhost", client=(client, 5000)).get("/", headers=headers)
    return f"{made.status_code} {made.text}" if made.status_code == 200 else str(made.status_code)


EVERYWHERE = ".".join("0000")

FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


def test_forwarded_headers_count_from_named_proxies_alone() -> None:
    assert asked("127.0.0.1", FORWARDED) == "200 http 127.0.0.1"
    assert asked("127.0.0.1", FORWARDED, proxies=("127.0.0.1",)) == "200 https 192.0.2.7"
    assert asked("10.0.0.9", FORWARDED, EVERYWHERE, ("10.0.0.0/24",)) == "200 https 192.0.2.7"
    assert asked("10.0.1.9", FORWARDED, EVERYWHERE, ("10.0.0.0/24",)) == "403"


def test_a_proxy_without_tls_is_refused() -> None:
    """Tokens would travel in the clear to it; this machine's own requests go on."""
    plain = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}
    for headers in (plain, {"X-Forwarded-For": "192.0.2.7"}):
        assert asked("127.0.0.1", headers, proxies=("127.0.0.1",)) == "403"
    assert asked("127.0.0.1", {}, proxies=("127.0.0.1",)) == "200 http 127.0.0.1"
    assert asked("10.0.0.9", {}, EVERYWHERE, ("10.0.0.9",)) == "403"


@pytest.mark.parametrize("host", [EVERYWHERE, "192.0.2.1", "example.org"])
def test_other_hosts_need_tls(host: str) -> None:
    with pytest.raises(UsageError, match="tokens would travel in the clear"):
        trusted_network(host, (), tls=False)
    assert not trusted_network(host, (), tls=True).only_proxies
    assert trusted_network(host, ("10.0.0.5",), tls=False).only_proxies


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_machine_needs_none(host: str) -> None:
    assert not trusted_network(host, (), tls=False).only_proxies


@pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "::/0", "proxy.example.org", "10.0.0.0/7", ""])
def test_a_proxy_is_an_address(proxy: str) -> None:
    with pytest.raises(UsageError, match="prox"):
        trusted_network("127.0.0.1", (proxy,), tls=False)


def test_tls_needs_two_files_that_are_there(serve: Serve, tmp_path: Path) -> None:
    path = serve("none").path
    cert = tmp_path / "cert.pem"
    cert.write_text("none")
    with pytest.raises(UsageError, match="two files"):
        ready_server(Running(path, tls_cert=cert))
    with pytest.raises(DataError, match="can't read a file of TLS"):
        ready_server(Running(path, tls_cert=cert, tls_key=tmp_path / "key.pem"))
    with pytest.raises(DataError, match="TLS can't be set up"):
        ready_server(Running(path, port=0, tls_cert=cert, tls_key=cert))


def test_a_port_that_is_taken_is_named(serve: Serve) -> None:
    path = serve("none").path
    first = ready_server(Running(path, port=0))
    port = first.listening.getsockname()[1]
    with first.listening, pytest.raises(SpgcError, match=f"can't listen.*{port}"):
        ready_server(Running(path, port=port))
    first.desk.close()
