"""Plain prediction: what a researcher would write from the paper, with nothing done for speed.

pydicom reads one file after another, the published watershed is written down literally, and the
torchvision networks answer in float32, eager, 64 slices at a time. Nothing is wrong with it; it
gives the same answers.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydicom import dcmread
from torch import nn
from torchvision.transforms.functional import resize

from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.nets.slices.spec import SliceSpec

BATCH = 64
"""The paper's (section 4.1)."""

_PACKAGE = Path(__file__).resolve().parents[1]


def read(folder: Path) -> NDArray[np.int16]:
    """HU of the `.dcm` files in `folder`, (S, H, W), head first by ImagePositionPatient."""
    with quiet_pydicom():
        datasets = [dcmread(path) for path in sorted(folder.glob("*.dcm"))]
        datasets.sort(key=lambda dataset: -float(dataset.ImagePositionPatient[2]))
        slices = [d.pixel_array * d.RescaleSlope + d.RescaleIntercept for d in datasets]
    return np.stack(slices).astype(np.int16)


def segment(hu: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Lung masks by the literal algorithm, slice after slice."""
    literal = literal_watershed()
    return np.stack([literal(image) for image in hu])


def literal_watershed() -> Callable[[NDArray[np.int16]], NDArray[np.bool_]]:
    """The function of that name, which the tests hold the fast one against."""
    places = (
        _PACKAGE / "_installed" / "literal_watershed.py",
        _PACKAGE.parent / "tests" / "ct" / "literal_watershed.py",
    )
    path = next(place for place in places if place.is_file())
    spec = importlib.util.spec_from_file_location("literal_watershed", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[NDArray[np.int16]], NDArray[np.bool_]] = module.literal_watershed
    return found


def inputs(
    hu: NDArray[np.int16], mask: NDArray[np.bool_], size: int, spec: SliceSpec
) -> torch.Tensor:
    """What the networks of `spec` are shown, resized: (S, 3, size, size) in [0, 1].

    Grey, mask, grey × mask (paper, 3.3.1), or grey or grey × mask three times.
    """
    low, high = spec.grey_range
    grey = torch.from_numpy(np.clip((hu.astype(np.float32) - low) / (high - low), 0, 1))
    lungs = torch.from_numpy(mask.astype(np.float32))
    if spec.levels is not None:
        grey = torch.floor(grey * (spec.levels - 1)) / (spec.levels - 1)
    channels = {
        "lungs": [grey, lungs, grey * lungs],
        "grey": [grey, grey, grey],
        "masked": [grey * lungs] * 3,
    }
    stacked = torch.stack(channels[spec.channels], dim=1)
    resized: torch.Tensor = resize(stacked, [size, size], antialias=True)
    return resized


def plain_network(network: nn.Module) -> nn.Module:
    """The network as torchvision gives it: no memory format chosen."""
    return network.to(memory_format=torch.contiguous_format).eval()


@torch.no_grad()
def answer(
    networks: Mapping[str, nn.Module],
    spec: SliceSpec,
    hu: NDArray[np.int16],
    mask: NDArray[np.bool_],
    positions: Sequence[tuple[float, float]],
) -> dict[str, NDArray[np.float32]]:
    """Class probabilities (S, 3) by network of `spec`, float32 and eager."""
    found = {}
    for name, network in networks.items():
        parts = []
        for start in range(0, len(hu), BATCH):
            part = slice(start, start + BATCH)
            images = inputs(hu[part], mask[part], spec.size(name), spec)
            logits, _ = network(images, torch.tensor(positions[part]))
            parts.append(logits.softmax(dim=1))
        found[name] = torch.cat(parts).numpy()
    return found
