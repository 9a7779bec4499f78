"""How the work is run: device, precision, workers. None of it is meant to change an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spgc.contract.limits import MAX_BATCH, MAX_JOBS
from spgc.contract.system import RunSettings
from spgc.errors import UsageError
from spgc.jobs.cores import usable_cores
from spgc.jobs.extras import need
from spgc.jobs.launched import launched

if TYPE_CHECKING:
    import torch
    from torch import nn

DEVICES = ("auto", "cpu", "cuda", "mps")

MOST_WORKERS = 8
"""Loading processes that `workers=-1` starts at most: each holds finished batches in memory."""

_RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "micro_batch": (1, MAX_BATCH),
        "batch_size": (1, MAX_BATCH),
        "evaluate_every": (1, 10**9),
        "workers": (-1, MAX_JOBS),
    }
)


@dataclass(frozen=True)
class Runtime(RunSettings):
    """`RunSettings` of networks, and what only their training has.

    `engine` is one of `spgc.nets.engines`, `precision` fp32, tf32, bf16 or fp16 in training;
    `workers` are -1 for as many as help; `weights_folder` holds torchvision's weight files.

    Of training alone: `micro_batch` is how many slices or volumes go through the network at a time,
    None for the whole batch; `deterministic` refuses operations whose result varies from run to
    run; `evaluate_every` counts validation hits every so many steps besides every epoch;
    `tensorboard` writes curves beside training.csv.
    """

    micro_batch: int | None = None
    deterministic: bool = False
    evaluate_every: int | None = None
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise UsageError(f"{name} is too small", found=value, expected=f"{least} or more")
            if value is not None and value > most:
                raise UsageError(f"{name} is too large", found=value, expected=f"{most} or less")
        if self.tensorboard:
            need("tensorboard")

    def torch_device(self) -> torch.device:
        """The device to use; UsageError when it is not there or can't do the precision."""
        import torch

        from spgc.nets.precision import check_precision

        if self.device not in DEVICES:
            raise UsageError("unknown device", found=self.device, expected=" | ".join(DEVICES))
        have = {
            "cpu": True,
            "cuda": torch.cuda.is_available(),
            "mps": torch.backends.mps.is_available(),
        }
        if self.device != "auto" and not have[self.device]:
            raise UsageError(
                "device not available",
                found=self.device,
                expected=" | ".join(name for name, there in have.items() if there),
                do="use --device auto",
            )
        best = "cuda" if have["cuda"] else "mps" if have["mps"] else "cpu"
        device = torch.device(best if self.device == "auto" else self.device)
        if self.precision != "auto":  # of prediction: what the device has
            check_precision(self.precision, device.type)
        return device

    def loaders(self) -> int:
        """Data-loading processes: for a GPU all cores but one, at most `MOST_WORKERS`.

        On the CPU one: the cores are busy with the network, and a thread would hold the
        interpreter's lock, for which networks of many small layers then wait (docs/training.md).
        """
        if self.workers >= 0:
            return self.workers
        spare = max(0, usable_cores() // launched().local_count - 1)
        return min(1 if self.torch_device().type == "cpu" else MOST_WORKERS, spare)

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """16-bit arithmetic where `precision` asks for it, and tf32 only where it asks for it."""
        import torch

        from spgc.nets.precision import float32_products

        kind = self.torch_device().type
        lower = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        with (
            float32_products("tf32" if self.precision == "tf32" else "ieee"),
            torch.autocast(kind, lower or torch.bfloat16, enabled=lower is not None),
        ):
            yield

    def in_precision(self, network: nn.Module) -> Callable[..., Any]:
        """`network` as a function that computes in the run's precision; what follows does not."""

        def forward(*inputs: Any) -> Any:
            with self.autocast():
                return network(*inputs)

        return forward

    @contextmanager
    def training(self) -> Iterator[None]:
        """Settings for a whole training; what was set before comes back afterwards.

        torch's global random numbers too: training seeds them anew for each step.
        """
        import torch

        from spgc.nets.precision import deterministic, float32_products

        cuda = [torch.cuda.current_device()] if self.torch_device().type == "cuda" else []
        with (
            torch.random.fork_rng(devices=cuda),
            float32_products("tf32" if self.precision == "tf32" else "ieee"),
            deterministic(self.deterministic),
        ):
            yield


def accelerator_name(device: str | None) -> str | None:
    """What the networks ran on, by its name; None for the processor, and where it is unknown."""
    if device in (None, "cpu"):
        return None
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    return device
