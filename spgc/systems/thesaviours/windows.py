"""Which slices of a scan TheSaviours look at: the middle of it.

Their slices run from feet to head and those of the store from head to feet: slice `a` of theirs is
slice `n - 1 - a` here. For an odd number of slices the window lies one slice nearer to the head
than the same numbers would from the head.
"""

from __future__ import annotations

from collections.abc import Iterable

HALF = 40
"""Slices on each side of the middle (covid_cap_preprocessing.py and Test_main.py)."""

SHORT_HALF = 20
"""The same in a scan of `2 * HALF` slices or fewer, when it is answered (Test_main.py)."""


def training_window(slices: int) -> tuple[int, ...]:
    """Slices of a COVID-19 or CAP scan that are learnt from, of so many; 0 at the head.

    Theirs are mid - 40 to mid + 39 from the feet, mid = slices // 2. A shorter scan is taken
    whole; their script has no answer for one of fewer than 79 slices, where it ends.
    """
    mid = slices // 2
    return _from_head(range(max(0, mid - HALF), min(slices, mid + HALF)), slices)


def answering_window(slices: int) -> tuple[int, ...]:
    """Slices of a scan that vote on its class: those of training, or 40 of a short scan.

    Short is one of 80 slices or fewer: mid - 20 to mid + 19 from the feet, as their voting foresees
    and as the winning answers were made.
    """
    if slices > 2 * HALF:
        return training_window(slices)
    mid = slices // 2
    return _from_head(range(max(0, mid - SHORT_HALF), min(slices, mid + SHORT_HALF)), slices)


def released_window(slices: int) -> tuple[int, ...]:
    """Slices that the released test script looks at: mid - 41 to mid + 38 from the feet.

    One too low; of 81 slices the first number is -1, Python's last slice. Of a scan of 80 slices or
    fewer it looks at none.
    """
    if slices <= 2 * HALF:
        return ()
    mid = slices // 2
    return _from_head(range(mid - HALF - 1, mid + HALF - 1), slices)


def _from_head(numbers: Iterable[int], slices: int) -> tuple[int, ...]:
    """Numbers from the feet, as numbers from the head in the order from there."""
    return tuple(slices - 1 - number % slices for number in numbers)[::-1]
