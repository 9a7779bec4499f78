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

if TYPE_CHECKING:
    from torch import Tensor

    from spgc.explain.rise import RiseMap

STEPS = 32
"""Pictures of a curve after the first; each changes an equal share of the pixels."""

CONTROLS = 5
"""Random maps beside each map."""

_BLUR, _BLUR_AT = 5.0, 224
"""Blur of insertion: a Gaussian of 5 pixels' sigma in an image of 224 (RISE, section 4.2)."""

_CONTROL_MASKS = 64
"""Masks with random weights that make a random map."""


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
) -> Faithfulness:
    """Insertion and deletion of a map of `image: (C, H, W)`, and of `controls` random maps.

    model, baselines and additional_forward_args as for `Rise.explain`, the latter with one row.
    """
    classifier = ImageClassifier(model, additional_forward_args, perturbations_per_eval)
    maps = [
        found.values,
        *(random_map(found.values.shape, cells, seed + n + 1) for n in range(controls)),
    ]
    blurred, empty = _blurred(image), image * 0 + baselines
    areas = {
        name: [_area(classifier, start, end, values, found.target, steps) for values in maps]
        for name, start, end in (("insertion", blurred, image), ("deletion", image, empty))
    }
    insertion, deletion = (Measured(own, tuple(rest)) for own, *rest in areas.values())
    return Faithfulness(insertion, deletion)


def random_map(size: tuple[int, int], cells: int, seed: int) -> NDArray[np.float64]:
    """A map (H, W) as smooth as one of RISE that knows nothing: masks with random weights."""
    (block,) = Masks(size, cells, seed=seed).blocks(_CONTROL_MASKS, _CONTROL_MASKS)
    weights = np.random.default_rng((seed, 3)).random(_CONTROL_MASKS)
    return np.asarray(np.einsum("b,bhw->hw", weights, block.double().numpy()), np.float64)


def _area(
    classifier: ImageClassifier,
    start: Tensor,
    end: Tensor,
    values: NDArray[np.float64],
    target: int,
    steps: int,
) -> float:
    """Area under the target's probability while `start` becomes `end`, hottest pixels first."""
    import torch

    order = np.argsort(-values, axis=None, kind="stable")
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    ranks = torch.from_numpy(rank.reshape(values.shape)).to(start.device)
    edges = np.linspace(0, order.size, steps + 1).round().astype(int).tolist()
    pictures = torch.stack([torch.where(ranks < edge, end, start) for edge in edges])
    found = classifier.answers(pictures, target)
    return float((found[1:] + found[:-1]).mean() / 2)


def _blurred(image: Tensor) -> Tensor:
    """Each channel of (C, H, W) blurred."""
    import torch

    width = _BLUR * image.shape[-1] / _BLUR_AT
    planes = image.detach().cpu().numpy()
    return torch.from_numpy(gaussian_filter(planes, (0, width, width), mode="nearest")).to(image)


def share_inside(values: NDArray[np.float64], region: NDArray[np.bool_]) -> float | None:
    """Share of a map, counted from its lowest value, that lies in `region`; both (H, W).

    None for a map without any height. Beside it belongs the region's share of the picture.
    """
    height = values - values.min()
    whole = float(height.sum())
    return float(height[region].sum()) / whole if whole > 0 else None
