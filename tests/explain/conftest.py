"""Trainings here run on one thread: see `tests/one_thread.py`."""

from tests.one_thread import one_thread

__all__ = ["one_thread"]
