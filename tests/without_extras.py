"""The `spgc` command as after an install with some extras: `python -m tests.without_extras ct`.

The argument names the extras that are there, "" for none. What the others bring can't be found, as
if it were not installed; the rest of the environment stays as it is. Each line of stdin is the
words of a command, as a JSON list. It runs in a process of its own, which branches off from one
that has loaded what most commands need; a line of stdout holds exit code, stdout and stderr.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

from spgc.jobs.extras import BROUGHT, INCLUDED

SHARED = ("spgc.cli.main", "spgc.cli.score_command")
READING = ("spgc.cli.preprocess_command",)
"""Loaded once: what commands of the core and those that read CT have in common."""


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
    present = set(filter(None, sys.argv.pop(1).split(",")))
    hide(absent(present))
    for module in (*SHARED, *(READING if "ct" in present else ())):
        import_module(module)
    for line in sys.stdin:
        print(json.dumps(_branch(json.loads(line))), flush=True)


def _branch(words: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _become(words, out.fileno(), err.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for file in (out, err):
            file.seek(0)
        return code, out.read().decode(), err.read().decode()


def _become(words: list[str], out: int, err: int) -> None:
    """The command, whose end is that of this process."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.argv[:] = ["spgc", *words]
    from spgc.__main__ import main as run

    run()
    raise SystemExit(0)


if __name__ == "__main__":
    main()
