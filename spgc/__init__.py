"""Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC.

Research software: nothing in it is meant for diagnosis.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spgc.scoring.score import score

try:
    __version__ = version("spgc")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__", "score"]


def __getattr__(name: str) -> Any:
    """Load the public functions when they are first asked for (PEP 562)."""
    if name == "score":
        from spgc.scoring.score import score

        return score
    raise AttributeError(f"module 'spgc' has no attribute {name!r}")
