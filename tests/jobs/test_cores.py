"""Cores are counted as containers, batch systems and the user allow them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.jobs import cores
from spgc.jobs.cores import jobs_for, usable_cores


@pytest.fixture(autouse=True)
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 64 cores without quotas; the folder where its control groups would lie."""
    monkeypatch.setattr(cores, "bound_cores", lambda: 64)
    monkeypatch.setattr(cores, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "OWN_CGROUPS", tmp_path / "own")
    for name in ("SLURM_CPUS_PER_TASK", "LOKY_MAX_CPU_COUNT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(root: Path, own: str, files: dict[str, str]) -> None:
    (root / "own").write_text(own)
    for name, text in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("", {}, 64),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),  # one and a half
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "400000 100000", "a/b/cpu.max": "max 100000"}, 4),
        ("0::/a/b\n", {"a/cpu.max": "400000 100000", "a/b/cpu.max": "800000 100000"}, 4),
        ("0::/docker/unseen\n", {"cpu.max": "300000 100000"}, 3),
        (
            "4:cpu,cpuacct:/x\n",
            {
                "cpu/x/cpu.cfs_quota_us": "600000",
                "cpu/x/cpu.cfs_period_us": "100000",
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
            },
            6,
        ),
        (
            "4:cpu,cpuacct:/x\n",
            {"cpu,cpuacct/cpu.cfs_quota_us": "700000", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
            7,
        ),
        ("0::/\n", {"cpu.max": "nonsense"}, 64),
        ("0::/\n", {"cpu.max": "100000 0"}, 64),
        ("nonsense", {"cpu.max": "100000 100000"}, 64),
    ],
)
def test_quota_of_control_groups(
    groups: Path, own: str, files: dict[str, str], expected: int
) -> None:
    write(groups, own, files)
    assert usable_cores() == expected


@pytest.mark.parametrize(("said", "expected"), [("3", 3), ("0", 64), ("", 64), ("4(x2)", 64)])
@pytest.mark.parametrize("name", ["SLURM_CPUS_PER_TASK", "LOKY_MAX_CPU_COUNT"])
def test_batch_systems(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str, expected: int
) -> None:
    monkeypatch.setenv(name, said)
    assert usable_cores() == expected


def test_threads_of_one_process_limit_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert (jobs_for(-1), jobs_for(0), jobs_for(5)) == (64, 1, 5)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_what_a_process_is_bound_to() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from spgc.jobs.cores import usable_cores; assert usable_cores() == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
