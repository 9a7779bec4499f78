"""A long list in a message is cut after the fifth name, and says how many are missing."""

from __future__ import annotations

import pytest

from spgc.text.shortened import some


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "n1"),
        (2, "n1, n2"),
        (5, "n1, n2, n3, n4, n5"),
        (6, "n1, n2, n3, n4, n5 and 1 more"),
        (105, "n1, n2, n3, n4, n5 and 100 more"),
    ],
)
def test_some_of_the_names(count: int, text: str) -> None:
    assert some([f"n{i + 1}" for i in range(count)]) == text
