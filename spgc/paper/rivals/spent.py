"""What a step cost: seconds over all its sittings and peak memory, kept beside its results."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spgc.files.json_documents import MAX_RECORD, read_json
from spgc.files.whole import write_text
from spgc.jobs.machine import peak_memory, reset_peak_memory

SPENT = "spent.json"


@dataclass(frozen=True)
class Spent:
    """The cost of one step.

    of: what was done, a hash; seconds: of the sittings that ended, by success or by a stop;
    cpu_seconds: of this process on all its cores, which other work on the machine does not change;
    begun, ended: sittings. Where fewer ended than began a process was killed, and its time is not
    in it. peak_gib: memory of this process at its highest, None where the system does not say.
    """

    of: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    begun: int = 0
    ended: int = 0
    peak_gib: float | None = None

    @property
    def at_least(self) -> bool:
        """Whether a sitting was cut off, so that the step took longer than `seconds`."""
        return self.ended < self.begun

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"at_least": self.at_least}


def read_spent(folder: Path) -> dict[str, Spent]:
    """What steps cost so far, by name; nothing where that was not kept or can't be read."""
    try:
        found = read_json(folder / SPENT, MAX_RECORD)
        return {name: Spent(**fields) for name, fields in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


@contextmanager
def sitting(folder: Path, step: str, of: str) -> Iterator[None]:
    """Add the time inside to what `step` cost, however it ends; begin anew for another `of`."""
    before = read_spent(folder).get(step)
    so_far = before if before is not None and before.of == of else Spent(of)
    begun = replace(so_far, begun=so_far.begun + 1)
    _keep(folder, step, begun)
    reset_peak_memory()
    start, cpu = time.perf_counter(), time.process_time()
    try:
        yield
    finally:
        ended = replace(
            begun,
            seconds=so_far.seconds + time.perf_counter() - start,
            cpu_seconds=so_far.cpu_seconds + time.process_time() - cpu,
            ended=so_far.ended + 1,
            peak_gib=_higher(so_far.peak_gib),
        )
        _keep(folder, step, ended)


def _higher(peak: float | None) -> float | None:
    now = peak_memory()
    return peak if now is None else max(now["this_process"], peak or 0.0)


def _keep(folder: Path, step: str, spent: Spent) -> None:
    known = read_spent(folder) | {step: spent}
    content = {name: asdict(one) for name, one in known.items()}
    write_text(folder / SPENT, json.dumps(content, indent=1) + "\n")
