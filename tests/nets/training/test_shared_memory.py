"""Small shared memory, as in a container: training falls back to a thread instead of crashing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.nets.device import Runtime
from spgc.nets.slices.samples import slice_bytes
from spgc.nets.training import shared_memory
from spgc.nets.training.shared_memory import (
    free_shared_memory,
    loaders_that_fit,
    small_memory_remark,
    step_bytes,
)
from spgc.systems.cnr_iemn.config import DEMO

DOCKER = 64 << 20


def limit(patch: pytest.MonkeyPatch, free: int | None) -> None:
    patch.setattr(shared_memory, "free_shared_memory", lambda: free)


def test_bytes_of_the_largest_batch() -> None:
    """64 slices of Inception-v3 are 68.7 MB, more than Docker's default."""
    assert 64 * slice_bytes(299) == 68_659_968 > DOCKER


@pytest.mark.parametrize(
    ("free", "batch", "wanted", "fitting"),
    [
        (None, 1 << 40, 8, 8),  # nothing limits it
        (100, 10, 8, 4),  # 2 batches in use, 2 for each process
        (100, 10, 3, 3),
        (40, 10, 1, 1),
        (39, 10, 1, 0),
        (0, 10, 8, 0),
        (100, 10, 0, 0),
    ],
)
def test_as_many_processes_as_there_is_room_for(
    free: int | None, batch: int, wanted: int, fitting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, free)
    assert loaders_that_fit(wanted, batch) == fitting


def test_what_is_said_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, DOCKER)
    assert (
        small_memory_remark(DEMO.batch_size, slice_bytes(64), Runtime("cpu", workers=1)) is None
    )  # images of 64 pixels
    remark = small_memory_remark(64, slice_bytes(299), Runtime("cpu", workers=8))
    assert remark is not None
    need = -(-18 * step_bytes(64, slice_bytes(299)) // (1 << 20))
    assert "64 MiB free, too little for --workers 8: a thread loads slices instead" in remark
    assert f"{need} MiB are enough (docker run --shm-size)" in remark
    assert small_memory_remark(64, slice_bytes(299), Runtime("cpu", workers=0)) is None
    limit(monkeypatch, need << 20)
    assert small_memory_remark(64, slice_bytes(299), Runtime("cpu", workers=8)) is None
    limit(monkeypatch, None)
    assert small_memory_remark(64, slice_bytes(299), Runtime("cpu", workers=8)) is None


def test_processes_of_one_machine_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if free_shared_memory() is None:
        pytest.skip("no /dev/shm here")

    class Stat:
        f_bavail, f_frsize = 100, 4096

    monkeypatch.setattr(os, "statvfs", lambda path: Stat)
    assert free_shared_memory() == 409_600
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert free_shared_memory() == 102_400


def small_place() -> list[str]:
    """Words that run a command with 1 MB of shared memory of its own; skips where that can't be."""
    words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"',
        "sh",
    ]
    if shutil.which("unshare") is None or sys.platform != "linux":
        pytest.skip("no unshare here")
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small /dev/shm (needs root)")
    return words


def test_a_training_ends_in_a_small_shared_memory(tmp_path: Path) -> None:
    """Batches of 0.1 MB and 0.3 MB of validation, two processes: more than 1 MB holds."""
    script = Path(__file__).with_name("tiny_training.py")
    train = [
        sys.executable,
        str(script),
        str(tmp_path / "m"),
        "workers=2",
        "epochs=1",
        "check=range(30)",
    ]
    done = subprocess.run(
        [*small_place(), *train], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m" / "tiny.safetensors").is_file()
