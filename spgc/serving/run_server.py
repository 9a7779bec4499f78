"""`spgc serve run`: the application on a socket, until it is stopped."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import uvicorn

from spgc.disclosure.limit_check import check_limits
from spgc.errors import DataError, SpgcError, UsageError
from spgc.files.regular import check_regular
from spgc.jobs.interrupts import stops_wait
from spgc.serving.network_trust import NamedProxies, trusted_network
from spgc.serving.served_desk import ServedDesk
from spgc.serving.timed_requests import TimedProtocol
from spgc.serving.web_app import make_app
from spgc.text.command_lines import command_line

HOST, PORT = "127.0.0.1", 8000

MOST_AT_ONCE = 256
"""Connections; more are told to try again."""

MOST_HEADER = 16 * 1024
"""Bytes of the headers of a request."""


@dataclass(frozen=True)
class Running:
    """What is asked for: the file, an address, proxies, and files of TLS."""

    file: Path
    host: str = HOST
    port: int = PORT
    proxies: Sequence[str] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None


@dataclass(frozen=True)
class ReadyServer:
    """A server that listens already."""

    address: str
    server: uvicorn.Server
    listening: socket.socket
    desk: ServedDesk

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """What whoever starts it has to know: its state, and what the limits give away."""
        view, served = self.desk.challenge(), self.desk.served
        parts = f"{view.public_cases} cases public, {view.private_cases} private"
        state = f"{view.title}: {view.state}; {parts}. {view.final_said}"
        limits = check_limits(served.part(public=True)).lines
        return (state, *self._readable(), *limits)

    def _readable(self) -> Iterator[str]:
        """A warning where the file isn't its owner's alone."""
        path = self.desk.database.path
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            yield (
                f"others may read {path}, which holds the labels (mode {mode:03o}): "
                f"{command_line('chmod', '600', path)}"
            )

    def run(self) -> None:
        """Answer requests until a signal to stop; those that have begun are finished first.

        A signal that meets the loop half made, or uvicorn does not know (SIGHUP), ends it as well.
        """
        try:
            with self.listening, stops_wait(self._end):
                self.server.run(sockets=[self.listening])
        finally:
            self.desk.close()

    def _end(self) -> None:
        self.server.should_exit = True


def ready_server(asked: Running) -> ReadyServer:
    """Open the file and the socket.

    Raises UsageError for an address that would send tokens in the clear, DataError for a file that
    is none of a served challenge, SpgcError for a port that is taken.
    """
    tls = _check_tls(asked)
    trusted = trusted_network(asked.host, asked.proxies, tls=tls)
    desk = ServedDesk(asked.file)
    listening = _listen(asked.host, asked.port)
    config = uvicorn.Config(
        NamedProxies(make_app(desk), trusted),
        http=TimedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # what strangers send is no fault of the server
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `NamedProxies` applies uvicorn's, after a look at who connects
        limit_concurrency=MOST_AT_ONCE,
        h11_max_incomplete_event_size=MOST_HEADER,
        timeout_graceful_shutdown=10,
        ssl_certfile=asked.tls_cert,
        ssl_keyfile=asked.tls_key,
    )
    try:
        config.load()
    except OSError as error:
        listening.close()
        raise DataError(
            "TLS can't be set up", where=asked.tls_cert, found=error.strerror or str(error)
        ) from error
    port = listening.getsockname()[1]
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    address = f"http{'s' if tls else ''}://{host}:{port}"
    return ReadyServer(address, uvicorn.Server(config), listening, desk)


def _check_tls(asked: Running) -> bool:
    files = [one for one in (asked.tls_cert, asked.tls_key) if one is not None]
    if len(files) == 1:
        raise UsageError("TLS needs two files", expected="--tls-cert and --tls-key")
    for file in files:
        try:
            check_regular(file)
        except OSError as error:
            raise DataError("can't read a file of TLS", where=file, found=error.strerror) from error
    return bool(files)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=256)
        # Head and body of an answer are sent apart: else the body waits 40 ms for the client's
        # acknowledgement. asyncio sets this for sockets of its own alone.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    except OSError as error:
        raise SpgcError(
            "can't listen at this address",
            where=f"{host}:{port}",
            found=error.strerror or str(error),
            do="name another one with --host and --port",
        ) from error
