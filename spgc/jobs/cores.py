"""The number of cores this process may use, which is often fewer than the machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")

MOST_PER_CORE = 16
"""Processes for each core that a run starts, however many are asked for."""


def usable_cores() -> int:
    """Cores that this process may keep busy, at least 1.

    The smallest of: cores that it is bound to (affinity), the CPU quota of its control groups
    (containers, versions 1 and 2, rounded up), SLURM_CPUS_PER_TASK, and joblib's
    LOKY_MAX_CPU_COUNT. OMP_NUM_THREADS is about the threads of one process and limits no others.
    """
    limits = [bound_cores(), _quota(), *map(_number, ("SLURM_CPUS_PER_TASK", "LOKY_MAX_CPU_COUNT"))]
    return max(1, min(limit for limit in limits if limit is not None))


def jobs_for(jobs: int) -> int:
    """`jobs` processes, where -1 is one for each usable core and 0 is one.

    Never more than `MOST_PER_CORE` for each: all are started at once, and the rest would only
    take memory.
    """
    cores = usable_cores()
    return cores if jobs < 0 else max(1, min(jobs, MOST_PER_CORE * cores))


def bound_cores() -> int:
    """Cores that the operating system lets this process run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(variable: str) -> int | None:
    """A count of 1 or more from the environment; None for anything else."""
    value = os.environ.get(variable, "")
    return int(value) if value.isdecimal() and int(value) > 0 else None


def _quota() -> int | None:
    """Cores that the tightest CPU quota above this process allows; None without one."""
    quotas = [-(-quota // period) for quota, period in _quotas() if quota > 0 and period > 0]
    return min(quotas, default=None)


def _quotas() -> Iterator[tuple[int, int]]:
    """Quota and period, in microseconds, of each control group from this process's to the root."""
    for folder in _folders():
        if (text := _read(folder / "cpu.max")) is not None:
            parts = text.split()
        else:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            parts = [_read(folder / name) or "" for name in names]
        if len(parts) == 2 and all(part.isdecimal() for part in parts):  # not "max" and not -1
            yield int(parts[0]), int(parts[1])


def _folders() -> Iterator[Path]:
    """Folders of this process's control groups and of those around them.

    Inside a container the path that the kernel tells may lead nowhere: its own group is then
    mounted as the root.
    """
    for line in (_read(OWN_CGROUPS) or "").splitlines():
        parts = line.split(":", 2)
        if len(parts) < 3:
            continue
        controllers = parts[1].split(",")
        if parts[1] == "":
            root = CGROUPS
        elif "cpu" in controllers:
            root = CGROUPS / ("cpu" if (CGROUPS / "cpu").is_dir() else parts[1])
        else:
            continue
        own = PurePosixPath("/", parts[2]).relative_to("/")
        yield from (root / step for step in (own, *own.parents))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
