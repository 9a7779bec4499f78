"""Tables and closing lines of `spgc bench`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from spgc.bench.times import Benchmark
from spgc.jobs.machine import hardware
from spgc.nets.device import accelerator_name
from spgc.nets.engines.int8 import AGAIN
from spgc.report.score_tables import plain_table


def bench_table(done: Benchmark) -> Table:
    """Milliseconds per slice and stage, plain and ours, with the ratio and our shares."""
    title = f"Prediction by {done.system}, ms per slice: {done.slices} slices of {done.source}"
    table = plain_table(title)
    table.add_column("Stage", no_wrap=True)
    for name in ("plain", "spgc", "share", "times faster"):
        table.add_column(name, justify="right")
    for stage in done.stages:
        table.add_row(
            stage.stage,
            _ms(stage.plain),
            _ms(stage.ours),
            f"{stage.ours / done.total:.0%}",
            "" if stage.plain is None else _times(stage.plain / stage.ours),
        )
    table.add_section()
    table.add_row(
        "one after another",
        _ms(done.plain_total),
        _ms(done.total),
        "100%",
        _times(done.plain_total / done.total),
    )
    return table


def beside_table(done: Benchmark) -> Table:
    """Our stages alone and beside busy processes, with how much slower they are."""
    count = 0 if done.beside is None else done.beside.processes
    beside = f"beside {count}"
    table = plain_table(f"Beside {count} busy processes, spgc, ms per slice")
    table.add_column("Stage", no_wrap=True)
    for name in ("alone", beside, "times slower"):
        table.add_column(name, justify="right")
    for name, alone, ours in done.slowed:
        table.add_row(name, _ms(alone), _ms(ours), _times(ours / alone))
    return table


def ways_table(done: Benchmark) -> Table:
    """The networks alone in every precision, with what a scan takes."""
    table = plain_table(f"Networks of {done.system}, ms per slice")
    for name in ("Engine", "Precision"):
        table.add_column(name, no_wrap=True)
    for name in ("alone", "times faster than plain", "s per scan"):
        table.add_column(name, justify="right")
    plain = sum(stage.plain or 0.0 for stage in done.stages if stage.networks)
    table.add_row("torch, plain", "fp32", _ms(plain), "", f"{plain * done.shown / 1e3:.1f}")
    for way in done.ways:
        seconds = (done.ms_of(way) + done.inputs) * done.shown / 1e3
        table.add_row(
            way.engine, way.precision, _ms(way.ms), _times(done.times_faster(way)), f"{seconds:.1f}"
        )
    return table


def bench_words(done: Benchmark) -> Iterator[str]:
    """What the table does not say: a whole scan, engine, machine, its limit, the start."""
    some = "all" if done.shown == done.scan else f"at most {done.shown}"
    shown = "as one volume" if done.volumes else f"of which the networks are shown {some}"
    yield (
        f"A scan of {done.scan} slices, {shown}: {done.seconds:.1f} s one after another, plainly "
        f"{done.plain_seconds:.1f} s."
    )
    machine = hardware(accelerator_name(done.choice.device))
    at_a_time = "one volume" if done.volumes else f"{done.choice.batch} slices"
    yield (
        f"Engine {done.choice.engine}, {done.choice.precision}, {at_a_time} at a time, on "
        f"{machine['accelerator'] or machine['processor']} ({machine['cores']} cores)."
    )
    share = done.network_rate / done.rate
    work = f"{done.gflop:.1f} GFLOP per slice"
    if done.volumes:
        work = f"{done.gflop * done.shown:.0f} GFLOP per scan"
    yield (
        f"Networks: {work}, {done.network_rate:.0f} GFLOP/s: {share:.0%} "
        f"of the {done.rate:.0f} GFLOP/s that matrix products of torch reach here in "
        f"{done.choice.precision}."
    )
    memory = "" if done.peak_gib is None else f" Peak memory {done.peak_gib:.1f} GiB."
    yield (
        f"Start of the engine: {done.start:.1f} s, the first time with a model "
        f"{done.converted:.1f} s.{memory}"
    )
    yield (
        "spgc predict works on all but the networks while the networks run, on as many cores as "
        "--jobs says."
    )
    if any(way.precision == "int8" for way in done.ways):
        yield (
            f"int8: seconds count {AGAIN[1]:.0%} of the slices as predicted again in fp32 "
            "(the most there can be); it was quantised on a few slices, for its speed alone."
        )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _times(value: float) -> str:
    return f"{value:.0f}×" if value >= 10 else f"{value:.1f}×"
