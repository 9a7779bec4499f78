"""Sending a submission to a leaderboard server, checked here first by the server's challenge."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.data.challenge_cases import public_cases
from spgc.data.manifests import Manifest
from spgc.errors import ServerError, SubmissionError, UsageError
from spgc.files.foreign_names import place_in
from spgc.files.json_documents import parse_json
from spgc.files.standard_input import GivenFile
from spgc.submissions.lines import load
from spgc.submissions.problems import RefusedError
from spgc.submissions.validate import validate

SECONDS = 60.0
"""How long an answer may take."""

MAX_ANSWER = 64 * 2**20
"""Bytes of an answer, or of a file of the challenge."""

MAX_SENT = 256 * 1024
"""Bytes of a submission that servers take."""

TOKEN_REFUSED = 401
"""Status of HTTP where no team has the token."""

NEW_TOKEN = "check the file of --token-file, or ask the organisers for a new token"  # noqa: S105
"""What helps then, in the words of `spgc submit`: the server's are for every program."""


@dataclass(frozen=True)
class Receipt:
    """What the server said of a submission that it stored."""

    document: Mapping[str, Any]

    @property
    def team(self) -> str:
        return str(self.document["team"])

    @property
    def number(self) -> int:
        return int(self.document["submission"]["number"])

    @property
    def said(self) -> str:
        """What is shown of it, as one sentence."""
        return str(self.document["submission"]["shown"]["said"])

    @property
    def notes(self) -> list[str]:
        """What the server's reading repaired or remarked."""
        return [str(note) for note in self.document["notes"]]

    @property
    def left(self) -> Mapping[str, Any]:
        """What is left of the team's limits: `submissions`, `today`, `invalid`, `day_ends`."""
        found: Mapping[str, Any] = self.document["left"]
        return found


class ChallengeServer:
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

    def cases(self) -> Manifest:
        """The cases of the server's challenge, without classes, from its public files.

        Raises ServerError, and DataError for files that are no challenge.
        """
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / FILE_NAME).write_bytes(self._ask(f"api/files/{FILE_NAME}"))
            challenge = read_challenge(folder)
            for file in challenge.cases:
                place = place_in(folder, file, what="list of cases", where=FILE_NAME)
                place.write_bytes(self._ask(f"api/files/{quote(file, safe='')}"))
            found = public_cases(challenge)
        known = replace(challenge, source=Path(FILE_NAME))
        return replace(found, words=known.options, challenge=known)

    def send(self, file: GivenFile, token: str) -> Receipt:
        """Check a file by the server's challenge, and send it.

        Raises SubmissionError with the validator's words where it can't be read, and ServerError
        where the server can't be reached or doesn't take it.
        """
        known = self.cases()
        challenge = known.challenge
        split = challenge.overall.name if challenge.overall else challenge.ranked[0]
        validate(file, split, known).accepted()
        content = _content(file)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
        answer = self._ask("api/submissions", content, headers)
        try:
            document = parse_json(answer)
            made = Receipt(document)
            _ = (made.team, made.number, made.said, made.notes, made.left["submissions"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._strange() from error
        return made

    def _ask(
        self, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the address was checked
            f"{self.address}/{path}", content, dict(headers or {})
        )
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return self._read(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code, self._read(error)) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ServerError(
                "can't reach the server",
                where=self.address,
                found=str(reason) or type(error).__name__,
                do="check the address, and whether the server runs",
            ) from error

    def _read(self, answer: Any) -> bytes:
        content: bytes = answer.read(MAX_ANSWER + 1)
        if len(content) > MAX_ANSWER:
            raise self._strange()
        return content

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

    def _strange(self) -> ServerError:
        return ServerError(
            "the server's answer is not what one of spgc says",
            where=self.address,
            do="check the address",
        )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: a token goes to the server that was named, and to no other one."""

    def redirect_request(self, *_: Any) -> None:
        return None


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


def _content(file: GivenFile) -> bytes:
    """The bytes of a file that was read before, for the server to read again."""
    try:
        content = load(file)
    except RefusedError as error:
        raise SubmissionError(error.problem.what, where=str(file)) from error
    if len(content) > MAX_SENT:
        raise SubmissionError(
            "the file is too large to send",
            where=str(file),
            found=f"{len(content):,} bytes",
            expected=f"at most {MAX_SENT:,}",
        )
    return content
