"""What signals do to a process that goes on: nothing is lost, and handlers are as before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from spgc.cli import main
from spgc.errors import ModelError
from spgc.jobs import interrupts
from spgc.jobs.interrupts import STOPS, Stop, calm_children, exit_code, stop_on_signals, stops_wait
from spgc.nets.engines.told_failures import told

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[dict[signal.Signals, object]]:
    """Those of this process, put back at the end; nothing is heard yet."""
    before = {number: signal.getsignal(number) for number in STOPS}
    stop_on_signals()
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def in_a_thread(work: object) -> object:
    """What a function gives in a thread that is not the main one."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(work()))  # type: ignore[operator]
    thread.start()
    thread.join()
    return found[0]


def test_the_first_signal_is_the_one_that_is_told() -> None:
    with Stop() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert stop()
    assert exit_code() == 128 + signal.SIGTERM == 143


def test_launchers_that_send_ctrl_c_twice_do_not_break_a_step() -> None:
    with Stop() as stop:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert stop()


def test_the_second_ctrl_c_of_the_impatient_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(interrupts.time, "monotonic", lambda: now[0])
    with Stop():
        signal.raise_signal(signal.SIGINT)
        now[0] += interrupts.IMPATIENT
        signal.raise_signal(signal.SIGINT)  # just not late enough
        now[0] += 0.001
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_stop_in_a_thread_changes_no_handler() -> None:
    def enter() -> list[object]:
        with Stop():
            return [signal.getsignal(number) for number in STOPS]

    assert in_a_thread(enter) == [signal.getsignal(number) for number in STOPS]


@pytest.mark.parametrize("call", [stop_on_signals, lambda: interrupts.end_on_signals(0)])
def test_threads_can_not_set_handlers_and_do_not_try(call: object) -> None:
    before = [signal.getsignal(number) for number in STOPS]
    assert in_a_thread(call) is None
    assert [signal.getsignal(number) for number in STOPS] == before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    """A shell ignores SIGINT for what it runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop_on_signals()
    signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert exit_code() == 143


def test_a_stop_that_openvino_made_an_error_of_is_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_heard", [signal.SIGINT])
    with pytest.raises(KeyboardInterrupt), told("resnext50"):
        raise RuntimeError("Check 'false' failed: KeyboardInterrupt")
    monkeypatch.setattr(interrupts, "_heard", [])
    with pytest.raises(ModelError), told("resnext50"):
        raise RuntimeError("Check 'false' failed")


def test_a_notebook_goes_on_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its errors are no stops, whatever stopped an earlier call."""
    for number in STOPS:
        signal.signal(number, signal.default_int_handler)
    monkeypatch.setattr(interrupts, "_heard", [signal.SIGINT])
    with pytest.raises(ModelError), told("resnext50"):
        raise RuntimeError("Check 'false' failed")


def test_a_command_after_a_stopped_one_ends_by_its_own_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupts.note(signal.SIGINT)
    monkeypatch.setattr(sys, "argv", ["spgc", "score", "/no/such.csv"])
    assert main.run() == 1


def test_what_was_heard_before_is_forgotten() -> None:
    interrupts.note(signal.SIGTERM)
    assert exit_code() == 143
    stop_on_signals()
    assert exit_code() == 130


def test_waiting_leaves_no_trace_where_no_signal_comes() -> None:
    before = [signal.getsignal(number) for number in STOPS]
    with stops_wait():
        assert [signal.getsignal(number) for number in STOPS] != before
    assert [signal.getsignal(number) for number in STOPS] == before


def test_waiting_keeps_an_error_and_lets_ignored_signals_be() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with pytest.raises(ZeroDivisionError), stops_wait():
        signal.raise_signal(signal.SIGHUP)
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_thread_does_not_wait() -> None:
    def enter() -> list[object]:
        with stops_wait():
            return [signal.getsignal(number) for number in STOPS]

    assert in_a_thread(enter) == [signal.getsignal(number) for number in STOPS]


def test_children_are_deaf_to_the_terminal_and_the_parent_is_not_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a child starts with is inherited: its mask blocks Ctrl-C and SIGHUP, not SIGTERM."""
    monkeypatch.setenv("PYTHONWARNINGS", "error::DeprecationWarning")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    code = (
        "import os, signal; print(*sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())));"
        "print(os.environ['PYTHONWARNINGS'])"
    )
    with calm_children():
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    blocked, warnings = done.stdout.splitlines()
    assert set(map(int, blocked.split())) >= {signal.SIGINT, signal.SIGHUP}
    assert signal.SIGTERM not in map(int, blocked.split())
    assert warnings.startswith("error::DeprecationWarning,ignore::UserWarning:multiprocessing")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    assert os.environ["PYTHONWARNINGS"] == "error::DeprecationWarning"


@pytest.mark.parametrize("number", STOPS)
def test_when_all_is_done_a_signal_ends_with_the_commands_own_code(number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        "from spgc.jobs.interrupts import end_on_signals\n"
        "end_on_signals(7)\n"
        f"signal.raise_signal({int(number)})\n"
        "time.sleep(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")
