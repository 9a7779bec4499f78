"""Threads wait briefly wherever spgc computes, unless the user says how; imports set nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from spgc.jobs import idle_threads as sharing
from spgc.jobs.idle_threads import BLOCKTIME, SPINS, share_machine
from spgc.jobs.parallel import in_parallel, stop_workers

NAMES = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "to be put back")  # even if it was not set
        monkeypatch.delenv(name)
    monkeypatch.setattr(sharing, "bound_cores", lambda: 8)
    monkeypatch.setattr(sharing, "usable_cores", lambda: 8)


def found() -> dict[str, str]:
    return {name: os.environ[name] for name in NAMES if name in os.environ}


def test_bounded_waiting() -> None:
    share_machine()
    assert found() == {"GOMP_SPINCOUNT": SPINS, "KMP_BLOCKTIME": BLOCKTIME}


def test_the_users_choice_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    share_machine()
    assert found() == {"OMP_WAIT_POLICY": "active"}
    monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setenv("GOMP_SPINCOUNT", "5")
    monkeypatch.setenv("KMP_BLOCKTIME", "infinite")
    share_machine()
    assert found() == {"GOMP_SPINCOUNT": "5", "KMP_BLOCKTIME": "infinite"}


def test_a_quota_limits_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "usable_cores", lambda: 3)
    share_machine()
    assert found()["OMP_NUM_THREADS"] == "3"
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    share_machine()
    assert found()["OMP_NUM_THREADS"] == "2"


def test_workers_wait_briefly_too() -> None:
    stop_workers()  # those of other tests
    share_machine()
    assert dict(in_parallel(os.getenv, {"a": ("GOMP_SPINCOUNT",), "b": ("KMP_BLOCKTIME",)}, 2)) == {
        "a": SPINS,
        "b": BLOCKTIME,
    }


def test_the_command_sets_it_and_an_import_does_not() -> None:
    """Set before torch is loaded: OpenMP reads it once."""
    code = (
        "import os, spgc, spgc.cli.main, spgc.runs.scans, sys\n"
        "assert 'GOMP_SPINCOUNT' not in os.environ\n"
        "sys.argv = ['spgc', '--version']\n"
        "try:\n    spgc.cli.main.main()\nexcept SystemExit:\n    pass\n"
        "assert os.environ['GOMP_SPINCOUNT'] == '10000'\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
