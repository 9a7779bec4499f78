"""The multi-scale network: four depths in its features, its logits from them, any image size."""

import pytest
import torch

from spgc.errors import ModelError
from spgc.nets.slices.multi_scale import MultiScaleClassifier
from spgc.nets.slices.sizes import RESNET_STAGES
from tests.nets.slices import tiny_stages


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> MultiScaleClassifier:
    tiny_stages.in_the_place_of("resnet18", monkeypatch)
    torch.manual_seed(0)
    return MultiScaleClassifier("resnet18", width=5).eval()


def test_features_are_each_stages_average_through_its_projection(
    network: MultiScaleClassifier,
) -> None:
    """As a literal transcription: 1 × 1 convolution at each place, then average, then ReLU."""
    images = torch.rand(2, 3, 48, 48)
    maps = (images - network.mean) / network.std
    trunk = network.features
    maps = trunk.maxpool(trunk.relu(trunk.bn1(trunk.conv1(maps))))
    parts = []
    for stage, projection in zip(RESNET_STAGES, network.projections, strict=True):
        maps = getattr(trunk, stage)(maps)
        kernel = projection.weight[:, :, None, None]
        everywhere = torch.nn.functional.conv2d(maps, kernel, projection.bias)
        parts.append(torch.relu(everywhere.mean(dim=(2, 3))))
    logits, features = network(images)
    assert features.shape == (2, 20)
    torch.testing.assert_close(features, torch.cat(parts, dim=1))
    torch.testing.assert_close(logits, network.head(features))


def test_every_depth_learns_from_the_loss(network: MultiScaleClassifier) -> None:
    network.train()
    network(torch.rand(4, 3, 32, 32))[0].logsumexp(1).sum().backward()
    assert all(p.grad is not None for p in network.parameters())
    assert all(projection.weight.grad.abs().sum() > 0 for projection in network.projections)


def test_resnet18_has_1024_features_of_256() -> None:
    network = MultiScaleClassifier("resnet18").eval()
    with torch.inference_mode():
        logits, features = network(torch.rand(1, 3, 32, 32))
    assert logits.shape == (1, 3)
    assert features.shape == (1, 1024)
    assert [p.in_features for p in network.projections] == [64, 128, 256, 512]


def test_a_backbone_without_stages_is_refused() -> None:
    with pytest.raises(ModelError, match=r"without stages.*resnet50 \| resnet18"):
        MultiScaleClassifier("efficientnet_b0")
