"""3-D ResNets, masks inside, answer alike in torch and in OpenVINO, in both precisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("openvino")

from spgc.nets.engines.openvino_engine import OpenVinoEngine
from spgc.nets.engines.torch_engine import TorchEngine
from spgc.nets.volumes import resnet3d
from spgc.nets.volumes.residual_blocks import BlockStyle
from spgc.nets.volumes.resnet3d import KINETICS_STEM, Body, VolumeResNet
from spgc.nets.volumes.volume_networks import VolumeNetworks
from tests.nets.volumes.random_state import used

BODIES = {
    "masks": Body(18, masks=True),
    "bottlenecks": Body(50, masks=True, style=BlockStyle(stride_first=True)),
    "padded": Body(18, 2, style=BlockStyle(padded=True)),
    "kinetics": Body(18, 2, KINETICS_STEM),
}


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet3d, "WIDTHS", (8, 8, 16, 16))
        yield


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both precisions find the network that was converted once."""
    return tmp_path_factory.mktemp("converted")


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(("precision", "least"), [("fp32", 1 - 1e-6), ("bf16", 0.999)])
def test_engines_agree(name: str, precision: str, least: float, kept: Path) -> None:
    """By the cosine of their rows; in float32 to five digits as well."""
    torch.manual_seed(0)
    network = used(VolumeResNet(BODIES[name], 8, mean=(0.2,) * BODIES[name].channels))
    networks = VolumeNetworks(lambda _: network, {name: "0" * 64}, (2, 20, 40, 36))
    volume = np.random.default_rng(0).random((1, 2, 20, 40, 36)).astype(np.float32)
    volume[:, 1] = volume[:, 1] > 0.9
    exact = TorchEngine(networks, "fp32", "cpu").outputs(name, volume)
    found = OpenVinoEngine(networks, precision, kept).outputs(name, volume)
    scale = float(np.linalg.norm(exact) * np.linalg.norm(found))
    assert float((exact * found).sum()) / scale > least
    if precision == "fp32":
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())
