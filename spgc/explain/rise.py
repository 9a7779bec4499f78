"""RISE: which part of a picture speaks for a class, found from any classifier's answers alone.

The map is the mean of random masks, weighted by what the classifier says of the picture seen
through them: S = Σ p(I ⊙ M) · M / (N · p1) (Petsiuk et al. 2018, equation 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import UsageError
from spgc.explain.masks import CELLS, OPEN, Masks
from spgc.jobs.progress import Telling, Track, silent

if TYPE_CHECKING:
    from torch import Tensor

MASKS = 4000
"""Masks at most (RISE, section 4, for VGG-16)."""

BLOCK = 64
"""Masks in memory at a time. Sums are over whole blocks, so that no result depends on how many
pictures the classifier takes at once."""

LEAST = 256
"""Masks before a map may count as settled."""

RELIABILITY = 0.95
"""Split-half reliability from which a map counts as settled."""

CRITERION = (
    f"split-half reliability (Spearman-Brown) of {RELIABILITY} or more in two checks running, "
    f"checked every {BLOCK} masks from {LEAST} on"
)
"""When a map is settled: the maps of its even and its odd masks agree as well as that."""


@dataclass(frozen=True)
class RiseMap:
    """A heat map and how it came about.

    values: (H, W) float64, the mean class probability of pictures in which the pixel was shown;
    target: class index; masks: how many were used; reliability: of the whole map, from the
    agreement of its halves; settled: whether `CRITERION` ended it, not the number of masks.
    """

    values: NDArray[np.float64]
    target: int
    masks: int
    reliability: float
    settled: bool


class Rise:
    """An explainer in captum's form for `model`, any callable (B, C, H, W) -> (B, K).

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
        track: Track = silent,
        label: str = "RISE",
    ) -> list[RiseMap]:
        """A map for each of the inputs (B, C, H, W), with what is known of it.

        target: class index, None for the class with the highest answer of each input. baselines:
        what a hidden pixel becomes, a number or a tensor that fits (C, H, W). Tensors among
        `additional_forward_args` have a row per input. perturbations_per_eval: pictures that the
        model gets at once. Raises UsageError for numbers that make no sense.
        """
        if inputs.ndim != 4:
            raise UsageError(
                "inputs are no batch of images", found=tuple(inputs.shape), expected="(B, C, H, W)"
            )
        if n_masks < 2 or perturbations_per_eval < 1:
            raise UsageError(
                "too few masks",
                found=f"{n_masks}, {perturbations_per_eval} at once",
                expected="2 or more, 1 or more at once",
            )
        height, width = inputs.shape[2:]
        masks = Masks((height, width), cells, probability, seed)
        found = []
        for row, image in enumerate(inputs):
            extra = tuple(_row(value, row) for value in additional_forward_args)
            classifier = ImageClassifier(self.forward_func, extra, perturbations_per_eval)
            chosen = classifier.best(image) if target is None else target
            work = _Sums(masks, n_masks, stop_early)
            steps = Telling(work.steps(classifier, image, baselines, chosen), work.status)
            for _ in track(steps, label, -(-n_masks // BLOCK)):
                pass
            found.append(work.result(chosen))
        return found


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


class _Sums:
    """The running sums of one map, its even and odd masks apart."""

    def __init__(self, masks: Masks, wanted: int, stop_early: bool) -> None:
        self._masks, self._wanted, self._stop_early = masks, wanted, stop_early
        self._halves = np.zeros((2, *masks.size))
        self._counts = [0, 0]
        self._checks: list[float] = []

    def steps(
        self, classifier: ImageClassifier, image: Tensor, baselines: float | Tensor, target: int
    ) -> Iterator[None]:
        """Go on block by block until the map is settled or all masks are used."""
        for block in self._masks.blocks(self._wanted, BLOCK):
            shown = block[:, None].to(image)
            hidden = image * shown + baselines * (1 - shown)
            weights = classifier.answers(hidden, target)
            for half in (0, 1):
                part = block[half::2].double().reshape(-1, block[0].numel()).numpy()
                self._halves[half] += (weights[half::2] @ part).reshape(self._masks.size)
                self._counts[half] += len(part)
            self._checks.append(_reliability(self._halves))
            yield
            if self._stop_early and self.settled:
                return

    @property
    def used(self) -> int:
        return sum(self._counts)

    @property
    def settled(self) -> bool:
        enough = self.used >= LEAST and len(self._checks) > 1
        return enough and min(self._checks[-2:]) >= RELIABILITY

    def status(self) -> str:
        """`reliability 0.87 of 0.95`, beside the progress bar."""
        return f"reliability {self._checks[-1]:.2f} of {RELIABILITY}" if self._checks else ""

    def result(self, target: int) -> RiseMap:
        values = self._halves.sum(axis=0) / (self.used * self._masks.probability)
        return RiseMap(values, target, self.used, self._checks[-1], self.settled)


def _reliability(halves: NDArray[np.float64]) -> float:
    """Of the map that both halves make, from their correlation r: 2 r / (1 + r); 0 to 1."""
    first, second = (half.ravel() - half.mean() for half in halves)
    scale = float(np.sqrt((first @ first) * (second @ second)))
    agreement = max(0.0, float(first @ second) / scale) if scale > 0 else 0.0
    return 2 * agreement / (1 + agreement)
