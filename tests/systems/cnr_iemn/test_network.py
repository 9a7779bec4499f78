"""Backbones and heads."""

import pytest
import torch

from spgc.errors import ModelError
from spgc.nets.slices.backbones import SPECS, build_features
from spgc.nets.slices.sizes import input_size
from spgc.nets.slices.slice_places import position_inputs, region_of
from spgc.systems.cnr_iemn.config import BACKBONES, Config
from spgc.systems.cnr_iemn.network import (
    build_slice_net,
    network_of,
)


def test_the_four_backbones_of_the_paper() -> None:
    assert tuple(SPECS)[: len(BACKBONES)] == BACKBONES
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


def test_unknown_names() -> None:
    with pytest.raises(ModelError, match=r"resnext50 \| densenet161"):
        build_features("resnet19")
    with pytest.raises(ModelError, match=r"imagenet \| packaged \| none"):
        build_slice_net("resnext50", "coco")
