"""What OpenVINO refuses of a network, as one error; networks in files may be anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import ModelError
from spgc.jobs.interrupts import stop_if_heard


@contextmanager
def told(name: str, file: Path | None = None) -> Iterator[None]:
    """Raise ModelError for what OpenVINO raises of the network `name`, read from `file`.

    KeyboardInterrupt after a signal to stop, of which C++ makes an error of its own.
    """
    try:
        yield
    except (RuntimeError, ValueError, TypeError, LookupError) as error:
        stop_if_heard(error)
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise ModelError(
            f"OpenVINO can't run network {name}",
            where=file,
            found=" ".join(lines[1:] or lines)[:200] or type(error).__name__,
            expected="a network as spgc writes it",
            do="remove it, and let it be made again, or use --engine torch",
        ) from error


def rows_of(answer: Any, rows: int) -> NDArray[np.float32]:
    """A network's answer (rows, K). Raises ValueError for another shape."""
    found = np.asarray(answer, np.float32)
    if found.ndim != 2 or len(found) != rows or not found.size:
        raise ValueError(f"an answer of shape {found.shape} to {rows} inputs")
    return found
