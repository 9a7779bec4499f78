"""Silence for Python's warnings that holds in several threads at once.

`warnings.catch_warnings` sets and puts back one list of filters for the whole process. Of two
threads whose blocks overlap, the first to leave brings the warnings of the other back to life, and
the last leaves its silence behind. Scans are read and networks converted in threads, and warnings
of pydicom quote what a file says of a person: so all blocks share one silence.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_blocks = 0
_silence = warnings.catch_warnings()


@contextmanager
def no_warnings() -> Iterator[None]:
    """No warning is shown or raised while any thread is inside: the last one out ends it."""
    global _blocks, _silence
    with _lock:
        if _blocks == 0:
            _silence = warnings.catch_warnings()
            _silence.__enter__()
            warnings.simplefilter("ignore")
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0:
                _silence.__exit__(None, None, None)
