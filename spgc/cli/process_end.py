"""How the command's process ends: in the ordinary way, or at once while threads still work."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import NoReturn

from spgc.jobs.ahead import unfinished
from spgc.jobs.interrupts import end_on_signals, exit_code

PATIENCE = 5.0
"""Seconds that tidying up may take after a stop."""


class SaidStop(SystemExit):
    """A signal to stop came, and the command has said itself what that means."""

    def __init__(self) -> None:
        super().__init__(exit_code())


def no_more_warnings() -> None:
    """After a stop all is said: what is taken down unfinished has warnings of its own for that.

    Such as a coroutine that was made and not begun, or a folder that another thread has deleted.
    """
    warnings.simplefilter("ignore")


def leave(code: int, *, stopped: bool) -> NoReturn:
    """End this process; after a signal, or while work goes on that nobody waits for, at once.

    Python's own way waits for threads, and aborts when a daemon thread comes back from a library
    in C++ that late. What such threads write are drafts until they are whole.
    """
    _flush()
    end_on_signals(code)
    if stopped or unfinished():
        _at_once(code)
    sys.exit(code)


def _at_once(code: int) -> NoReturn:
    say_nothing_more()
    with suppress(RuntimeError):  # no more threads: then without a limit to its patience
        threading.Thread(target=_give_up, args=(code,), daemon=True).start()
    with suppress(Exception):
        _end_workers()
    with suppress(Exception):
        atexit._run_exitfuncs()  # temporary folders, process groups of torch
    with suppress(Exception):
        _end_workers()  # a thread may have started others
    os._exit(code)


def say_nothing_more() -> None:
    """What tidies up now races with threads that do too: one finds its folder gone.

    And what a signal met half made, such as the loop of a server, can't be taken down in order;
    asyncio would log that.
    """
    no_more_warnings()
    logging.disable()
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def _give_up(code: int) -> None:
    time.sleep(PATIENCE)
    os._exit(code)


def _flush() -> None:
    """Write what is waiting; a stream without a reader gets one, or Python would complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _end_workers() -> None:
    if "multiprocessing" not in sys.modules:
        return
    # Both are asked only where the command has loaded them itself.
    import multiprocessing

    if "joblib" in sys.modules:
        from spgc.jobs.parallel import stop_workers  # with joblib, an extra

        stop_workers()
    for child in multiprocessing.active_children():
        child.kill()


def spare_last_collection() -> None:
    """Spare Python's last collection, which looks through all of every library, for 0.3 s.

    Not with torch: Triton calls everything leaked that was not collected.
    """
    if "torch" not in sys.modules:
        gc.freeze()
