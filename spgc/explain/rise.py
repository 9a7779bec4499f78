"""RISE: which part of a picture speaks for a class, found from any classifier's answers alone.

The map is the mean of random masks, weighted by what the classifier says of the picture seen
through them: S = Σ p(I ⊙ M) · M / (N · p1) (Petsiuk et al. 2018, equation 6). With few masks
Σ p(I ⊙ M) · M / Σ M is better: it has none of the noise of how often a place happened to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import UsageError
from spgc.explain.mask_sums import BLOCK, SLICE_PACE, MaskSums, Pace
from spgc.explain.masks import CELLS, OPEN, Masks
from spgc.jobs.progress import Telling, Track, silent

if TYPE_CHECKING:
    from torch import Tensor

MASKS = 4000
"""Masks at most (RISE, section 4, for VGG-16)."""


@dataclass(frozen=True)
class RiseMap:
    """A heat map and how it came about.

    values: (H, W) float64, the mean class probability of pictures in which the pixel was shown,
    (D, H, W) of a volume; target: class index; masks: how many were used; reliability: of the whole
    map, from the agreement of its halves; settled: whether the criterion ended it, not the number
    of masks.
    """

    values: NDArray[np.float64]
    target: int
    masks: int
    reliability: float
    settled: bool


class Rise:
    """An explainer in captum's form for `model`, any callable (B, C, H, W) -> (B, K).

    Inputs (B, C, D, H, W) are explained alike: D stands before H wherever a shape is named.

    The callable gives probabilities (or scores that are not negative); it may hold a network, an
    engine, or anything else: nothing but its answers is used.
    """

    def __init__(self, model: Callable[..., Tensor]) -> None:
        self.forward_func = model

    def attribute(
        self,
        inputs: Tensor,
        target: int | None = None,
        baselines: float | Tensor = 0.0,
        additional_forward_args: tuple[Any, ...] = (),
        **settings: Any,
    ) -> Tensor:
        """Maps (B, 1, H, W) of inputs (B, C, H, W), in their type and on their device.

        All channels of a pixel are hidden together, so there is one map for all of them. Arguments
        as in `explain`.
        """
        import torch

        found = self.explain(inputs, target, baselines, additional_forward_args, **settings)
        maps = np.stack([one.values for one in found])[:, None]
        return torch.as_tensor(maps, dtype=inputs.dtype, device=inputs.device)

    def explain(
        self,
        inputs: Tensor,
        target: int | None = None,
        baselines: float | Tensor = 0.0,
        additional_forward_args: tuple[Any, ...] = (),
        *,
        n_masks: int = MASKS,
        cells: int = CELLS,
        probability: float = OPEN,
        seed: int = 0,
        perturbations_per_eval: int = BLOCK,
        stop_early: bool = True,
        own_mean: bool = False,
        pace: Pace = SLICE_PACE,
        track: Track = silent,
        label: str = "RISE",
    ) -> list[RiseMap]:
        """A map for each of the inputs (B, C, H, W), with what is known of it.

        target: class index, None for the class with the highest answer of each input. baselines:
        what a hidden pixel becomes, a number or a tensor that fits (C, H, W). Tensors among
        `additional_forward_args` have a row per input. perturbations_per_eval: pictures that the
        model gets at once. own_mean: divide by Σ M in place of N · p1. Raises UsageError for
        numbers that make no sense.
        """
        if inputs.ndim not in (4, 5):
            raise UsageError(
                "inputs are no batch of images",
                found=tuple(inputs.shape),
                expected="(B, C, H, W) or (B, C, D, H, W)",
            )
        if n_masks < 2 or perturbations_per_eval < 1:
            raise UsageError(
                "too few masks",
                found=f"{n_masks}, {perturbations_per_eval} at once",
                expected="2 or more, 1 or more at once",
            )
        masks = Masks(tuple(inputs.shape[2:]), cells, probability, seed)
        found = []
        for row, image in enumerate(inputs):
            extra = tuple(_row(value, row) for value in additional_forward_args)
            classifier = ImageClassifier(self.forward_func, extra, perturbations_per_eval)
            chosen = classifier.best(image) if target is None else target
            sums = MaskSums(masks.size, probability, own_mean, pace)
            steps = Telling(
                _steps(masks, n_masks, sums, classifier, image, baselines, chosen, stop_early),
                sums.status,
            )
            for _ in track(steps, label, -(-n_masks // pace.block)):
                pass
            found.append(RiseMap(sums.values(), chosen, sums.used, sums.reliability, sums.settled))
        return found


def _steps(
    masks: Masks,
    wanted: int,
    sums: MaskSums,
    classifier: ImageClassifier,
    image: Tensor,
    baselines: float | Tensor,
    target: int,
    stop_early: bool,
) -> Iterator[None]:
    """Add block by block to the sums until the map is settled or all masks are used."""
    for block in masks.blocks(wanted, sums.pace.block):
        shown = block[:, None].to(image)
        hidden = image * shown + baselines * (1 - shown)
        sums.add(block, classifier.answers(hidden, target), last=sums.used + len(block) == wanted)
        yield
        if stop_early and sums.settled:
            return


def _row(value: Any, row: int) -> Any:
    import torch

    return value[row : row + 1] if isinstance(value, torch.Tensor) else value


@dataclass(frozen=True)
class ImageClassifier:
    """A classifier of images (B, C, H, W) with its other arguments, asked `at_once` a time."""

    model: Callable[..., Tensor]
    extra: tuple[Any, ...] = ()
    at_once: int = BLOCK

    def answers(self, images: Tensor, target: int) -> NDArray[np.float64]:
        """(B,) answers for one class."""
        return self._all(images)[:, target]

    def best(self, image: Tensor) -> int:
        """The class with the highest answer for an image (C, H, W)."""
        return int(self._all(image[None])[0].argmax())

    def _all(self, images: Tensor) -> NDArray[np.float64]:
        import torch

        parts = []
        with torch.inference_mode():
            for start in range(0, len(images), self.at_once):
                part = images[start : start + self.at_once]
                extra = tuple(_repeated(value, len(part)) for value in self.extra)
                parts.append(self.model(part, *extra).detach().double().cpu().numpy())
        return np.concatenate(parts)


def _repeated(value: Any, count: int) -> Any:
    import torch

    return value.expand(count, *value.shape[1:]) if isinstance(value, torch.Tensor) else value
