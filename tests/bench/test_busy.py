"""Busy processes keep a core busy each, and are gone afterwards, however the command ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.bench.busy import busy

SCRIPT = """
import sys, time
from spgc.bench.busy import busy
with busy(2) as numbers:
    print(*numbers, flush=True)
    time.sleep(600)
"""


def is_there(number: int) -> bool:
    """Whether a process runs; one that has ended may stay listed until somebody asks after it."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")


def test_they_run_in_the_block_only() -> None:
    with busy(2) as numbers:
        assert len(set(numbers)) == 2
        assert all(map(is_there, numbers))
    assert not any(map(is_there, numbers))


def test_they_end_with_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), busy(1) as numbers:
        raise KeyboardInterrupt
    assert not any(map(is_there, numbers))


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_they_end_with_the_process_that_started_them(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        numbers = [int(word) for word in process.stdout.readline().split()]
        assert all(map(is_there, numbers))
        process.send_signal(getattr(signal, name))
        process.wait()
        process.stdout.read()  # ends when the last process that holds it does
    assert len(numbers) == 2
    while any(map(is_there, numbers)):
        pass
