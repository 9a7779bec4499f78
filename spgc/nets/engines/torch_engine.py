"""PyTorch in eager mode: always there, and the one that uses GPUs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from spgc.nets.device import Runtime
from spgc.nets.engines.contract import EngineNetworks, Images


class TorchEngine:
    """Channels-last networks; bfloat16 by autocast."""

    def __init__(self, networks: EngineNetworks, precision: str, device: str) -> None:
        self._runtime = Runtime(device, precision)
        self._device = self._runtime.torch_device()
        self._layouts = {name: layout_of(networks.inputs(name)[0]) for name in networks.names}
        self._networks = {
            name: networks.load(name).eval().to(self._device, memory_format=layout)  # type: ignore[call-overload]
            for name, layout in self._layouts.items()
        }

    def logits(
        self,
        backbone: str,
        images: Images,
        positions: NDArray[np.float32],
        used: int | None = None,
    ) -> NDArray[np.float32]:
        return self.outputs(backbone, images, positions)[:used]

    @torch.inference_mode()
    def outputs(self, name: str, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        given = [torch.from_numpy(array).to(self._device) for array in inputs]
        given[0] = given[0].contiguous(memory_format=self._layouts[name])
        with self._runtime.autocast():
            rows, _ = self._networks[name](*given)
        return np.asarray(rows.float().cpu().numpy(), np.float32)


def layout_of(shape: Sequence[int]) -> torch.memory_format:
    """The layout in which networks of images (B, C, H, W) or volumes (B, C, D, H, W) compute."""
    return torch.channels_last_3d if len(shape) == 5 else torch.channels_last
