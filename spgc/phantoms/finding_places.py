"""Places of findings in a lung: at the pleura, at the back, along the bronchi, in which lobe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.phantoms.thorax import Thorax

_TRIES = 6000


class LungPlaces:
    """Random places in the lungs of one person with their depth below the pleura and their lobe."""

    def __init__(self, thorax: Thorax, rng: np.random.Generator) -> None:
        p = thorax.person
        places = rng.uniform((-p.width, -p.depth, 0), (p.width, p.depth, p.height), (_TRIES, 3))
        x, y, z = places.T.astype(np.float32)
        depth = -thorax.lung(x, y, z)
        inside = depth > 1
        self.places: NDArray[np.float64] = places[inside]
        self.depth = depth[inside]
        # The pleura of the chest wall, not of the mediastinum.
        self.wall = -np.maximum(thorax.cage(x, y, z), -thorax.diaphragm(x, y, z))[inside]
        self.lobe = thorax.lobe(x, y, z)[inside]
        self.level = places[inside, 2] / p.height
        self.back = places[inside, 1] / p.depth
        self._rng = rng

    def pick(
        self, *, lobe: int | None = None, peripheral: float = 0.0, back: float = 0.0
    ) -> tuple[float, float, float]:
        """One place. `peripheral` (0 to 1) draws it to the pleura, `back` to the dependent side."""
        weight = np.exp(-peripheral * self.wall / 7) * np.exp(1.6 * back * self.back)
        if lobe is not None and (self.lobe == lobe).any():
            weight = weight * (self.lobe == lobe)
        chosen = self._rng.choice(len(weight), p=weight / weight.sum())
        x, y, z = self.places[chosen]
        return float(x), float(y), float(z)
