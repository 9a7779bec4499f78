"""Import and create a system in a process of its own: what it prints, what it changes globally.

The first process finds out which modules of others the system brings; the second imports those
first, so that what they print and change is not laid at the system's door.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.contract.system import Options, System
from spgc.systems.conformance.trial import RUN

_SCRIPT = Path(__file__).with_name("watched_import.py")


@dataclass(frozen=True)
class Seen:
    """failed: the error that stopped it, if one did; changed: what is not as it was, in words."""

    printed: str = ""
    changed: Sequence[str] = ()
    failed: str = ""


def look_at(kind: type[System], options: Options) -> Seen:
    """Import the module of `kind` and create a system, elsewhere."""
    task = {"module": kind.__module__, "name": kind.__qualname__, "options": dict(options)}
    task |= {"run": {"device": RUN.device}}
    first = _child(task | {"before": []})
    if first["failed"]:
        return Seen(failed=first["failed"])
    second = _child(task | {"before": first["brought"]})
    return Seen(second["printed"], second["changed"], second["failed"])


def _child(task: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "task.json"
        path.write_text(json.dumps(task), encoding="utf-8")
        paths = os.pathsep.join(part or "." for part in sys.path)
        done = subprocess.run(  # noqa: S603  our own interpreter and words
            [sys.executable, "-P", str(_SCRIPT), str(path)],
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return {"failed": (done.stderr.strip().splitlines() or ["it ended"])[-1]}
        return dict(json.loads(path.read_text(encoding="utf-8")))
