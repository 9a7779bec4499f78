"""The client: checks first, sends a token to the named server alone, prints the server's words."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

import spgc
from spgc.errors import DataError, ServerError, SubmissionError, UsageError
from spgc.submissions.server_client import ChallengeServer
from spgc.submissions.team_token import read_token
from tests.serving.asked import running
from tests.serving.conftest import Serve
from tests.serving.flower_server import FlowerServer, guesses, labels


@pytest.fixture
def server(serve: Serve) -> FlowerServer:
    return serve("hits")


@pytest.fixture
def address(server: FlowerServer) -> Iterator[str]:
    with running(server.path) as found:
        yield found


def token_file(folder: Path, token: str, mode: int = 0o600) -> Path:
    path = folder / "team.token"
    path.write_text(token + "\n")
    path.chmod(mode)
    return path


def test_one_call_in_python(server: FlowerServer, address: str, tmp_path: Path) -> None:
    result = spgc.submit(labels(), address, token=server.tokens["Ada"])
    assert (result.team, result.number, result.said) == ("Ada", 1, "30 of 30 correct.")
    assert result.to_frame()["today"][0] == 1
    assert "submission 1" in repr(result)
    assert "30 of 30" in str(result)
    assert "30 of 30" in result._repr_html_()
    assert result.as_dict()["team"] == "Ada"
    place = token_file(tmp_path, server.tokens["Ben"])
    assert spgc.submit(guesses(1), address, token_file=place).team == "Ben"
    with pytest.raises(ServerError, match="no team has this token"):
        spgc.submit(labels(), address, token="wrong")  # noqa: S106
    with pytest.raises(SubmissionError):
        spgc.submit({"F-001": "rose"}, address, token=server.tokens["Ada"])
    with pytest.raises(UsageError, match="one token"):
        spgc.submit(labels(), address)
    with pytest.raises(DataError, match="this is no token"):
        spgc.submit(labels(), address, token="a\r\nHost: b")  # noqa: S106


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:99999",
        "https://user:secret@example.org",
        "https://example.org/?token=1",
        "http://example.org",
        "http://192.0.2.1",
        "http://127.0.0.1.example.org",
        "http://[::1",
    ],
)
def test_an_address_that_would_tell_the_token_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        ChallengeServer(wrong)


@pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_token_file_is_its_owners_alone(tmp_path: Path, mode: int) -> None:
    path = token_file(tmp_path, "secret-token", mode)
    with pytest.raises(DataError, match="others may read") as refused:
        read_token(path)
    assert "secret-token" not in str(refused.value)
    path.chmod(0o600)
    assert read_token(path) == "secret-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "two words", "\x00", "ü", "x" * 300, "a\nb"])
def test_what_is_no_token_is_refused(tmp_path: Path, content: str) -> None:
    path = token_file(tmp_path, "")
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        read_token(path)


class Strange(BaseHTTPRequestHandler):
    """A server of something else; `asked` notes who came with a token."""

    answer: ClassVar[tuple[int, dict[str, str], bytes]] = (200, {}, b"")
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization", ""))
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def strange() -> Iterator[str]:
    made = HTTPServer(("127.0.0.1", 0), Strange)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


HOSTILE = {
    "another site": ((200, {}, b"<html>\x1b[31m"), spgc.SpgcError),
    "a challenge with a path": (
        (200, {}, b'format = 1\ntitle = "x"\ncases = ["../../evil.csv"]\n'),
        spgc.SpgcError,
    ),
    "elsewhere": ((302, {"Location": "http://192.0.2.1/"}, b""), ServerError),
    "a fault": ((500, {}, b"\x1b[31m not json"), ServerError),
    "an odd error": ((400, {}, b'{"what": 7}'), ServerError),
    "a long error": ((400, {}, b'{"what": "' + b"x" * 100_000 + b'"}'), ServerError),
    "signs": ((400, {}, b'{"what": "\\u001b[31m red"}'), ServerError),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strange_server_gets_no_token_and_moves_nothing(strange: str, name: str) -> None:
    answer, kind = HOSTILE[name]
    Strange.answer = answer
    Strange.asked.clear()
    with pytest.raises(kind) as refused:
        spgc.submit(labels(), strange, token="secret-token")  # noqa: S106
    assert set(Strange.asked) == {""}
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 5000
    assert "secret-token" not in str(refused.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerError, match="can't reach the server"):
        spgc.submit(labels(), "http://127.0.0.1:9", token="secret-token")  # noqa: S106
