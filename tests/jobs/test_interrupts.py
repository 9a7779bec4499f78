"""However a process is stopped: the exit code of its signal, one line, and no other left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from spgc.jobs import child_processes, interrupts
from spgc.jobs.ahead import begin, lacks_threads, unfinished
from spgc.jobs.interrupts import Stop
from spgc.jobs.parallel import in_parallel
from tests.ct.dicom_files import images, write_scan
from tests.nets.training import tiny_training

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs process groups and SIGKILL")

PATIENCE = 300
"""Seconds that a busy machine may need for what takes one."""

STOPPED = "Stopped. Finished work is kept; run the same command to resume."


def start(*words: object, cwd: Path) -> subprocess.Popen[str]:
    """Python with these arguments as the leader of a group of its own."""
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def all_gone(group: int) -> bool:
    """Whether the group's last process ends before patience does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    os.killpg(group, signal.SIGKILL)
    return False


def wait_for(place: Path, pattern: str, process: subprocess.Popen[str]) -> None:
    """Until a file is there; an error when the process ends before."""
    deadline = time.monotonic() + PATIENCE
    while not list(place.glob(pattern)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough that a stop comes long before the last, though the tests' own process be slow."""
    root = tmp_path_factory.mktemp("scans")
    for number in range(1, 31):  # those of the manifest: nothing to remark on
        write_scan(root / "Test-1" / f"T1-{number:03d}", images(20, size=256))
    return root


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 130, STOPPED),
        (signal.SIGTERM, 143, STOPPED),
        (signal.SIGHUP, 129, STOPPED),
        (signal.SIGKILL, -9, ""),
    ],
)
def test_a_signal_to_the_main_process_ends_its_workers(
    scans: Path, tmp_path: Path, number: signal.Signals, code: int, said: str
) -> None:
    words = ("-m", "spgc", "preprocess", "--jobs", 2, "--data", scans, "--store", "store")
    process = start(*words, cwd=tmp_path)
    wait_for(tmp_path, "store/scans/*/*/scan.json", process)
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert all_gone(process.pid)
    lines = [line for line in err.splitlines() if not line.startswith("preprocess: ")]
    assert (process.returncode, lines) == (code, [said] if said else [])


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_in_a_terminal_ends_in_one_line(scans: Path, tmp_path: Path, jobs: int) -> None:
    """It goes to all processes; no worker is left, none complains."""
    words = ("-m", "spgc", "preprocess", "--quiet", "--jobs", jobs, "--data", scans)
    process = start(*words, "--store", "store", cwd=tmp_path)
    wait_for(tmp_path, "store/scans/*/*/scan.json", process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert all_gone(process.pid)
    assert (process.returncode, out, err.strip()) == (130, "", "")


def test_loading_processes_end_with_a_killed_training(tmp_path: Path) -> None:
    words = (tiny_training.__file__, tmp_path / "model", "workers=2", "slow=True")
    process = start(*words, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "step 0\n"
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert all_gone(process.pid)


def test_a_signal_to_all_processes_of_a_training_saves_first(tmp_path: Path) -> None:
    """As batch systems and `timeout` send it: loading processes outlive it until all is saved."""
    words = (tiny_training.__file__, tmp_path / "model", "workers=2", "slow=True")
    process = start(*words, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "step 0\n"
    others = [pid for child in children(process.pid) for pid in (child, *children(child))]
    assert len(others) >= 3  # a fork server and what loads
    for pid in others:
        os.kill(pid, signal.SIGTERM)
    assert [process.stdout.readline() for _ in range(6)] == [f"step {n}\n" for n in range(1, 7)]
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert err.splitlines()[-1] == "KeyboardInterrupt"
    assert (tmp_path / "model" / "tiny.progress.safetensors").is_file()
    assert all_gone(process.pid)


def test_ranks_end_with_a_killed_launcher(tmp_path: Path) -> None:
    (tmp_path / "rank.py").write_text(
        "import os, pathlib, time\n"
        "from spgc.jobs.child_processes import end_with_launcher\n"
        "end_with_launcher()\n"
        "pathlib.Path('ready' + os.environ['RANK']).touch()\n"
        "time.sleep(1000)\n"
    )
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2)
    process = start(*launcher, tmp_path / "rank.py", cwd=tmp_path)
    for rank in range(2):
        wait_for(tmp_path, f"ready{rank}", process)
    ranks = children(process.pid)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert len(ranks) >= 2
    assert all(all_gone(os.getpgid(rank)) if alive(rank) else True for rank in ranks)


def children(pid: int) -> list[int]:
    """Processes that it started; ranks have sessions of their own."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    if not told.exists():
        pytest.skip("this system does not tell a process's children")
    return [
        int(word)
        for task in told.parents[1].iterdir()
        for word in (task / "children").read_text().split()
    ]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("stopped", [False, True])
def test_leaving_while_a_thread_is_inside_torch(tmp_path: Path, stopped: bool) -> None:
    """Python would take it down when it comes back, and torch's C++ would abort: exit 134."""
    code = f"""
    import time, torch
    from spgc.jobs.ahead import begin
    from spgc.cli.process_end import leave

    layer, images = torch.nn.Conv2d(64, 64, 3), torch.ones(1, 64, 16, 16)

    def work():
        while True:
            layer(images)

    begin(work, "engine")
    time.sleep(0.3)
    print("last words")
    leave(3, stopped={stopped})
    """
    process = start("-c", textwrap.dedent(code), cwd=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (3, "last words\n", "")


def test_tidying_up_after_a_stop_says_nothing(tmp_path: Path) -> None:
    """joblib warns of a folder that one of its own threads has just deleted."""
    code = """
    import atexit, threading, time, warnings
    from spgc.cli.process_end import leave

    def fails():
        raise RuntimeError("in a thread")

    def tidy():
        warnings.warn("failed to delete")
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()

    atexit.register(tidy)
    print("last words")
    leave(3, stopped=True)
    """
    process = start("-c", textwrap.dedent(code), cwd=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (3, "last words\n", "")


def test_work_that_no_thread_could_begin_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system has no more threads; what is raised on the way out does not hide why."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError) as found:
        begin(int, "work")
    assert not unfinished()
    child_processes._watch(int, int)  # a worker without its watch works on
    with pytest.raises(RuntimeError):
        list(in_parallel(abs, {"one": (1,), "two": (2,)}, 2))  # a pool would wait without end
    later = RuntimeError("cannot join thread before it is started")
    later.__context__ = found.value
    assert lacks_threads(later)
    assert not lacks_threads(RuntimeError("another"))


def test_work_that_was_begun_is_known_until_it_ends() -> None:
    event = threading.Event()
    work = begin(event.wait, "worker")
    assert unfinished()
    event.set()
    assert work.result()
    while unfinished():
        time.sleep(0.001)


def test_a_stop_while_processes_start_is_not_lost() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), interrupts.calm_children():
        os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_waits_for_what_cannot_be_stopped(number: signal.Signals) -> None:
    before = {s: signal.getsignal(s) for s in interrupts.STOPS}
    interrupts.stop_on_signals()
    reached = False
    try:
        with pytest.raises(KeyboardInterrupt), interrupts.stops_wait():
            signal.raise_signal(number)
            reached = True
        assert (reached, interrupts.exit_code()) == (True, 128 + number)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def test_nohup_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {s: signal.getsignal(s) for s in interrupts.STOPS}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        interrupts.stop_on_signals()
        signal.raise_signal(signal.SIGHUP)
        assert interrupts.exit_code() == 130  # none was heard
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@pytest.mark.parametrize(
    ("number", "handler", "heard"),
    [
        (signal.SIGINT, signal.SIG_DFL, True),
        (signal.SIGTERM, signal.SIG_DFL, True),
        (signal.SIGHUP, signal.SIG_DFL, True),
        (signal.SIGHUP, signal.SIG_IGN, False),
    ],
)
def test_training_hears_each_signal(
    number: signal.Signals, handler: signal.Handlers, heard: bool
) -> None:
    before = {s: signal.getsignal(s) for s in interrupts.STOPS}
    interrupts.stop_on_signals()  # forgets what was heard before
    signal.signal(number, handler)
    try:
        with Stop() as stop:
            signal.raise_signal(number)
        assert signal.getsignal(number) is handler
        assert (stop(), interrupts.exit_code()) == (heard, 128 + number if heard else 130)
    finally:
        for name, kept in before.items():
            signal.signal(name, kept)
