"""The networks alone in every precision that the processor multiplies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from spgc.bench.stopwatch import best
from spgc.bench.times import Way
from spgc.jobs.extras import has
from spgc.jobs.machine import has_bf16, has_int8
from spgc.nets.engines.choice import Choice, build_engine
from spgc.nets.engines.contract import Engine, Networks, ScanBatch
from spgc.nets.engines.int8 import quantise
from spgc.nets.engines.int8_folder import Int8Network, network_file
from spgc.nets.engines.openvino_engine import OpenVinoEngine

CALIBRATION = 2
"""Batches that quantise: enough for a measurement of speed, which does not depend on ranges."""


def precisions(choice: Choice, *, int8: bool) -> list[str]:
    """What the chosen engine can run here at full speed; int8: whether the system may use it."""
    if choice.device != "cpu":
        return [choice.precision]
    found = ["fp32", *(["bf16"] if has_bf16() else [])]
    quantising = choice.engine == "openvino" and int8 and has("int8") and has_int8()
    return [*found, *(["int8"] if quantising else [])]


def network_ways(
    choice: Choice,
    networks: Networks,
    batches: Sequence[ScanBatch],
    scratch: Path,
    *,
    int8: bool,
) -> Iterator[Way]:
    """Each precision's time; int8 by the networks alone, without slices that are asked again."""
    slices = sum(len(batch.owners) for batch in batches)
    for precision in precisions(choice, int8=int8):
        if precision == "int8":
            engine = _quantised(networks, batches[:CALIBRATION], scratch)
        else:
            changed = Choice(choice.engine, precision, choice.device, choice.batch)
            engine = build_engine(changed, networks, scratch / "engines")
        seconds = best(partial(answer, engine, networks.sizes, batches))
        yield Way(choice.engine, precision, seconds * 1e3 / slices)


def _quantised(networks: Networks, batches: Sequence[ScanBatch], scratch: Path) -> Engine:
    """The int8 networks, however few labels random weights let them keep."""
    folder = scratch / "int8"
    list(quantise(networks, batches, batches, folder, {}))
    made = {name: Int8Network(network_file(folder, name), "", 0.0) for name in networks.names}
    return OpenVinoEngine(networks, "int8", None, made)


def answer(engine: Engine, sizes: Mapping[str, int], batches: Sequence[ScanBatch]) -> None:
    """Run every batch through every network."""
    for batch in batches:
        for name, size in sizes.items():
            engine.logits(name, batch.images[size], batch.positions, len(batch.owners))
