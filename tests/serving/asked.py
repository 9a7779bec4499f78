"""Requests to the application in this process, and a server on a free port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from spgc.serving.run_server import Running, ready_server
from spgc.serving.web_app import make_app
from tests.serving.flower_server import FlowerServer


def client_of(server: FlowerServer) -> TestClient:
    """A client whose requests a fault of the server answers, as it does outside tests."""
    return TestClient(make_app(server.desk), raise_server_exceptions=False)


def bearer(token: str, **more: str) -> Mapping[str, str]:
    """The headers of a team's request."""
    return {"Authorization": f"Bearer {token}", "Content-Type": "text/csv", **more}


@contextmanager
def running(path: Path, **options: Any) -> Iterator[str]:
    """A server over the file, in a thread of its own; its address."""
    ready = ready_server(Running(path, port=0, **options))
    thread = threading.Thread(target=ready.run)
    thread.start()
    try:
        yield ready.address
    finally:
        ready.server.should_exit = True
        thread.join(30)
