"""Processes that keep a core busy each, for measuring beside other work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LOOP = """
import os, signal, sys, threading

def leave():
    sys.stdin.buffer.read()
    os._exit(0)

signal.signal(signal.SIGINT, signal.SIG_IGN)
threading.Thread(target=leave, daemon=True).start()
sys.stdout.buffer.write(b"1")
sys.stdout.buffer.flush()
while True:
    pass
"""
"""Its standard input ends when the process that started it does, however that ends."""


@contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """`count` busy processes, running when the block begins and gone when it ends; their numbers.

    They also end when this process is killed.
    """
    others: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            others.append(_started())
        for other in others:
            if other.stdout is not None:
                other.stdout.read(1)
        yield [other.pid for other in others]
    finally:
        for other in others:
            other.kill()
        for other in others:
            other.communicate()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  this Python, a loop from here
        [sys.executable, "-c", _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
