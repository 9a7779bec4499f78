"""How the command's process ends: in the ordinary way, or at once while threads still work."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

from spgc.background import unfinished
from spgc.interrupts import hear_no_more

PATIENCE = 5.0
"""Seconds that tidying up may take after a stop."""


def leave(code: int, *, stopped: bool) -> NoReturn:
    """End this process; after a signal, or while work goes on that nobody waits for, at once.

    Python's own way waits for threads, and aborts when a daemon thread comes back from a library
    in C++ that late. What such threads write are drafts until they are whole.
    """
    if stopped or unfinished():
        hear_no_more()
        _at_once(code)
    sys.exit(code)


def _at_once(code: int) -> NoReturn:
    threading.Thread(target=_give_up, args=(code,), daemon=True).start()
    _flush()
    with suppress(Exception):
        _end_workers()
    with suppress(Exception):
        atexit._run_exitfuncs()  # temporary folders, process groups of torch
    with suppress(Exception):
        _end_workers()  # a thread may have started others
    os._exit(code)


def _give_up(code: int) -> None:
    time.sleep(PATIENCE)
    os._exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # its reader may be gone
            stream.flush()


def _end_workers() -> None:
    if "multiprocessing" not in sys.modules:
        return
    import multiprocessing

    if "joblib" in sys.modules:
        from spgc.parallel import stop_workers

        stop_workers()
    for child in multiprocessing.active_children():
        child.kill()


def spare_last_collection() -> None:
    """Spare Python's last collection, which looks through all of every library, for 0.3 s.

    Not with torch: Triton calls everything leaked that was not collected.
    """
    if "torch" not in sys.modules:
        gc.freeze()
