"""A training task for networks that read whole scans: cross-entropy of their classes."""

from __future__ import annotations

from torch import Tensor

from spgc.nets.training.class_task import ClassTask
from spgc.nets.training.task import Batch, Forward

VolumeBatch = tuple[Tensor, Tensor]
"""Volumes (B, C, D, H, W) and classes (B,)."""


class VolumeTask(ClassTask):
    """As `ClassTask`; a batch is a `VolumeBatch`, and the network gets its volumes alone."""

    def answered(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        volumes, classes = batch
        return network(volumes)[0], classes
