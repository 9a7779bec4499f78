"""Whether a folder is held by `spgc.files.held_folder` at this moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def is_held(folder: Path) -> bool:
    """Whether anyone, this process too, holds the folder. Skips the test where nothing can."""
    fcntl = pytest.importorskip("fcntl")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
