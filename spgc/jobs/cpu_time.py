"""CPU seconds: of the whole run, and of threads that libraries started without Python."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")

_pythons: set[str] = set()
"""IDs of threads that Python started: one that has ended is there for a moment without its name."""


def cpu_seconds() -> tuple[float, float]:
    """CPU seconds of this process, and of its children that have ended, user and system."""
    used = os.times()
    return used.user + used.system, used.children_user + used.children_system


def library_seconds() -> float:
    """CPU seconds of living threads that Python did not start, such as those of OpenVINO.

    0 where the system does not tell (only Linux does, proc_pid_schedstat).
    """
    _pythons.update(str(thread.native_id) for thread in threading.enumerate())
    total = 0
    with suppress(OSError):
        for task in _TASKS.iterdir():
            if task.name not in _pythons:
                with suppress(OSError, ValueError, IndexError):  # a thread that has just ended
                    total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9
