"""pydicom kept from quoting what a file says of a person."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Neither warnings nor log records of pydicom leave this block.

    It warns of odd values by quoting them, identifying ones among them, and logs the same, which a
    program that has set up logging would write down. The checks of this package decide instead.
    """
    logger = logging.getLogger("pydicom")

    def drop(_: logging.LogRecord) -> bool:
        return False

    logger.addFilter(drop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeFilter(drop)
