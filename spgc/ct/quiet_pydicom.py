"""pydicom kept from quoting what a file says of a person."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pydicom.pixels.decoders  # noqa: F401  # so that all its loggers exist


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Neither warnings nor log records of pydicom leave this block.

    It warns of odd values by quoting them, identifying ones among them, and logs the same, which a
    program that has set up logging would write down. The checks of this package decide instead.
    """
    loggers = [logging.getLogger(name) for name in _logger_names()]

    def drop(_: logging.LogRecord) -> bool:
        return False

    for logger in loggers:
        logger.addFilter(drop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(drop)


def _logger_names() -> list[str]:
    """pydicom's own and those of its modules: what these log passes by the filters of the first."""
    return ["pydicom", *(n for n in list(logging.root.manager.loggerDict) if n[:8] == "pydicom.")]
