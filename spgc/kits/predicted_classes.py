"""Classes of the challenge as `spgc predict` writes them, for programs that import nothing of spgc.

A program of one file gets `as_source()` in the place of this module.
"""

from __future__ import annotations

from spgc.challenge.spgc_challenge import SPGC

CLASSES = {SPGC.written[name]: name for name in SPGC.names}
"""Classes as they are written, and as they are answered."""

PROBABILITIES = {SPGC.columns[name]: name for name in SPGC.names}
"""Columns of their probabilities."""


def as_source() -> str:
    """This module with its values in place of where they come from."""
    return f"CLASSES = {CLASSES!r}\nPROBABILITIES = {PROBABILITIES!r}\n"
