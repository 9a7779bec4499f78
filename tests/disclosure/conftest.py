"""The challenge's ranked sets as numbers: two classes in the first, three in the others."""

from __future__ import annotations

import pytest

from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet


@pytest.fixture(scope="session")
def ninety() -> HiddenLabels:
    sizes = {"test1": (15, 0, 15), "test2": (10, 10, 10), "test3": (10, 10, 10)}
    return HiddenLabels(tuple(HiddenSet(name, one) for name, one in sizes.items()))
