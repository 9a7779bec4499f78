"""`spgc bench` shows the times as measured: sums, shares and ratios follow from the stages."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from spgc.bench.benchmark_table import bench_table, bench_words, ways_table
from spgc.bench.times import Benchmark, StageTimes, Way
from spgc.nets.engines.choice import Choice

DONE = Benchmark(
    system="small",
    options={},
    slices=24,
    source="drawn chest (SYNTHETIC)",
    choice=Choice("openvino", "bf16", "cpu", 8),
    stages=(
        StageTimes("reading files", 6.0, 2.0),
        StageTimes("store", None, 3.0),
        StageTimes("networks", 150.0, 5.0, networks=True),
    ),
    rate=400.0,
    gflop=2.0,
    start=1.25,
    converted=7.5,
    scan=200,
    shown=80,
)


def printed(table: Table) -> str:
    text = StringIO()
    Console(file=text, width=100).print(table)
    return text.getvalue()


def rows() -> dict[str, list[str]]:
    found = {}
    for line in printed(bench_table(DONE)).splitlines():
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
    _, engine, networks, start, _ = bench_words(DONE)
    assert engine.startswith("Engine openvino, bf16, 8 slices at a time, on ")
    assert networks.startswith(
        "Networks: 2.0 GFLOP per slice, 400 GFLOP/s: 100% of the 400 GFLOP/s"
    )
    assert start == "Start of the engine: 1.2 s, the first time with a model 7.5 s."


def test_a_scan_whose_networks_see_a_part_of_it() -> None:
    """200 slices are read and stored in 1 s, 80 of them answered in 0.4 s; plainly 1.2 and 12 s."""
    assert DONE.seconds == pytest.approx(1.4)
    assert DONE.plain_seconds == pytest.approx(13.2)
    assert next(bench_words(DONE)).startswith(
        "A scan of 200 slices, of which the networks are shown at most 80: 1.4 s"
    )
    assert "shown all: " in next(bench_words(replace(DONE, shown=200)))


def test_int8_counts_the_slices_that_are_asked_again() -> None:
    """At most 5 % of them, in fp32: 2 + 0.05 · 20 ms, beside 150 plainly."""
    every = (Way("openvino", "fp32", 20.0), Way("openvino", "int8", 2.0))
    done = replace(DONE, ways=every)
    assert [done.ms_of(way) for way in every] == [20.0, 3.0]
    assert [done.times_faster(way) for way in every] == pytest.approx([7.5, 50.0])
    last = printed(ways_table(done)).split()[-5:]
    assert last == ["openvino", "int8", "2.0", "50×", "0.2"]
    assert "5% of the slices" in list(bench_words(done))[-1]
    assert "int8" not in " ".join(bench_words(DONE))


def test_the_record_holds_the_same_numbers() -> None:
    found = DONE.as_dict()
    assert found["times_faster"] == pytest.approx(15.6)
    assert found["network_gflops"] == pytest.approx(400)
    assert [stage["ours"] for stage in found["stages"]] == [2.0, 3.0, 5.0]
    assert found["scan"] == {
        "slices": 200,
        "shown_to_networks": 80,
        "seconds": pytest.approx(1.4),
        "plain_seconds": pytest.approx(13.2),
    }
    assert {stage["unit"] for stage in found["stages"]} == {"ms per slice"}
