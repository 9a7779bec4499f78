"""Jobs side by side: a job that kills its process costs its own result and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spgc.errors import WorkerError
from spgc.jobs.parallel import in_order, in_parallel
from tests.ct.dicom_files import images, write_scan
from tests.jobs.crashing_work import content, die, square


def work(name: str, number: int) -> int:
    return die(number) if name == "bad" else square(number)


TASKS: dict[str, tuple[Any, ...]] = {name: (name, n) for n, name in enumerate("abcdefgh")}


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_by_name(jobs: int) -> None:
    results = dict(in_parallel(work, TASKS, jobs))
    assert results == {name: n * n for n, name in enumerate("abcdefgh")}


def test_a_crash_costs_one_result() -> None:
    results = dict(in_parallel(work, {**TASKS, "bad": ("bad", 0), "z": ("z", 9)}, 2))
    lost = results.pop("bad")
    assert isinstance(lost, WorkerError)
    assert "process that worked on this scan was killed [bad]" in str(lost)
    assert results == {name: n * n for n, name in enumerate("abcdefgh")} | {"z": 81}


def test_relative_paths_mean_the_callers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that are kept for the next work were started where the caller was before."""
    names = {name: (Path("here"),) for name in "abcd"}
    for text in ("one", "other"):
        (tmp_path / text).mkdir()
        (tmp_path / text / "here").write_text(text)
        monkeypatch.chdir(tmp_path / text)
        assert dict(in_parallel(content, names, 2)) == dict.fromkeys("abcd", text)
        assert in_order(content, [(Path("here"),)] * 4, 2) == [text] * 4


def test_an_error_of_the_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_parallel(divmod, {"a": (4, 2), "b": (1, 0)}, 2))


def heed_ctrl_c() -> None:
    """A shell's background jobs ignore it, and so would what the tests start there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="needs process groups")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_in_one_line(tmp_path: Path, jobs: str) -> None:
    """The signal goes to all processes, as from a terminal; no worker is left, none complains."""
    for number in range(40):
        write_scan(tmp_path / "data" / "Test-1" / f"T1-{number:03d}", images(12, size=96))
    command = [sys.executable, "-m", "spgc.cli.main", "preprocess", "--quiet", "--jobs", jobs]
    process = subprocess.Popen(
        [*command, "--data", str(tmp_path / "data"), "--store", str(tmp_path / "store")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
        preexec_fn=heed_ctrl_c,
    )
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("store/scans/*/*/scan.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out.strip(), err.strip()) == (130, "", "")
    with pytest.raises(ProcessLookupError):  # some milliseconds later all are gone
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.01)
