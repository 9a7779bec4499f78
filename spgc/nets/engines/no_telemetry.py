"""Import of OpenVINO and NNCF without their telemetry, which nobody here has agreed to.

Both report each import and each conversion to Google Analytics, by a forked process, unless a
package that they treat as optional can't be imported. Besides, the fork waits for NumPy's threads
while it holds Python's lock: where another thread resamples a scan just then, neither ends.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TELEMETRY = "openvino_telemetry"

_lock = threading.RLock()


@contextmanager
def no_telemetry() -> Iterator[None]:
    """What is imported inside reports nothing, then or later.

    An OpenVINO that the process imported before, without spgc, stays as it is.
    """
    with _lock:
        if TELEMETRY in sys.modules:
            yield
            return
        sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # Python: can't be imported
        try:
            yield
        finally:
            del sys.modules[TELEMETRY]
