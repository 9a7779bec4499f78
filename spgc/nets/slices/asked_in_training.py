"""What a network says of slices between two stages of a training, where no engine runs yet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.samples import SliceDataset
from spgc.nets.training.loading import Loading, to_device

BATCH = 16
"""Slices at a time, whatever the run says: a sum's rounding can depend on it."""


@torch.inference_mode()
def slice_logits(
    network: nn.Module,
    data: SliceDataset,
    runtime: Runtime,
    track: Track = silent,
    what: str = "slices",
) -> NDArray[np.float32]:
    """(N, K) logits of all items of `data`, in their order, by a network on the run's device.

    what: of the progress. Raises SpgcError for a slice that can't be read.
    """
    network.eval()
    device = runtime.torch_device()
    groups: Sequence[list[tuple[int, int]]] = [
        [(0, number) for number in range(start, min(start + BATCH, len(data)))]
        for start in range(0, len(data), BATCH)
    ]
    loading = Loading(data, runtime, BATCH * data.item_bytes)
    forward, found = runtime.in_precision(network), []
    with closing(loading.batches(groups)) as batches:
        for batch in track(batches, what, len(groups)):
            images, positions = to_device(batch[:2], device)
            found.append(forward(images, positions)[0].float().cpu().numpy())
    return np.concatenate(found)
