"""`spgc bench`: the report of one small network holds together."""

import json
from pathlib import Path

import pytest

from spgc.bench import flops, scan_stages
from spgc.ct.read_scan import read_scan
from spgc.data.layout import Dataset
from spgc.nets.volumes import resnet3d
from tests.cli.conftest import Spgc

SMALL = ("--option", "backbones=resnext50", "--option", "image_size=40")


@pytest.fixture
def folder(dataset: Dataset) -> Path:
    return next(iter(dataset.folders.values()))


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    """One literal watershed and small matrices."""
    monkeypatch.setattr(scan_stages, "PLAIN_LUNGS", 1)
    monkeypatch.setattr(flops, "SIDES", (64,))


def test_bench(spgc: Spgc, folder: Path) -> None:
    """One small network: the report holds together."""
    words = ("bench", folder, "--engine", "torch", "--precision", "fp32", *SMALL)
    ran = spgc(*words, "--every-precision", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert found["slices"] == len(read_scan(folder).hu)
    plain_total = sum(stage["plain"] or 0 for stage in stages.values())
    total = sum(stage["ours"] for stage in stages.values())
    assert found["times_faster"] == pytest.approx(plain_total / total)
    seconds = stages["networks"]["ours"] / 1e3
    assert found["network_gflops"] == pytest.approx(found["gflop_per_slice"] / seconds)
    assert found["scan"]["slices"] == found["scan"]["shown_to_networks"] == found["slices"]
    assert found["scan"]["seconds"] == pytest.approx(total * found["slices"] / 1e3)
    assert found["networks"][0]["precision"] == "fp32"
    assert "int8" not in [way["precision"] for way in found["networks"]]
    assert (found["system"], found["options"]["image_size"]) == ("cnr-iemn", "40")
    said = spgc(*words, "--scan", 80)
    assert "times faster" in said.out
    assert "Engine torch, fp32" in said.out
    assert "A scan of 80 slices, of which the networks are shown all" in " ".join(said.out.split())


def test_a_system_without_lung_masks_or_with_part_of_a_scan(
    spgc: Spgc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a system says of itself is asked for: how many slices its networks are shown."""
    from spgc.systems.cnr_iemn.system import CnrIemn

    monkeypatch.setattr(CnrIemn, "slices_shown", lambda self, count: min(count, 80), raising=False)
    ran = spgc("bench", folder, "--engine", "torch", *SMALL, "--scan", 150, "--json")
    assert ran.code == 0, ran.err
    scan = json.loads(ran.out)["scan"]
    assert (scan["slices"], scan["shown_to_networks"]) == (150, 80)


def test_a_system_of_volumes(spgc: Spgc, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One volume a scan: the networks take as long whatever its slices."""
    monkeypatch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
    small = ("size=16,33,33", "members=1", "weights=none")
    words = ["bench", folder, "--system", "llscp-like", "--engine", "torch", "--precision", "fp32"]
    words += [word for option in small for word in ("--option", option)]
    ran = spgc(*words, "--scan", 60, "--every-precision", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [stage["stage"] for stage in found["stages"]][-2:] == ["volume on the grid", "networks"]
    assert (found["scan"]["slices"], found["scan"]["shown_to_networks"]) == (60, 60)
    assert found["gflop_per_volume"] == pytest.approx(60 * found["gflop_per_slice"])
    assert found["networks"][0]["precision"] == "fp32"
    said = " ".join(spgc(*words).out.split())
    assert "slices, as one volume:" in said
    assert "fp32, one volume at a time" in said


def test_systems_that_can_not_be_timed(spgc: Spgc) -> None:
    """Said in a line, before anything is drawn."""
    for words, code, said in (
        (("--system", "density"), 2, "system density has no networks to time"),
        (("--system", "nobody"), 2, "unknown system"),
        (("--option", "image_size=wide"), 2, "image_size"),
    ):
        ran = spgc("bench", *words)
        assert ran.code == code, ran.err
        assert said in ran.err
        assert ran.err.count("\n") == 1


def test_beside_busy_processes(spgc: Spgc, folder: Path) -> None:
    """Our stages twice, the plain way once; the same numbers in table and JSON."""
    words = ("bench", folder, "--engine", "torch", "--precision", "fp32", *SMALL, "--beside", 1)
    ran = spgc(*words, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    rows = found["beside"]["stages"]
    assert found["beside"]["busy_processes"] == 1
    names = [stage["stage"] for stage in found["stages"]]
    assert [row["stage"] for row in rows] == [*names, "one after another"]
    assert [row["alone"] for row in rows[:-1]] == [stage["ours"] for stage in found["stages"]]
    for row in rows:
        assert row["times_slower"] == pytest.approx(row["beside"] / row["alone"])
    said = spgc(*words)
    assert "Beside 1 busy processes" in said.out
    assert "times slower" in said.out
