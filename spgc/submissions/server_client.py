"""Sending a submission to a leaderboard server, checked here first by the server's challenge."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import public_cases
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.files.foreign_names import place_in
from spgc.files.standard_input import GivenFile
from spgc.submissions.lines import load
from spgc.submissions.problems import RefusedError
from spgc.submissions.server_link import ServerLink
from spgc.submissions.server_receipt import Receipt, receipt_of
from spgc.submissions.validate import validate

MAX_FILES = 64 * 2**20
"""Bytes of the files of a challenge, all together."""

MAX_RECEIPT = 2**18
"""Bytes of what a server says of a submission."""

MAX_SENT = 256 * 1024
"""Bytes of a submission that servers take."""


class ChallengeServer:
    """A leaderboard server by its address; `http` is taken to this machine alone.

    Raises UsageError for an address that is none, or that would send tokens in the clear.
    """

    def __init__(self, address: str) -> None:
        self._link = ServerLink(address)

    def cases(self) -> Manifest:
        """The cases of the server's challenge, without classes, from its public files.

        Raises ServerError, and DataError for files that are no challenge.
        """
        with tempfile.TemporaryDirectory() as name:
            challenge = self._link.in_time(lambda: self._fetched(Path(name)))
            found = public_cases(challenge)
        known = replace(challenge, source=Path(FILE_NAME))
        return replace(found, words=known.options, challenge=known)

    def _fetched(self, folder: Path) -> Challenge:
        """The challenge, with its lists of cases, in an empty folder."""
        left = MAX_FILES - self._fetch(FILE_NAME, folder / FILE_NAME, MAX_FILES)
        challenge = read_challenge(folder)
        for file in dict.fromkeys(challenge.cases):
            place = place_in(folder, file, what="list of cases", where=FILE_NAME)
            left -= self._fetch(file, place, left)
        return challenge

    def _fetch(self, name: str, place: Path, most: int) -> int:
        """Write a file of the challenge, of `most` bytes at most; its size."""
        content = self._link.ask(f"api/files/{quote(name, safe='')}", most)
        place.write_bytes(content)
        return len(content)

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
        link = self._link
        answer = link.in_time(lambda: link.ask("api/submissions", MAX_RECEIPT, content, headers))
        try:
            return receipt_of(answer)
        except ValueError as error:
            raise link.strange() from error


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
