"""The plain way gives what spgc gives, and `spgc bench` tells of both."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.bench import flops, measure, plain
from spgc.bench.flops import slice_gflop
from spgc.bench.measure import untrained_networks
from spgc.ct.lungs import segment_lungs
from spgc.ct.scan import read_scan
from spgc.ct.slices import network_input
from spgc.data.layout import Dataset
from spgc.nets.slices.sizes import position_inputs
from spgc.systems.cnr_iemn.config import BACKBONES
from spgc.systems.cnr_iemn.network import build_slice_net
from tests.cli.conftest import Spgc


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
    np.testing.assert_allclose(plain.inputs(hu, mask, 40).numpy(), ours, atol=2e-6)
    network = build_slice_net("resnext50").eval()
    places = [position_inputs(index, len(hu)) for index in range(len(hu))]
    found = plain.answer({"resnext50": network}, {"resnext50": 40}, hu, mask, places)
    with torch.no_grad():
        expected = network(torch.from_numpy(ours), torch.tensor(places))[0].softmax(1).numpy()
    np.testing.assert_allclose(found["resnext50"], expected, atol=1e-4)


def test_gflop_of_a_slice() -> None:
    """ResNeXt-50 32x4d is 4.23 and Wide ResNet-50-2 11.40 G multiply-adds (torchvision's tables);
    two operations each."""
    networks = untrained_networks()
    assert networks.names == BACKBONES
    assert slice_gflop(networks.only("resnext50")) == pytest.approx(2 * 4.23, rel=0.01)
    assert slice_gflop(networks.only("wide_resnet50")) == pytest.approx(2 * 11.40, rel=0.01)
    assert slice_gflop(networks) == pytest.approx(58.12267808, rel=1e-9)


def test_bench(spgc: Spgc, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One small network, small matrices: the report holds together."""
    small = replace(untrained_networks(), sizes={"resnext50": 40})
    monkeypatch.setattr(measure, "untrained_networks", lambda: small)
    monkeypatch.setattr(measure, "PLAIN_LUNGS", 1)
    monkeypatch.setattr(flops, "SIDES", (64,))
    ran = spgc("bench", folder, "--engine", "torch", "--precision", "fp32", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert found["slices"] == len(read_scan(folder).hu)
    plain_total = sum(stage["plain"] or 0 for stage in stages.values())
    total = sum(stage["ours"] for stage in stages.values())
    assert found["times_faster"] == pytest.approx(plain_total / total)
    seconds = stages["networks"]["ours"] / 1e3
    assert found["network_gflops"] == pytest.approx(found["gflop_per_slice"] / seconds)
    words = spgc("bench", folder, "--engine", "torch", "--precision", "fp32")
    assert "times faster" in words.out
    assert "Engine torch, fp32" in words.out
