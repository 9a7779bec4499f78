"""A file that came in on standard input: its bytes, and the name by which it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class StandardInput:
    """What stood on standard input, which can be read only once. It has no place and no record."""

    data: bytes = field(repr=False)

    @property
    def stem(self) -> str:
        """The name of the system whose answers came so, in tables."""
        return "stdin"

    def __str__(self) -> str:
        return "<stdin>"


GivenFile = Path | StandardInput
"""A file to read: by its path, or as it came in on standard input."""
