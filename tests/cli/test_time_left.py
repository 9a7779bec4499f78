"""Time left follows the pace after the first item, which waits for what is made once."""

from __future__ import annotations

import pytest

from spgc.cli.time_left import TimeLeft


def test_the_first_item_does_not_count() -> None:
    pace = TimeLeft()
    assert pace.left(10, 5.0) is None
    pace.at(1, 60.0)  # networks were converted
    assert pace.left(10, 60.0) is None
    pace.at(2, 62.0)
    assert pace.left(10, 62.0) == pytest.approx(16.0)
    pace.at(4, 66.0)
    assert pace.left(10, 67.0) == pytest.approx(11.0)


def test_it_never_promises_less_than_nothing() -> None:
    pace = TimeLeft()
    for done, spent in ((3, 1.0), (4, 2.0)):
        pace.at(done, spent)
    assert pace.left(5, 20.0) == 0.0
