"""Faithfulness of a heat map: insertion, deletion, and its share in the lungs.

Deletion takes the pixels away, the hottest first, and insertion puts them into a blurred picture;
the area under the target's probability is low for deletion, high for insertion, if the map is right
(Petsiuk et al. 2018, section 4.2). Both also depend on the picture, so random maps of the same
smoothness are measured beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from spgc.explain.masks import CELLS, Masks
from spgc.explain.rise import ImageClassifier
from spgc.jobs.progress import Track, silent

if TYPE_CHECKING:
    from torch import Tensor

    from spgc.explain.rise import RiseMap

STEPS = 32
"""Pictures of a curve after the first; each changes an equal share of the pixels."""

CONTROLS = 5
"""Random maps beside each map."""

_BLUR, _BLUR_AT = 5.0, 224
"""Blur of insertion: a Gaussian of 5 pixels' sigma in an image of 224 (RISE, section 4.2)."""

_CONTROL_MASKS, _CONTROL_BLOCK = 64, 8
"""Masks with random weights that make a random map, and how many of them are in memory."""


@dataclass(frozen=True)
class Measured:
    """An area under a curve, 0 to 1, beside that of each random map."""

    area: float
    random: tuple[float, ...]

    @property
    def random_mean(self) -> float:
        return float(np.mean(self.random))

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"area": self.area, "random_mean": self.random_mean, "random": list(self.random)}


@dataclass(frozen=True)
class Faithfulness:
    """Insertion should lie above, deletion below that of random maps."""

    insertion: Measured
    deletion: Measured


def faithfulness(
    model: Callable[..., Tensor],
    image: Tensor,
    found: RiseMap,
    *,
    baselines: float | Tensor = 0.0,
    additional_forward_args: tuple[Any, ...] = (),
    steps: int = STEPS,
    controls: int = CONTROLS,
    cells: int = CELLS,
    seed: int = 0,
    perturbations_per_eval: int = STEPS + 1,
    track: Track = silent,
    label: str = "insertion and deletion",
) -> Faithfulness:
    """Insertion and deletion of a map of `image: (C, H, W)`, and of `controls` random maps.

    A volume (C, D, H, W) likewise. model, baselines and additional_forward_args as for
    `Rise.explain`, the latter with one row.
    """
    classifier = ImageClassifier(model, additional_forward_args, perturbations_per_eval)
    size = found.values.shape
    curves = {
        "insertion": _Curve(classifier, _blurred(image), image, found.target, steps),
        "deletion": _Curve(classifier, image, image * 0 + baselines, found.target, steps),
    }
    areas: dict[str, list[float]] = {name: [] for name in curves}
    for number in track(range(controls + 1), label, controls + 1):
        values = found.values if number == 0 else random_map(size, cells, seed + number)
        for name, curve in curves.items():
            areas[name].append(curve.area(values))
    insertion, deletion = (Measured(own, tuple(rest)) for own, *rest in areas.values())
    return Faithfulness(insertion, deletion)


def passes(steps: int, controls: int) -> int:
    """Pictures that `faithfulness` asks a classifier about."""
    return 2 * (2 + (controls + 1) * (steps - 1))


def random_map(size: tuple[int, ...], cells: int, seed: int) -> NDArray[np.float64]:
    """A map of `size` as smooth as one of RISE that knows nothing: masks with random weights."""
    weights = np.random.default_rng((seed, 3)).random(_CONTROL_MASKS)
    found = np.zeros(size)
    blocks = Masks(size, cells, seed=seed).blocks(_CONTROL_MASKS, _CONTROL_BLOCK)
    for number, block in enumerate(blocks):
        part = weights[number * _CONTROL_BLOCK :][: len(block)]
        found += np.tensordot(part, block.double().numpy(), 1)
    return found


class _Curve:
    """The target's probability while one picture becomes another; what both get is asked once."""

    def __init__(
        self, classifier: ImageClassifier, start: Tensor, end: Tensor, target: int, steps: int
    ) -> None:
        self._classifier, self._start, self._end = classifier, start, end
        self._target, self._steps = target, steps
        self._ends: NDArray[np.float64] | None = None

    def area(self, values: NDArray[np.float64]) -> float:
        """Area under it if the pixels change in equal shares, the hottest of `values` first."""
        import torch

        if self._ends is None:
            both = torch.stack((self._start, self._end))
            self._ends = self._classifier.answers(both, self._target)
        first, last = self._ends
        found = np.concatenate(([first], self._between(values), [last]))
        return float((found[1:] + found[:-1]).mean() / 2)

    def _between(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(steps - 1,) answers to all pictures but the first and the last."""
        import torch

        order = np.argsort(-values, axis=None, kind="stable")
        rank = np.empty(order.size, np.int64)
        rank[order] = np.arange(order.size)
        ranks = torch.from_numpy(rank.reshape(values.shape)).to(self._start.device)
        edges = np.linspace(0, order.size, self._steps + 1).round().astype(int)[1:-1].tolist()
        at_once = self._classifier.at_once
        parts = []
        for start in range(0, len(edges), at_once):
            some = edges[start : start + at_once]
            pictures = [torch.where(ranks < edge, self._end, self._start) for edge in some]
            parts.append(self._classifier.answers(torch.stack(pictures), self._target))
        return np.concatenate(parts)


def _blurred(image: Tensor) -> Tensor:
    """Each channel of (C, H, W) or (C, D, H, W) blurred."""
    import torch

    widths = [_BLUR * pixels / _BLUR_AT for pixels in image.shape[1:]]
    planes = image.detach().cpu().numpy()
    return torch.from_numpy(gaussian_filter(planes, (0, *widths), mode="nearest")).to(image)


def share_inside(values: NDArray[np.float64], region: NDArray[np.bool_]) -> float | None:
    """Share of a map, counted from its lowest value, that lies in `region`, of the same shape.

    None for a map without any height. Beside it belongs the region's share of the picture.
    """
    height = values - values.min()
    whole = float(height.sum())
    return float(height[region].sum()) / whole if whole > 0 else None
