"""Work for tests of worker processes: importable by them, and some of it kills them."""

from __future__ import annotations

import os
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
