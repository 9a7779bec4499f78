"""TheSaviours' inputs, networks and optimiser are those of their code."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from spgc.nets.slices.samples import Sample, SliceDataset
from spgc.systems.thesaviours import networks
from spgc.systems.thesaviours.networks import (
    binary_network,
    binary_task,
    class_network,
    class_task,
    copies_of,
    through_jpeg,
)
from spgc.systems.thesaviours.settings import Settings
from tests.systems.thesaviours import tiny


def eight_bits(hu: np.ndarray) -> np.ndarray:
    """HU as their preprocessing makes bytes of them, in 64-bit numbers."""
    clipped = np.clip(hu.astype(np.float64), -1150, 150)
    return np.floor((clipped + 1150) / 1300 * 255).astype(np.uint8)


def test_every_hu_becomes_the_byte_of_their_code() -> None:
    hu = np.resize(np.arange(-1300, 300, dtype=np.int16), (512, 512))
    image = Settings().spec.images(hu, np.zeros(hu.shape, bool), 512)
    assert image.shape == (3, 512, 512)
    assert (image == image[:1]).all()
    found = image[0] * 255
    np.testing.assert_allclose(found, np.round(found), atol=1e-4)
    wrong = np.unique(hu[np.round(found) != eight_bits(hu)])
    assert not wrong.size, wrong


def test_defaults_are_the_networks_of_the_code() -> None:
    with torch.device("meta"):
        one, three = networks.SliceClassifier, Settings()
        stage1 = one(three.slice_backbone, hidden=three.slice_hidden, classes=1)
        stage2 = one(three.backbone, hidden=three.hidden)
    assert [p.shape for p in stage1.head.parameters()][::2] == [(1024, 1024), (1, 1024)]
    assert [p.shape for p in stage2.head.parameters()][::2] == [
        (2048, 2048),
        (1024, 2048),
        (3, 1024),
    ]
    norm = next(layer for layer in stage2.features.modules() if isinstance(layer, nn.BatchNorm2d))
    assert (norm.eps, norm.momentum) == (1e-3, 0.01)  # Keras': epsilon 1e-3, momentum 0.99


def test_stage_1_sees_plain_images_and_stage_2_normalised_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiny.small(monkeypatch)
    assert not binary_network(tiny.SETTINGS).normalised
    assert class_network(tiny.SETTINGS).normalised


def test_adam_is_that_of_keras_at_a_constant_rate() -> None:
    for make in (binary_task, class_task):
        task = make(Settings())
        (group,) = task.optimiser([nn.Parameter(torch.zeros(2))]).param_groups
        assert (group["lr"], group["betas"], group["eps"]) == (2e-4, (0.5, 0.999), 1e-7)
        assert group["weight_decay"] == 0
        assert {task.rate(epoch, step) for epoch, step in ((0, 0), (4, 99), (24, 9999))} == {2e-4}


def test_training_images_go_through_jpeg_as_released_only() -> None:
    settings = dataclasses.replace(tiny.SETTINGS, jpeg=True)
    assert copies_of(tiny.SETTINGS) is None
    scans, spec = [tiny.scan("P", "COVID-19", 3)], settings.spec
    plain = SliceDataset(scans, [Sample(0, 1, 0)], 32, spec)[0, 0][0]
    data = SliceDataset(scans, [Sample(0, 1, 0)], 32, spec, copies_of(settings))
    assert len(data) == 1
    off = (data[0, 0][0] - plain).abs().max()
    assert 0 < off < 0.1


def test_jpeg_leaves_a_flat_image_as_it_is() -> None:
    flat = torch.full((3, 16, 16), 100 / 255)
    torch.testing.assert_close(through_jpeg(flat, 0), flat)
