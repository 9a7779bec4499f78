"""CNR-IEMN's training task: class and region by focal loss, Adam with a stepped rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from spgc.nets.training.losses import focal_loss
from spgc.nets.training.task import Batch, Forward
from spgc.systems.cnr_iemn.config import Config


class CnrIemnTask:
    """Both heads' focal losses added up with their weights (paper, sections 4.1 and 4.2.4).

    A batch is a `SliceBatch`: images, positions, classes, regions.
    """

    means: tuple[str, ...] = ("class_loss", "region_loss")
    counts: Mapping[str, str] = {"hits": "accuracy"}
    checks: Mapping[str, str] = {"hits": "accuracy"}

    def __init__(self, config: Config, *, region_head: bool) -> None:
        """region_head: whether the network has one; without the region task it learns nothing."""
        self._config = config
        self.idle_parameters = region_head and not config.region_weight

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        return torch.optim.Adam(parameters, lr=self._config.learning_rate, fused=True)

    def rate(self, epoch: int, step: int) -> float:
        """0.1 of the rate after each of the configured epochs (paper, 4.2.1 and 4.2.4)."""
        config = self._config
        drops = sum(epoch >= limit for limit in config.decay_after)
        return config.learning_rate * config.decay**drops

    def loss(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        images, positions, classes, regions = batch
        class_logits, region_logits = network(images, positions)
        loss, parts = self._losses(class_logits, classes, region_logits, regions)
        hits = (class_logits.argmax(dim=1) == classes).sum()
        return loss, torch.stack([*(part * len(classes) for part in parts), hits])

    def _losses(
        self, class_logits: Tensor, classes: Tensor, region_logits: Tensor, regions: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        config = self._config
        class_loss = focal_loss(class_logits, classes, config.focal_gamma)
        loss, region_loss = config.class_weight * class_loss, torch.zeros_like(class_loss)
        if config.region_weight:
            region_loss = focal_loss(region_logits, regions, config.focal_gamma)
            loss = loss + config.region_weight * region_loss
        return loss, (class_loss, region_loss)

    def check(self, network: Forward, batch: Batch) -> Tensor:
        images, positions, classes, _ = batch
        logits, _ = network(images, positions)
        hits: Tensor = (logits.argmax(dim=1) == classes).sum()
        return hits.reshape(1)

    def better(self, now: Mapping[str, float], best: Mapping[str, float]) -> bool:
        """More validation hits; of equal ones the earlier stay."""
        return now["hits"] > best["hits"]

    def progress(self, shown: Mapping[str, float]) -> str:
        return f"loss {shown['loss']:.3f} · accuracy {shown['accuracy']:.1%}"
