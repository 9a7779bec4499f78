"""`spgc bench`: the report of one small network holds together."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spgc.bench import flops, measure
from spgc.bench.measure import untrained_networks
from spgc.ct.read_scan import read_scan
from spgc.data.layout import Dataset
from tests.cli.conftest import Spgc


@pytest.fixture
def folder(dataset: Dataset) -> Path:
    return next(iter(dataset.folders.values()))


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
