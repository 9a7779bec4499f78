"""Class probabilities of every slice of a scan, from each backbone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from spgc.ct.slices import network_input
from spgc.files import write_bytes
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.backbones import input_size
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, position_inputs
from spgc.systems.cnr_iemn.runtime import Runtime
from spgc.systems.contract import Scan

SliceProbabilities = Mapping[str, NDArray[np.float32]]
"""(S, 3) by backbone, in `CLASSES` order, slices head to feet."""


class SlicePredictor:
    """The trained networks, ready to answer for whole scans.

    With `runtime.answers` set, a scan that was answered before is read back: the file's name holds
    the hash of networks, precision and scan.
    """

    def __init__(
        self, networks: Mapping[str, SliceNet], config: Config, runtime: Runtime, model_hash: str
    ) -> None:
        self._networks = {name: network.eval() for name, network in networks.items()}
        self._config, self._runtime, self._model_hash = config, runtime, model_hash

    def predict(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """Probabilities of all slices of one scan."""
        path = self._path(case_id, scan)
        known = None if path is None else _read(path, self._config.backbones, scan.n_slices)
        if known is not None:
            return known
        answers = self._compute(scan)
        if path is not None:
            write_bytes(path, save(dict(answers)))
        return answers

    def _path(self, case_id: str, scan: Scan) -> Path | None:
        if self._runtime.answers is None:
            return None
        facts = f"{self._model_hash}|{self._runtime.precision}|{scan.key}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:24]
        return self._runtime.answers / f"{case_id}-{digest}.safetensors"

    def _compute(self, scan: Scan) -> SliceProbabilities:
        hu, masks = scan.arrays()
        count, by_size = scan.n_slices, self._by_size()
        positions = torch.tensor([position_inputs(i, count) for i in range(count)])
        parts: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self._networks}
        step = self._runtime.batch_size
        for start in range(0, count, step):
            window = slice(start, start + step)
            for size, names in by_size.items():
                # The three 224-pixel networks share one resizing.
                images = torch.from_numpy(self._input(hu[window], masks[window], size))
                for name in names:
                    parts[name].append(self._batch(name, images, positions[window]))
        return {name: np.concatenate(rows) for name, rows in parts.items()}

    def _input(
        self, hu: NDArray[np.int16], masks: NDArray[np.bool_], size: int
    ) -> NDArray[np.float32]:
        return network_input(hu, masks, size, self._config.grey_range, self._config.channels)

    def _by_size(self) -> Mapping[int, list[str]]:
        sizes: dict[int, list[str]] = {}
        for name in self._networks:
            sizes.setdefault(input_size(name, self._config.image_size), []).append(name)
        return sizes

    @torch.inference_mode()
    def _batch(
        self, name: str, images: torch.Tensor, positions: torch.Tensor
    ) -> NDArray[np.float32]:
        device = self._runtime.torch_device()
        images = images.to(device, memory_format=torch.channels_last)
        with self._runtime.autocast():
            logits, _ = self._networks[name](images, positions.to(device))
        return np.asarray(torch.softmax(logits.float(), dim=1).cpu().numpy(), np.float32)


def _read(path: Path, backbones: tuple[str, ...], slices: int) -> SliceProbabilities | None:
    """Answers of an earlier run, or None when there are none that can be used."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            answers = {name: file.get_tensor(name) for name in backbones}
    except (SafetensorError, OSError):
        return None  # damaged: the scan is simply answered again
    good = all(rows.shape == (slices, len(CLASSES)) for rows in answers.values())
    return answers if good else None
