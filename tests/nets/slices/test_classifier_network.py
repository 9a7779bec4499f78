"""A slice classifier: backbone, hidden layers, logits; and the datasets and task that train it."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from torch import nn

from spgc.nets.slices.backbones import IMAGENET_MEAN, IMAGENET_STD, SPECS
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.network_training import built_network
from spgc.nets.slices.samples import Copies, Sample, SliceDataset, labelled_slices
from spgc.nets.slices.spec import SliceSpec
from spgc.nets.training.class_task import ClassTask
from tests.nets.training import tiny_training as tiny


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)


def test_hidden_layers_stand_between_backbone_and_logits() -> None:
    network = SliceClassifier(tiny.NAME, hidden=(8, 5), classes=2, glorot=True)
    linear = [layer for layer in network.head if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [8, 5, 2]
    for layer in linear:
        bound = math.sqrt(6 / (layer.in_features + layer.out_features))
        assert layer.weight.abs().max() <= bound
        assert layer.weight.abs().max() > 0.7 * bound
        assert not layer.bias.any()
    logits, none = network.eval()(torch.rand(4, 3, 32, 32))
    assert (logits.shape, none.shape) == ((4, 2), (4, 0))


def test_images_are_normalised_or_not() -> None:
    image = torch.rand(2, 3, 32, 32)
    plain, scaled = (
        built_network(lambda n=n: SliceClassifier(tiny.NAME, normalised=n), tiny.NAME).eval()
        for n in (False, True)
    )
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    torch.testing.assert_close(scaled(image)[0], plain((image - mean) / std)[0])


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_backbone_gives_features(name: str) -> None:
    """Built without memory: the classifier's width is that of the backbone's last layer."""
    with torch.device("meta"):
        network = SliceClassifier(name)
        width = network.head[-1].in_features
        assert network.features(torch.zeros(2, 3, 96, 96)).shape == (2, width)


def test_slices_of_known_class() -> None:
    covid19, cap, normal = tiny.scans([0])
    assert labelled_slices(covid19) == [(1, 0), (2, 0)]
    assert labelled_slices(cap, uninfected=True) == [(0, 2), (1, 1), (2, 1)]
    assert labelled_slices(normal) == [(0, 2), (1, 2), (2, 2)]


def test_samples_may_be_drawn_in_each_epoch() -> None:
    scans = tiny.scans(range(2))

    def drawn(epoch: int) -> list[Sample]:
        return [Sample(epoch % 2, index, 0) for index in range(3)]

    data = SliceDataset(scans, drawn, 32, SliceSpec((tiny.NAME,)))
    first, second = data[0, 2][0], data[1, 2][0]
    assert not torch.equal(first, second)
    assert torch.equal(data[0, 2][0], first)
    assert torch.equal(data[3, 2][0], second)


def test_originals_are_shown_or_changed() -> None:
    scans, samples = tiny.scans([0]), [Sample(0, 1, 0)]

    def inverted(image: torch.Tensor, seed: int) -> torch.Tensor:
        return 1 - image

    spec = SliceSpec((tiny.NAME,))
    plain = SliceDataset(scans, samples, 32, spec)[0, 0][0]
    for originals in (True, False):
        copies = Copies((1, 0, 0), inverted, 0, originals)
        data = SliceDataset(scans, samples, 32, spec, copies)
        assert len(data) == 2
        torch.testing.assert_close(data[0, 0][0], plain if originals else 1 - plain)
        torch.testing.assert_close(data[0, 1][0], 1 - plain)


def test_class_task_is_cross_entropy() -> None:
    logits = torch.tensor([[2.0, 0, 0], [0, 1, 0], [0, 0, 3]])
    classes = torch.tensor([0, 2, 2])
    task = ClassTask(lambda p: torch.optim.SGD(p, lr=1.0), lambda epoch, step: 0.5**epoch + step)
    batch = torch.zeros(3, 3, 8, 8), torch.zeros(3, 2), classes, classes

    def network(images: torch.Tensor, positions: torch.Tensor) -> tuple[torch.Tensor, None]:
        return logits, None

    loss, sums = task.loss(network, batch)
    expected = -sum(
        math.log(math.exp(row[k]) / sum(map(math.exp, row)))
        for row, k in zip(logits.tolist(), classes.tolist(), strict=True)
    )
    assert loss.item() == pytest.approx(expected / 3)
    assert sums.tolist() == task.check(network, batch).tolist() == [2]
    assert task.rate(2, 7) == 7.25
    assert task.better({"hits": 3}, {"hits": 2})
    assert not task.better({"hits": 2}, {"hits": 2})
    assert Counter(task.counts) == Counter(task.checks)
