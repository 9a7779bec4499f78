"""A script: import a class and call its `create`, and note what that prints and changes globally.

It is run by path, so that nothing of spgc is loaded before the system loads it. Its argument is a
JSON file with the task, which what was seen replaces.
"""

from __future__ import annotations

import importlib
import json
import logging
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def run_task(place: Path) -> None:
    """Do what the file at `place` says, and write what came of it there."""
    task = json.loads(place.read_text(encoding="utf-8"))
    own = task["module"].partition(".")[0]
    for name in task["before"]:
        with suppress(Exception):  # parts of a package that only the package itself can import
            importlib.import_module(name)
    loaded, before = set(sys.modules), _state()
    with _printed(place.with_suffix(".out")) as printed:
        failed = _import_and_create(task)
    changed = _differences(before, _state())
    brought = [n for n in sys.modules if n not in loaded and n.partition(".")[0] != own]
    place.write_text(
        json.dumps(
            {"failed": failed, "printed": printed(), "changed": changed, "brought": brought}
        ),
        encoding="utf-8",
    )


def _import_and_create(task: Mapping[str, Any]) -> str:
    try:
        found: Any = importlib.import_module(task["module"])
        for part in task["name"].split("."):
            found = getattr(found, part)
        contract = importlib.import_module("spgc.contract.system")
        found.create(task["options"], contract.RunSettings(**task["run"]))
    except (Exception, SystemExit) as error:
        return f"{type(error).__name__}: {error}"
    return ""


@contextmanager
def _printed(path: Path) -> Iterator[Callable[[], str]]:
    """All that goes to stdout and stderr meanwhile, from libraries in C as well."""
    before = [os.dup(number) for number in (1, 2)]
    with path.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield lambda: path.read_text(encoding="utf-8", errors="replace")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, kept in zip((1, 2), before, strict=True):
                os.dup2(kept, number)


def _state() -> dict[str, str]:
    """What belongs to the whole process, in words that can be compared."""
    root = logging.getLogger()
    state = {
        "warning filters": str(warnings.filters),
        "level of the root logger": logging.getLevelName(root.level),
        "handlers of the root logger": str(len(root.handlers)),
        "logging.disable": str(root.manager.disable),
        "working directory": str(Path.cwd()),
        "handler of SIGINT": str(signal.getsignal(signal.SIGINT)),
        "start method of processes": str(multiprocessing.get_start_method(allow_none=True)),
        "sys.excepthook": str(sys.excepthook),
    }
    state |= {f"environment variable {name}": value for name, value in os.environ.items()}
    if (torch := sys.modules.get("torch")) is not None:
        state |= {
            "torch's threads": str(torch.get_num_threads()),
            "torch's deterministic algorithms": str(torch.are_deterministic_algorithms_enabled()),
            "torch's default type": str(torch.get_default_dtype()),
            "torch's gradients": str(torch.is_grad_enabled()),
        }
    return state


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What has changed, its values with it where they are short."""
    changed = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, "absent"), after.get(name, "absent")
        if old != new:
            short = max(len(old), len(new)) < 40
            changed.append(f"{name} ({old} became {new})" if short else name)
    return changed


if __name__ == "__main__":
    run_task(Path(sys.argv[1]))
