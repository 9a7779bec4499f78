"""Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC.

Research software: nothing in it is meant for diagnosis.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("spgc")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
