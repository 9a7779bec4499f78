"""Walking the folders below a data folder, with what lies directly in each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from spgc.files.foreign_names import real_path
from spgc.files.stray import is_stray

T = TypeVar("T")

STRAY_FOLDERS = frozenset({"__macosx"})

_KERNEL = ("/proc", "/sys", "/dev")

LOOKED_INTO = 8
"""Files of one ending that are looked into, of a folder or an archive."""


@dataclass(frozen=True)
class Place:
    """One folder. Names are sorted.

    files: regular files; others: links that lead nowhere, named pipes and the like; folders:
    those that are walked next; strays: regular files that are left out for their names.
    """

    path: Path
    files: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


@dataclass
class Walk:
    """Goes through the folders below `root`, links followed, each folder once.

    closed: folders that can't be listed, and the reason; again: folders that had been seen under
    another name, and that name; hidden: folders that are left out for their names. `everything`:
    these are walked as well; seen: the folders so far, by device and number.
    """

    root: Path
    everything: bool = False
    closed: dict[Path, str] = field(default_factory=dict)
    again: dict[Path, Path] = field(default_factory=dict)
    hidden: list[Path] = field(default_factory=list)
    seen: dict[tuple[int, int], Path] = field(default_factory=dict)

    def places(self) -> Iterator[Place]:
        """The folders, a folder before those in it. Raises OSError when the root is closed."""
        waiting = [self.root]
        while waiting:
            path = waiting.pop()
            try:
                place = self._look(path)
            except OSError as error:
                if path == self.root:
                    raise
                self.closed[path] = error.strerror or type(error).__name__
                continue
            if place is not None:
                yield place
                waiting += [path / name for name in reversed(place.folders)]

    def _leads_out(self, state: os.stat_result) -> str | None:
        """Why a folder is no place for scans, though a link leads there.

        Folders of the kernel lead back to the whole system, each time under other numbers: there
        is no end to them.
        """
        if (state.st_dev, state.st_ino) in self._above:
            return "a link to a folder in which the data folder itself lies"
        return "a folder of the system's kernel" if state.st_dev in self._kernel else None

    @cached_property
    def _above(self) -> frozenset[tuple[int, int]]:
        """Device and number of every folder above the root."""
        states = [place.stat() for place in real_path(self.root).parents]
        return frozenset((state.st_dev, state.st_ino) for state in states)

    @cached_property
    def _kernel(self) -> frozenset[int]:
        """Devices of the folders that the kernel makes, if they are not the root's own."""
        found = {place.stat().st_dev for place in map(Path, _KERNEL) if place.is_dir()}
        return frozenset(found - {self.root.stat().st_dev, Path("/").stat().st_dev})

    def _look(self, path: Path) -> Place | None:
        state = os.stat(path)  # noqa: PTH116 - the folder that a link leads to
        if path != self.root and (reason := self._leads_out(state)):
            self.closed[path] = reason
            return None
        first = self.seen.setdefault((state.st_dev, state.st_ino), path)
        if first != path:
            if not path.is_relative_to(first):  # a link that leads back holds nothing new
                self.again[path] = first
            return None
        files: list[str] = []
        others: list[str] = []
        folders: list[str] = []
        strays: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                kind = _kind(entry)
                if kind == "folder":
                    folders.append(entry.name)
                elif not is_stray(entry.name):
                    (files if kind == "file" else others).append(entry.name)
                elif kind == "file":
                    strays.append(entry.name)
        self.hidden += [path / name for name in sorted(folders) if is_stray_folder(name)]
        walked = [name for name in folders if self.everything or not is_stray_folder(name)]
        return Place(path, *(tuple(sorted(names)) for names in (files, others, walked, strays)))


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else ""
    except OSError:  # links that lead to each other
        return ""


def is_stray_folder(name: str) -> bool:
    """Whether a folder is left out for its name: hidden, or left behind by a system."""
    return name.startswith(".") or name.lower() in STRAY_FOLDERS


def spread(items: Sequence[T], most: int = LOOKED_INTO) -> list[T]:
    """At most `most` of the items, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]
