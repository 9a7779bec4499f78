"""Backbones, heads and weights, with stand-ins in the form of torchvision's files."""

from pathlib import Path

import pytest
import torch
from torchvision import models

from spgc.errors import ModelError
from spgc.systems.cnr_iemn.backbones import SPECS, _modern, build_features
from spgc.systems.cnr_iemn.config import BACKBONES, Config
from spgc.systems.cnr_iemn.inputs import input_size, position_inputs, region_of
from spgc.systems.cnr_iemn.network import (
    build_slice_net,
    network_of,
)


def test_the_four_backbones_of_the_paper() -> None:
    assert tuple(SPECS) == BACKBONES
    assert [input_size(name, None) for name in BACKBONES] == [224, 224, 299, 224]
    assert input_size("inception_v3", 64) == 75  # its floor


@pytest.mark.parametrize("name", BACKBONES)
def test_two_heads_on_each_backbone(name: str) -> None:
    network = build_slice_net(name).eval()
    size = input_size(name, 64)
    with torch.inference_mode():
        classes, regions = network(torch.rand(2, 3, size, size), torch.rand(2, 2))
    assert classes.shape == (2, 3)
    assert regions.shape == (2, 5)


def test_positions_reach_the_answer() -> None:
    network = build_slice_net("resnext50").eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        near, _ = network(image, torch.tensor([[0.5, 0.1]]))
        far, _ = network(image, torch.tensor([[0.5, 0.9]]))
    assert not torch.equal(near, far)


def test_without_positions_and_region_task() -> None:
    """Tables 1 to 3: place does not reach the answer, and there is no second head to train."""
    config = Config(region_weight=0.0, position_inputs=False)
    network = network_of("resnext50", config).eval()
    image = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        near, regions = network(image, torch.tensor([[0.5, 0.1]] * 2))
        far, _ = network(image, torch.tensor([[0.5, 0.9]] * 2))
    assert torch.equal(near, far)
    assert regions.shape == (2, 0)
    assert not any(name.startswith("region_head") for name in network.state_dict())


def test_same_seed_same_start() -> None:
    one, two, other = (build_slice_net("resnext50", seed=s) for s in (3, 3, 4))
    assert torch.equal(one.class_head.weight, two.class_head.weight)
    assert not torch.equal(one.class_head.weight, other.class_head.weight)


@pytest.mark.parametrize("count", [1, 3, 5, 19, 133])
def test_regions_are_equal_parts(count: int) -> None:
    regions = [region_of(i, count) for i in range(count)]
    assert regions == sorted(regions)
    assert max(regions) <= 4
    if count >= 5:
        sizes = [regions.count(r) for r in range(5)]
        assert max(sizes) - min(sizes) <= 1


def test_position_inputs_lie_between_0_and_1() -> None:
    assert position_inputs(0, 100) == (0.5, 0.005)
    assert position_inputs(99, 100) == (0.5, 0.995)


def weights_folder(folder: Path, name: str) -> Path:
    """A file such as torchvision publishes, with weights of a random network."""
    spec = SPECS[name]
    options = {"init_weights": False} if name == "inception_v3" else {}
    network = spec.build(weights=None, **options)  # with head and auxiliary head
    torch.save(network.state_dict(), folder / spec.weights.url.rsplit("/", 1)[-1])
    return folder


@pytest.mark.parametrize("name", ["resnext50", "inception_v3"])
def test_weights_from_a_folder_are_used(name: str, tmp_path: Path) -> None:
    folder = weights_folder(tmp_path, name)
    network = build_slice_net(name, "imagenet", folder)
    stored = torch.load(next(folder.iterdir()), weights_only=True)
    loaded = network.features.state_dict()
    for key, tensor in loaded.items():
        assert torch.equal(tensor, stored[key]), key


def test_densenet_files_of_2017_spell_layers_with_dots() -> None:
    """torchvision's densenet161 file says norm.1 where the layers are called norm1."""
    assert _modern("features.denseblock1.denselayer1.norm.1.weight") == (
        "features.denseblock1.denselayer1.norm1.weight"
    )
    names = models.densenet161(weights=None).state_dict()
    assert all(_modern(name) == name for name in names)


@pytest.mark.parametrize("content", [None, b"", b"<html>not found</html>"])
def test_no_silent_random_start(content: bytes | None, tmp_path: Path) -> None:
    """A folder without the file, or with something else in it, stops with a ModelError."""
    if content is not None:
        (tmp_path / "resnext50_32x4d-7cdf4587.pth").write_bytes(content)
    with pytest.raises(ModelError, match="weights file"):
        build_slice_net("resnext50", "imagenet", tmp_path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    state = models.resnet18(weights=None).state_dict()
    torch.save(state, tmp_path / "resnext50_32x4d-7cdf4587.pth")
    with pytest.raises(ModelError, match="do not fit resnext50"):
        build_slice_net("resnext50", "imagenet", tmp_path)


def test_unknown_names() -> None:
    with pytest.raises(ModelError, match=r"resnext50 \| densenet161"):
        build_features("resnet18")
    with pytest.raises(ModelError, match=r"imagenet \| none"):
        build_slice_net("resnext50", "coco")
