"""How much of the maps lies in slices marked as infected, counted from each map's lowest value."""

from types import SimpleNamespace

import numpy as np
import pytest

from spgc.contract.scan import KnownCase
from spgc.explain.infected_share import infected_shares


def explained(index: int, *maps: list[float], infected: list[int] | None) -> SimpleNamespace:
    marks = None if infected is None else np.array(infected, np.uint8)
    parts = [
        SimpleNamespace(name=f"net{i}", rise=SimpleNamespace(values=np.array(values)))
        for i, values in enumerate(maps)
    ]
    return SimpleNamespace(case=KnownCase("c", "CAP", marks), index=index, maps=parts)


def test_shares_by_hand() -> None:
    """Sums above the lowest value: 3 in the infected slice and 1 in the other; net1 is flat."""
    found = infected_shares(
        [
            explained(0, [5.0, 6.0, 7.0], [2.0, 2.0, 2.0], infected=[1, 0]),
            explained(1, [0.0, 0.0, 1.0], [4.0, 4.0, 4.0], infected=[1, 0]),
        ]  # type: ignore[list-item]
    )
    assert found == {"net0": pytest.approx(3 / 4), "net1": None}


def test_without_slice_labels_there_is_no_share() -> None:
    assert infected_shares([explained(0, [1.0, 2.0], infected=None)]) == {}  # type: ignore[list-item]
    assert infected_shares([]) == {}
