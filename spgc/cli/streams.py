"""Standard output and error: what they can't encode is spelled in plain letters, never an error."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO, TypeVar

T = TypeVar("T")

_HANDLER = "spgc-plain"

_PLAIN = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "▶": ">",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "×": "x",
    "±": "+-",
    "≥": ">=",
    "≤": "<=",
    "·": ".",
    "✗": "x",
    "✓": "v",
    "•": "*",
    "●": "*",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "█": "#",
    "▇": "#",
    "▆": "*",
    "▅": "+",
    "▄": "=",
    "▃": "-",
    "▂": ":",
    "▁": ".",
    "│": "|",
    "┃": "|",
    "║": "|",
    "─": "-",
    "━": "-",
    "═": "-",
    "╸": "-",
    "╺": "-",
}

_BOX = range(0x2500, 0x2580)
"""Box drawing: what is no line above is a corner or a crossing."""


def plain(sign: str) -> str:
    """A sign in ASCII: its likeness, its letter without accents, or `?`."""
    if sign in _PLAIN:
        return _PLAIN[sign]
    if ord(sign) in _BOX:
        return "+"
    letters = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode("ascii")
    return letters or "?"


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


def open_missing() -> None:
    """Give a process that was started without a standard stream one that leads nowhere.

    Else the next file that it opens has the stream's number, and what others print lands in it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            os.set_inheritable(number, True)  # workers need one as well
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


_refused: list[TextIO] = []
"""Streams that took no more: a full disk, a reader that has gone."""


_SIZES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
"""Variables from which rich and typer take the size of a terminal."""

MOST_COLUMNS = 10_000


def forget_wrong_sizes() -> None:
    """Take sizes out of the environment that no terminal has.

    A help page of a billion columns takes all memory; words in place of a number are a traceback.
    """
    for name in _SIZES:
        text = os.environ.get(name, "")
        if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= MOST_COLUMNS:
            continue
        os.environ.pop(name, None)


def prepare_streams() -> None:
    """From now on standard output and error never fail for a sign outside their encoding.

    And when one takes no more, it is known which: see `give_up`.
    """
    codecs.register_error(_HANDLER, _spell)
    _refused.clear()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)
            for name in ("write", "flush"):
                setattr(stream, name, _noting(stream, getattr(stream, name)))


def _noting(stream: TextIO, act: Callable[..., T]) -> Callable[..., T]:
    """The same method of the stream; that it failed is remembered."""

    def noting(*words: Any) -> T:
        try:
            return act(*words)
        except OSError:
            _refused.append(stream)
            raise

    return noting


def flush_output() -> None:
    """Write out what standard output holds. Raises OSError when it takes no more."""
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up() -> bool:
    """Whether a stream took no more; its rest goes nowhere, and the interpreter's end is quiet."""
    for stream in _refused:
        _lead_nowhere(stream)
    return bool(_refused)


def spare_remarks() -> None:
    """From now on standard error leads nowhere: it took no more, and work goes on without it."""
    _lead_nowhere(sys.stderr)
    _refused[:] = [stream for stream in _refused if stream is not sys.stderr]


def _lead_nowhere(stream: TextIO) -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
