"""One answer from both stages: how normal by the first, COVID-19 or CAP by the second."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.softmax import softmax
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.llscp_like.llscp_settings import FIRST, PAIR

_NORMAL = CLASSES.index(NORMAL)
_PAIR = [CLASSES.index(name) for name in PAIR]


def shares_of(name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (B, 3) of the first stage or (B, 2) of the second to (B, 3) in `CLASSES` order.

    The second stage knows no normal scans: it says 0 of them.
    """
    if name == FIRST:
        return softmax(rows)
    shares = np.zeros((len(rows), len(CLASSES)), np.float32)
    shares[:, _PAIR] = softmax(rows)
    return shares


def joined(rows: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """Probabilities (3,) in `CLASSES` order from the rows (K,) of all networks.

    Normal as the first stage says; the rest is shared by the second stage's mean.
    """
    whole = {name: row[None].astype(np.float64) for name, row in rows.items()}
    first = softmax(whole.pop(FIRST))[0]
    pair = np.mean([softmax(row)[0] for row in whole.values()], axis=0)
    shares = np.zeros(len(CLASSES))
    shares[_NORMAL] = first[_NORMAL]
    shares[_PAIR] = (1 - first[_NORMAL]) * pair
    return shares
