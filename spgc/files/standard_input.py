"""Files that lie nowhere: what came in on standard input, and tables that a program holds."""

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


@dataclass(frozen=True)
class TableInMemory(StandardInput):
    """A table that a Python program holds, as the bytes of a CSV file; `name` is shown."""

    name: str = "table"

    @property
    def stem(self) -> str:
        return self.name

    @property
    def listing(self) -> str:
        """The call that lists all that is wrong with it."""
        return "spgc.validate(...)"

    def __str__(self) -> str:
        return f"<{self.name}>"


GivenFile = Path | StandardInput
"""A file to read: by its path, or its bytes where it has none."""
