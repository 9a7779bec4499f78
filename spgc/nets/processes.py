"""Several processes on one or more machines, as `torchrun` or `accelerate launch` start them.

Both set RANK, WORLD_SIZE and LOCAL_RANK; the process of rank 0 alone writes and prints. All
machines must see the same model folder and slice store.
"""

from __future__ import annotations

import atexit
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from spgc.errors import UsageError
from spgc.jobs.launched import launched

PATIENCE = timedelta(days=2)
"""How long a process waits for the others: rank 0 prepares all scans before they begin."""


def join(device: torch.device) -> None:
    """Meet the other processes, if a launcher started several; else do nothing."""
    if dist.is_initialized() or launched().count < 2:
        return
    if device.type == "cuda":
        torch.cuda.set_device(_own_gpu())
    # Tensors on a GPU go through NCCL, those in main memory through Gloo.
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE
    )
    atexit.register(_leave)


def _own_gpu() -> int:
    local, there = launched().local_rank, torch.cuda.device_count()
    if local >= there:
        raise UsageError(
            "more processes than GPUs",
            found=f"process {local + 1} on a machine with {there}",
            do=f"start at most {there} processes per machine, or use --device cpu",
        )
    return local


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def count() -> int:
    """How many processes work together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process's number among them, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def is_main() -> bool:
    """Whether this is the process that writes and prints."""
    return rank() == 0


@contextmanager
def main_first() -> Iterator[None]:
    """The main process goes through the block alone, then the others do."""
    if not is_main():
        meet()
    yield
    if is_main():
        meet()


def add_up(values: Tensor) -> Tensor:
    """The sum of every process's `values`, in place; with one process, `values`."""
    if dist.is_initialized():
        dist.all_reduce(values)
    return values


def any_of(here: bool) -> bool:
    """Whether it is true in any process; asked in main memory, so that no GPU has to wait."""
    return here if count() == 1 else bool(add_up(torch.tensor([int(here)])))


def meet() -> None:
    """Wait until all processes have come here."""
    add_up(torch.zeros(1))


def agree(facts: Any) -> None:
    """Make sure that all processes start from the same facts. Raises UsageError otherwise."""
    if not dist.is_initialized():
        return
    everyone: list[Any] = [None] * count()
    dist.all_gather_object(everyone, facts)
    if any(other != everyone[0] for other in everyone):
        raise UsageError(
            "processes see different data or model folders",
            found="; ".join(f"process {n}: {other}" for n, other in enumerate(everyone)),
            expected="the same in all of them",
            do="put --data, --store and --model on storage that all machines share",
        )


def shared(network: nn.Module, device: torch.device, *, unused: bool) -> nn.Module:
    """`network` with gradients averaged over all processes; itself when there is but one.

    Batch normalisation: on GPUs over the whole batch, as on one GPU; on the CPU, where torch
    can't, over each process's part. `unused` says that some parameters get no gradient.
    """
    if not dist.is_initialized():
        return network
    gpus = [torch.cuda.current_device()] if device.type == "cuda" else None
    known = inspect.signature(DistributedDataParallel).parameters
    # What newer versions of torch call it; running statistics are joined by RunningStatistics.
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    settings: dict[str, Any] = {"find_unused_parameters": unused, name: False}
    return DistributedDataParallel(network, device_ids=gpus, **settings)


def joint_batch_norm(network: nn.Module, device: torch.device) -> nn.Module:
    """Batch normalisation over all GPUs' slices, where there are several."""
    if dist.is_initialized() and device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore
    return network
