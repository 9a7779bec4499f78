"""PyTorch in eager mode: always there, and the one that uses GPUs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from spgc.nets.device import Runtime
from spgc.nets.engines.contract import Images, Networks


class TorchEngine:
    """Channels-last networks; bfloat16 by autocast."""

    def __init__(self, networks: Networks, precision: str, device: str) -> None:
        self._runtime = Runtime(device, precision)
        self._device = self._runtime.torch_device()
        self._networks = {
            name: networks.load(name).eval().to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            for name in networks.names
        }

    @torch.inference_mode()
    def logits(
        self,
        backbone: str,
        images: Images,
        positions: NDArray[np.float32],
        used: int | None = None,
    ) -> NDArray[np.float32]:
        batch = torch.from_numpy(images).to(self._device, memory_format=torch.channels_last)
        places = torch.from_numpy(positions).to(self._device)
        with self._runtime.autocast():
            logits, _ = self._networks[backbone](batch, places)
        return np.asarray(logits[:used].float().cpu().numpy(), np.float32)
