"""Evaluation between two steps of a training: sums over the validation items."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.loading import Loading, to_device
from spgc.nets.training.shared_memory import evaluation_batch
from spgc.nets.training.task import Task, TrainingData


@torch.inference_mode()
def evaluate(
    network: nn.Module,
    task: Task,
    data: TrainingData,
    runtime: Runtime,
    stop: Callable[[], bool],
) -> dict[str, float] | None:
    """The task's checks summed over `data`, and `items`; each process looks at its share.

    None when `stop` says so before the end, which several processes do not ask.
    """
    network.eval()
    device, step = runtime.torch_device(), evaluation_batch(data.item_bytes, runtime.batch_size)
    mine = [(0, number) for number in range(processes.rank(), len(data), processes.count())]
    groups = [mine[i : i + step] for i in range(0, len(mine), step)]
    sums = torch.zeros(len(task.checks), dtype=torch.int64, device=device)
    loading = Loading(data, runtime, step * data.item_bytes)
    forward = runtime.in_precision(network)
    for batch in loading.batches(groups):
        if processes.count() == 1 and stop():
            return None
        sums = sums + task.check(forward, to_device(batch, device))
    found = processes.add_up(sums).tolist()
    return {**dict(zip(task.checks, found, strict=True)), "items": len(data)}
