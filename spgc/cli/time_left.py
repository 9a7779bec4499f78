"""Time left of a piece of work, from the pace of its items after the first."""

from __future__ import annotations


class TimeLeft:
    """Tells how long the rest takes; unknown until a second item is done.

    The first item waits for what is made once, such as converted networks or worker processes: a
    pace that counted it would promise hours for minutes.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._done, self._last = 0, 0.0

    def at(self, done: int, spent: float) -> None:
        """`done` items were finished after `spent` seconds."""
        if done > self._done:
            if self._first is None:
                self._first = spent
                self._begun = done
            self._done, self._last = done, spent

    def left(self, total: int, spent: float) -> float | None:
        """Seconds until `total` items are done, `spent` after the start; None if unknown."""
        if self._first is None or self._done <= self._begun:
            return None
        each = (self._last - self._first) / (self._done - self._begun)
        return max(0.0, each * (total - self._done) - (spent - self._last))
