"""Work for tests of worker processes: importable by them, and some of it kills them."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def square(number: int) -> int:
    return number * number


def content(relative: Path) -> str:
    return relative.read_text()


def die(_: int) -> int:
    os._exit(1)


def die_once(marker: Path) -> str:
    """Kills its process the first time."""
    if marker.exists():
        return "done"
    marker.touch()
    os._exit(1)


def locked(_: int) -> object:
    """What can't be sent back."""
    return threading.Lock()


class Poison:
    """What can't be read where it arrives."""

    def __reduce__(self) -> tuple[object, ...]:
        return divmod, (1, 0)


def poisoned(_: int) -> object:
    return Poison()
