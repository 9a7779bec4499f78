"""The process of the `spgc` command: signals, streams, and errors as one clear line."""

from __future__ import annotations

import atexit
import errno
import sys

from spgc.cli import console, streams
from spgc.cli.app import app
from spgc.cli.process_end import SaidStop, leave, no_more_warnings, spare_last_collection
from spgc.errors import SpgcError
from spgc.jobs.ahead import lacks_threads
from spgc.jobs.child_processes import end_with_launcher
from spgc.jobs.idle_threads import share_machine
from spgc.jobs.interrupts import exit_code, forget, heard, stop_on_signals

STOPPED = 130
"""What typer makes of a KeyboardInterrupt, which signals to stop become here."""


def run() -> int:
    """Run the command line; its exit code.

    Bad input ends in one line and 1, wrong usage in 2, a signal to stop in 128 and its number.
    """
    forget()
    streams.prepare_streams()
    try:
        code = _command()
        if code <= 128:  # after a stop, what is still waiting to be written can't change its code
            streams.flush_output()
    except OSError as error:
        return _broken(error)
    except MemoryError:
        return _short_of("not enough memory", "close other programs, or lower --jobs")
    except UnboundLocalError as error:  # loky's own clean-up, where a pipe for a worker was refused
        if not isinstance(error.__context__, OSError):
            raise
        return _broken(error.__context__)
    except RuntimeError as error:
        if not lacks_threads(error):
            raise
        return _short_of("can't go on: no more threads can be started", _SHORT[errno.EAGAIN])
    return code


def _command() -> int:
    try:
        app()
    except SpgcError as error:
        console.fail(error)
        return exit_code() if heard() else error.exit_code
    except SaidStop:
        return exit_code()
    except SystemExit as end:
        if end.code != STOPPED:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return _stopped()
    except KeyboardInterrupt:  # a second one, while the first was dealt with
        return _stopped()
    return 0


def _stopped() -> int:
    no_more_warnings()
    console.say("Stopped. Finished work is kept; run the same command to resume.")
    return exit_code()


def _broken(error: OSError) -> int:
    """Exit code where the system refused; a line says so, unless the reader has just gone.

    Raises the error itself when it is none of the streams' and names no file.
    """
    stuck = streams.give_up()
    if stuck and isinstance(error, BrokenPipeError):  # `spgc leaderboard | head`
        return 1  # typer's too: a gate's verdict that nobody saw is not a good one
    if not stuck and error.filename is None:
        if error.errno not in _SHORT:
            raise error
        return _short_of(f"can't go on: {error.strerror}", _SHORT[error.errno])
    what, where = ("can't write the output", None) if stuck else ("can't go on", error.filename)
    console.set_mode()
    console.fail(SpgcError(what, where=where, found=error.strerror or str(error)))
    return 1


_SHORT = {
    errno.EMFILE: "allow more open files (ulimit -n), or lower --jobs",
    errno.ENFILE: "close other programs: the whole machine has too many files open",
    errno.EAGAIN: "allow more processes (ulimit -u), or lower --jobs",
    errno.ENOMEM: "close other programs, or lower --jobs",
    errno.EPIPE: "run the same command again",
    errno.ENOSPC: "free some room on the disk, or in /dev/shm",
}
"""What the system may be short of where no file is named, and what helps."""


def _short_of(what: str, do: str) -> int:
    console.set_mode()
    console.fail(SpgcError(what, do=do))
    return 1


def main() -> None:
    """The process of the `spgc` command."""
    streams.open_missing()
    streams.forget_wrong_sizes()
    atexit.register(spare_last_collection)
    share_machine()
    stop_on_signals()
    end_with_launcher()
    try:
        code = run()
    except Exception:  # a fault of ours, told as Python tells it
        sys.excepthook(*sys.exc_info())
        code = 1
    leave(code, stopped=code > 128)


if __name__ == "__main__":
    main()
