"""`spgc bench` shows the times as measured: sums, shares and ratios follow from the stages."""

from io import StringIO

import pytest
from rich.console import Console

from spgc.bench.benchmark_table import bench_table, bench_words
from spgc.bench.measure import Benchmark, StageTimes
from spgc.nets.engines.choice import Choice

DONE = Benchmark(
    slices=24,
    source="drawn chest (SYNTHETIC)",
    choice=Choice("openvino", "bf16", "cpu", 8),
    stages=(
        StageTimes("reading files", 6.0, 2.0),
        StageTimes("store", None, 3.0),
        StageTimes("networks", 150.0, 5.0),
    ),
    rate=400.0,
    gflop=2.0,
    start=1.25,
    converted=7.5,
)


def rows() -> dict[str, list[str]]:
    text = StringIO()
    Console(file=text, width=100).print(bench_table(DONE))
    found = {}
    for line in text.getvalue().splitlines():
        for name in ("reading files", "store", "networks", "one after another"):
            if line.strip().startswith(name):
                found[name] = line.replace(name, "").split()
    return found


def test_each_stage_with_its_share_and_ratio() -> None:
    """10 ms in all: 20, 30 and 50 %; ratios from 10 on without a decimal."""
    assert rows() == {
        "reading files": ["6.0", "2.0", "20%", "3.0×"],
        "store": ["–", "3.0", "30%"],
        "networks": ["150.0", "5.0", "50%", "30×"],
        "one after another": ["156.0", "10.0", "100%", "16×"],
    }


def test_the_networks_beside_the_machines_limit() -> None:
    """2 GFLOP in 5 ms are 400 GFLOP/s: all that the machine can do."""
    engine, networks, start, _ = bench_words(DONE)
    assert engine.startswith("Engine openvino, bf16, 8 slices at a time, on ")
    assert networks.startswith("Networks: 2.0 GFLOP a slice, 400 GFLOP/s: 100% of the 400 GFLOP/s")
    assert start == "Start of the engine: 1.2 s, the first time with a model 7.5 s."


def test_the_record_holds_the_same_numbers() -> None:
    found = DONE.as_dict()
    assert found["times_faster"] == pytest.approx(15.6)
    assert found["network_gflops"] == pytest.approx(400)
    assert [stage["ours"] for stage in found["stages"]] == [2.0, 3.0, 5.0]
    assert {stage["unit"] for stage in found["stages"]} == {"ms per slice"}
