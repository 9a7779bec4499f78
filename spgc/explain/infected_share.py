"""Share of several slices' heat maps that lies in the slices marked as infected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spgc.explain.explained_slice import ExplainedSlice


def infected_shares(explained: Sequence[ExplainedSlice]) -> dict[str, float | None]:
    """By classifier: share of its maps, over these slices, that lies in slices labelled infected.

    Maps count from their lowest value, as in `share_inside`. Empty without slice labels; beside it
    belongs the share of these slices that are infected.
    """
    known = [one for one in explained if one.case.is_infected(one.index) is not None]
    shares: dict[str, float | None] = {}
    for number, classifier in enumerate(known[0].maps if known else ()):
        heights = [one.maps[number].rise.values for one in known]
        sums = [float((values - values.min()).sum()) for values in heights]
        infected = [bool(one.case.is_infected(one.index)) for one in known]
        inside = sum(value for value, yes in zip(sums, infected, strict=True) if yes)
        shares[classifier.name] = inside / sum(sums) if sum(sums) > 0 else None
    return shares
