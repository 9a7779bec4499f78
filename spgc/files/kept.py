"""A cache of results in files, each with a digest; a damaged one is made again.

The first line holds the digest of the file's name and of all that follows, so that neither a
changed byte nor a tail of zeroes after a power cut nor a file under another's name is taken for
what was written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from spgc.errors import DataError, DiskFullError
from spgc.files.regular import check_regular, open_checked
from spgc.files.whole import write_bytes
from spgc.text.shortened import some

SLICE_ANSWERS, VOLUME_ANSWERS, DENSITY_COUNTS = ".slices", ".scans", ".density"
"""Endings of kept answers, by what is in them; `spgc store check` verifies files of these names."""

GRID_VOLUMES = ".grid"
"""Of scans on the grid of a network."""

ENDINGS = (SLICE_ANSWERS, VOLUME_ANSWERS, DENSITY_COUNTS, GRID_VOLUMES)

_FORM = b"spgc kept file 1 "
_HEADER = len(_FORM) + hashlib.sha256().digest_size * 2 + 1

MAX_BYTES = 2**30


class DamagedError(Exception):
    """A kept file that is not what was written; made anew by whoever wants it."""


def write_kept(path: Path, content: bytes) -> None:
    """Keep `content`. Raises DataError when the place can't be written to."""
    write_bytes(path, _header(path, content) + content)


def read_kept(path: Path) -> bytes | None:
    """What was kept; None when nothing was. Raises DamagedError when it can't be believed."""
    try:
        if check_regular(path) > MAX_BYTES:
            raise DamagedError("far too large")
        with open_checked(path) as file:
            whole = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    content = whole[_HEADER:]
    if whole[:_HEADER] != _header(path, content):
        raise DamagedError("its digest does not fit" if whole.startswith(_FORM) else "no digest")
    return content


@dataclass
class Troubles:
    """What came of keeping answers in a run: cases whose file was damaged, or can't be written.

    Neither changes an answer; `remarks` says both at the end. what: is kept, in words.
    """

    damaged: set[str] = field(default_factory=set)
    not_kept: dict[str, str] = field(default_factory=dict)
    what: str = "predictions"

    def keep(self, case_id: str, path: Path, content: bytes) -> None:
        """`write_kept`, where only a full disk is an error. Raises DiskFullError."""
        try:
            write_kept(path, content)
        except DiskFullError:
            raise
        except DataError as error:
            self.not_kept[case_id] = str(error)

    def join(self, other: Troubles) -> None:
        """Take over what another process met."""
        self.damaged |= other.damaged
        self.not_kept |= other.not_kept

    def remarks(self) -> tuple[str, ...]:
        """One line for each kind of trouble."""
        lines = []
        if self.damaged:
            lines.append(
                f"cached {self.what} were damaged and computed again: {some(sorted(self.damaged))}"
            )
        if self.not_kept:
            first = next(iter(self.not_kept.values()))
            lines.append(
                f"{self.what} could not be cached for {some(sorted(self.not_kept))}: {first}"
            )
        return tuple(lines)


def _header(path: Path, content: bytes) -> bytes:
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogateescape") + b"\0" + content)
    return _FORM + digest.hexdigest().encode() + b"\n"
