"""Table and closing lines of `spgc bench`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from spgc.bench.measure import Benchmark
from spgc.jobs.machine import hardware
from spgc.nets.device import accelerator_name
from spgc.report.score_tables import plain_table


def bench_table(done: Benchmark) -> Table:
    """Milliseconds per slice and stage, plain and ours, with the ratio and our shares."""
    title = f"Prediction, ms per slice: {done.slices} slices of {done.source}"
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


def bench_words(done: Benchmark) -> Iterator[str]:
    """What the table does not say: engine, machine, its limit, the start."""
    machine = hardware(accelerator_name(done.choice.device))
    yield (
        f"Engine {done.choice.engine}, {done.choice.precision}, {done.choice.batch} slices at a "
        f"time, on {machine['accelerator'] or machine['processor']} ({machine['cores']} cores)."
    )
    share = done.network_rate / done.rate
    yield (
        f"Networks: {done.gflop:.1f} GFLOP a slice, {done.network_rate:.0f} GFLOP/s: {share:.0%} "
        f"of the {done.rate:.0f} GFLOP/s that matrix products of torch reach here in "
        f"{done.choice.precision}."
    )
    yield (
        f"Start of the engine: {done.start:.1f} s, the first time with a model "
        f"{done.converted:.1f} s."
    )
    yield (
        "spgc predict works on all but the networks while the networks run, on as many cores as "
        "--jobs says."
    )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _times(value: float) -> str:
    return f"{value:.0f}×" if value >= 10 else f"{value:.1f}×"
