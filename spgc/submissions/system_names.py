"""Names of systems in tables: those of their files, with folders where two are called alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from spgc.files.standard_input import GivenFile


def system_names(files: Sequence[GivenFile]) -> list[str]:
    """A name for each file: its own without ending, with as many folders as tell it apart."""
    names = [file.stem for file in files]
    for depth in range(1, 1 + max((len(_folders(file)) for file in files), default=0)):
        counts = Counter(names)
        names = [
            name if counts[name] == 1 else "/".join((*_folders(file)[-depth:], file.stem))
            for file, name in zip(files, names, strict=True)
        ]
    twice = Counter(names)
    return [
        name if twice[name] == 1 else str(file) for file, name in zip(files, names, strict=True)
    ]


def _folders(file: GivenFile) -> tuple[str, ...]:
    return file.parts[:-1] if isinstance(file, Path) else ()
