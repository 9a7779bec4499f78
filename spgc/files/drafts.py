"""Drafts, claims and waste of a slice store: unfinished work in one folder beside the scans.

Everything here may be lost without harm, and nothing here is ever read as a scan. The only
operations that other processes can see are `mkdir` and `rename`, which are atomic on network file
systems too; no file locks, no process numbers, no clock of this machine.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DEAD_SECONDS = 3600
"""Age from which a draft or claim is taken for the leftover of a killed process.

A living draft is written within seconds, and each write makes it young again. The process of a
draft that was removed by mistake (it slept for an hour) gets an error and stores nothing.
"""


class Drafts:
    """The folder `root`, made when first needed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def new(self) -> Iterator[Path]:
        """An empty folder of a name that nobody else has; removed at the end if it is still there.

        Raises OSError when it can't be made.
        """
        draft = self.root / uuid.uuid4().hex
        draft.mkdir(parents=True)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def claim(self, name: str) -> bool:
        """Tell others that a piece of work is being done; False when someone told so before.

        A hint that spares work done twice, no lock: a killed process may have left it behind, so
        nobody should wait for it to go. Raises OSError when it can't be made.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            (self.root / f"claim-{name}").mkdir()
        except FileExistsError:
            return False
        return True

    def release(self, name: str) -> None:
        """Take a claim back, whoever made it."""
        with suppress(OSError):
            (self.root / f"claim-{name}").rmdir()

    def discard(self, path: Path) -> None:
        """Make a folder or file vanish at once, then delete it; nothing happens when it is gone.

        Raises OSError when it can't be moved.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        waste = self.root / uuid.uuid4().hex
        with suppress(FileNotFoundError):
            path.rename(waste)
        if waste.is_dir() and not waste.is_symlink():
            shutil.rmtree(waste, ignore_errors=True)
            return
        with suppress(OSError):
            waste.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed processes left behind, by the clock of the file system."""
        with suppress(OSError):
            leftovers = list(self.root.iterdir())
            if leftovers:
                self._sweep(leftovers)

    def _sweep(self, leftovers: Iterable[Path]) -> None:
        with self.new() as probe:
            now = probe.stat().st_mtime
            for leftover in leftovers:
                if is_dead(last_change(leftover), now):
                    # Renamed first: a writer that lives after all fails instead of moving in half.
                    self.discard(leftover)


def is_dead(changed: float, now: float, seconds: float = DEAD_SECONDS) -> bool:
    """Whether what was changed then is a leftover; both by the clock of the file system.

    A time that is still to come is one of a clock that was wrong, and would make it live till then.
    """
    return abs(now - changed) > seconds


def last_change(folder: Path) -> float:
    """When anything in a folder was last written, in seconds; 0 when it is gone."""
    times = [0.0]
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):  # finished by its process in the meantime
            times.append(path.stat().st_mtime)
    return max(times)
