"""A fast engine whose close calls an exact one answers again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from spgc.jobs.stages import Stages
from spgc.nets.engines.contract import Engine, Images

AGAIN = "second looks in float32"
"""The stage of close calls; a slice counts once for each network that is asked again."""


class SecondLook:
    """Answers of `fast`, but for slices where the first class leads the second by too little.

    exact: gives the engine for a backbone's close calls, which is only built when there is one;
    least: the smallest lead, in logits, that is good enough, by backbone. Others are never asked
    again. A close call is answered alone, so that its answer does not depend on the batch.
    """

    def __init__(
        self,
        fast: Engine,
        exact: Callable[[str], Engine],
        least: Mapping[str, float],
        stages: Stages | None = None,
    ) -> None:
        """stages: take the time of the close calls."""
        self._fast, self._exact, self._least = fast, exact, least
        self._stages = stages or Stages()
        self._built: dict[str, Engine] = {}

    def logits(
        self,
        backbone: str,
        images: Images,
        positions: NDArray[np.float32],
        used: int | None = None,
    ) -> NDArray[np.float32]:
        answers = self._fast.logits(backbone, images, positions, used)
        if backbone not in self._least:
            return answers
        for row in np.flatnonzero(leads(answers) < self._least[backbone]):
            one = slice(row, row + 1)
            with self._stages.of(AGAIN, 1, libraries=True):
                answers[one] = self._engine(backbone).logits(backbone, images[one], positions[one])
        return answers

    def _engine(self, backbone: str) -> Engine:
        if backbone not in self._built:
            self._built[backbone] = self._exact(backbone)
        return self._built[backbone]


def leads(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, C) logits to (B,): how far the first class is ahead of the second."""
    ordered = np.sort(logits, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])
