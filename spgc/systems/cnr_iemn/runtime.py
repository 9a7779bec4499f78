"""How the work is run: device, precision, workers. None of it is meant to change an answer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.errors import UsageError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Runtime:
    """Options of one run.

    `engine` runs the networks in prediction (see `spgc.systems.cnr_iemn.engines`), `batch_size`
    slices at a time, None for what suits it; `workers` are data-loading processes of training;
    `weights_folder` holds torchvision's weight files on machines without internet; `answers`
    keeps slice probabilities of finished scans, so that a stopped run goes on.
    """

    device: str = "auto"
    precision: str = "fp32"
    batch_size: int | None = None
    workers: int = 0
    weights_folder: Path | None = None
    answers: Path | None = None
    engine: str = "torch"

    def torch_device(self) -> torch.device:
        """The device to use; UsageError when the named one is not there."""
        import torch

        if self.device not in DEVICES:
            raise UsageError("unknown device", found=self.device, expected=" | ".join(DEVICES))
        have = {
            "cpu": True,
            "cuda": torch.cuda.is_available(),
            "mps": torch.backends.mps.is_available(),
        }
        if self.device == "auto":
            return torch.device("cuda" if have["cuda"] else "mps" if have["mps"] else "cpu")
        if not have[self.device]:
            raise UsageError(
                "device not available", found=self.device,
                expected=" | ".join(name for name, there in have.items() if there),
                do="use --device auto",
            )  # fmt: skip
        return torch.device(self.device)

    def autocast(self) -> AbstractContextManager[None]:
        """bfloat16 where `precision` asks for it, float32 otherwise."""
        import torch

        if self.precision not in PRECISIONS:
            raise UsageError(
                "unknown precision", found=self.precision, expected=" | ".join(PRECISIONS)
            )
        kind = self.torch_device().type
        return torch.autocast(kind, torch.bfloat16, enabled=self.precision == "bf16")
