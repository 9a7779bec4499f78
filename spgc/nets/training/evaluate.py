"""How many validation slices get their true class."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.loading import Feed
from spgc.nets.training.shared_memory import EVALUATION_BATCH, slice_bytes
from spgc.systems.cnr_iemn.samples import SliceDataset


@torch.inference_mode()
def count_hits(
    network: nn.Module, data: SliceDataset, runtime: Runtime, stop: Callable[[], bool]
) -> int | None:
    """Slices of `data` that get their true class, each process looking at its share.

    None when `stop` says so before the end, which several processes do not ask.
    """
    network.eval()
    device, step = runtime.torch_device(), runtime.batch_size or EVALUATION_BATCH
    mine = [(0, number) for number in range(processes.rank(), len(data), processes.count())]
    groups = [mine[i : i + step] for i in range(0, len(mine), step)]
    hits = torch.zeros((), dtype=torch.int64, device=device)
    feed = Feed(data, runtime, step * slice_bytes(data.size))
    for images, positions, classes, _ in feed.batches(groups):
        if processes.count() == 1 and stop():
            return None
        images = images.to(device, memory_format=torch.channels_last, non_blocking=True)
        with runtime.autocast():
            logits, _ = network(images, positions.to(device))
        hits += (logits.argmax(dim=1) == classes.to(device)).sum()
    return int(processes.add_up(hits))
