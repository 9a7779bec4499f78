"""The `spgc` command as after an install with some extras: `python -m tests.without_extras ct ...`.

The first argument names the extras that are there, "" for none. What the others bring can't be
found, as if it were not installed; the rest of the environment stays as it is.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

from spgc.jobs.extras import BROUGHT, INCLUDED


def absent(present: set[str]) -> set[str]:
    """Modules that no extra in `present` brings."""
    there = present | {part for extra in present for part in INCLUDED.get(extra, ())}
    brought = {module for extra in there for module in BROUGHT[extra]}
    return {module for modules in BROUGHT.values() for module in modules} - brought


class Finder:
    """Finds what Python's own finder does, but for the modules in `hidden`."""

    def __init__(self, hidden: set[str]) -> None:
        self.hidden = hidden

    def find_spec(self, name: str, *where: Any) -> ModuleSpec | None:
        return None if name.partition(".")[0] in self.hidden else PathFinder.find_spec(name, *where)

    def find_distributions(self, context: Any) -> Any:
        return PathFinder.find_distributions(context)


def hide(modules: set[str]) -> None:
    """Let imports of `modules` fail from now on."""
    finder: Any = Finder(modules)
    sys.meta_path[:] = [finder if one is PathFinder else one for one in sys.meta_path]


def main() -> None:
    hide(absent(set(filter(None, sys.argv.pop(1).split(",")))))
    from spgc.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
