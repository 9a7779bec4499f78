"""What a run tells while it goes on: progress, remarks, and which scans were left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spgc.jobs.progress import Track, silent
from spgc.runs.scans import Prepared


def _nobody(_: Any) -> None:
    pass


@dataclass(frozen=True)
class Listener:
    """Functions that a run calls; nobody listens by default, for what came out says all of it.

    track: progress; say: a note or remark, one line; scans_read: what became of the scans, as soon
    as the last is read and before anything is written.
    """

    track: Track = silent
    say: Callable[[str], None] = _nobody
    scans_read: Callable[[Prepared], None] = _nobody


NOBODY = Listener()
