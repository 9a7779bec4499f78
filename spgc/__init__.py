"""Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC.

Research software: nothing in it is meant for diagnosis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spgc.scoring.score import score

    __version__: str

__all__ = ["__version__", "score"]


def __getattr__(name: str) -> Any:
    """Load what is public when it is first asked for (PEP 562): importing spgc takes no time."""
    if name == "score":
        from spgc.scoring.score import score

        return score
    if name == "__version__":
        from spgc.version import __version__

        return __version__
    raise AttributeError(f"module 'spgc' has no attribute {name!r}")
