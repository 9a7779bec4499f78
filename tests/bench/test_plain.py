"""The plain way of prediction gives what spgc gives: pixels, lungs, inputs, answers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.bench import plain
from spgc.ct.lungs import segment_lungs
from spgc.ct.read_scan import read_scan
from spgc.ct.slice_images import CHANNELS, network_input
from spgc.data.layout import Dataset
from spgc.nets.slices.slice_places import position_inputs
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.cnr_iemn.network import build_slice_net


@pytest.fixture
def folder(dataset: Dataset) -> Path:
    return next(iter(dataset.folders.values()))


def test_plain_reading_and_lungs_are_the_same(folder: Path) -> None:
    hu = plain.read(folder)
    np.testing.assert_array_equal(hu, read_scan(folder).hu)
    np.testing.assert_array_equal(plain.segment(hu[:2]), segment_lungs(hu[:2]))


def test_plain_inputs_and_answers_are_the_same(folder: Path) -> None:
    """torchvision scales as ours does; two networks, whole and as our engine takes them."""
    hu = plain.read(folder)
    mask = segment_lungs(hu)
    ours = network_input(hu, mask, 40)
    spec = SliceSpec(("resnext50",), 40)
    np.testing.assert_allclose(plain.inputs(hu, mask, 40, spec).numpy(), ours, atol=2e-6)
    network = build_slice_net("resnext50").eval()
    places = [position_inputs(index, len(hu)) for index in range(len(hu))]
    found = plain.answer({"resnext50": network}, spec, hu, mask, places)
    with torch.no_grad():
        expected = network(torch.from_numpy(ours), torch.tensor(places))[0].softmax(1).numpy()
    np.testing.assert_allclose(found["resnext50"], expected, atol=1e-4)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("levels", [None, 256])
def test_plain_inputs_of_other_systems(folder: Path, channels: str, levels: int | None) -> None:
    """Other windows, channels and grey levels, at the slices' own size and scaled."""
    hu = plain.read(folder)[:2]
    mask = segment_lungs(hu)
    spec = SliceSpec(("resnet18",), 48, (-1150.0, 150.0), channels, levels=levels)
    for size in (48, hu.shape[1]):
        ours = spec.images(hu, mask, size)
        assert 0 < ours.mean() < 1
        np.testing.assert_allclose(plain.inputs(hu, mask, size, spec).numpy(), ours, atol=2e-6)
