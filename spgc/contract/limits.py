"""The largest numbers that options take: what the libraries underneath can still be given."""

from __future__ import annotations

MAX_SEED = 2**32 - 1
"""Of NumPy's older generators, and with them scikit-learn's; XGBoost and PyTorch take more."""

MAX_MASK_SEED = 2**63 - 1
"""Of the random masks of `spgc explain`: those chosen by scan and slice have 48 bits."""

MAX_BATCH = 16_384
"""Slices at a time: far more than any memory holds."""

MAX_JOBS = 1024
"""Processes, of which each takes some 200 MB."""

MAX_MASKS = 1_000_000
"""Random masks of one slice: days of work."""

MAX_SLICES_NAMED = 10_000
"""Of one scan, more than any has: a slice's number, and how many are searched for."""

LEAST_DPI, MOST_DPI = 20, 1200
"""Pixels per inch of pictures."""

MAX_CELLS = 4096
"""A side of a mask, which has at least a pixel for each."""
