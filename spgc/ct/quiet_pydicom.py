"""Silence for pydicom and nibabel, whose messages quote what a file says of a person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pydicom.pixels.decoders  # noqa: F401  # so that all its loggers exist

from spgc.jobs.quiet_warnings import no_warnings


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Neither warnings nor log records of pydicom leave this block.

    It warns of odd values by quoting them, identifying ones among them, and logs the same, which a
    program that has set up logging would write down. The checks of this package decide instead.
    """
    with _quiet("pydicom"):
        yield


@contextmanager
def quiet_nibabel() -> Iterator[None]:
    """Neither warnings nor log records of nibabel, which prints them, leave this block."""
    with _quiet("nibabel"):
        yield


@contextmanager
def _quiet(package: str) -> Iterator[None]:
    """Records of a package's modules pass by the filters of its own logger: each gets one."""
    known = [package, *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(n) for n in known if n == package or n.startswith(f"{package}.")]

    def drop(_: logging.LogRecord) -> bool:
        return False

    for logger in loggers:
        logger.addFilter(drop)
    try:
        with no_warnings():
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(drop)
