"""Time each stage of prediction twice in one run: plainly written, and as spgc does it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spgc.bench import plain
from spgc.bench.flops import item_gflop, matrix_rate
from spgc.bench.measure_volumes import measure_volumes
from spgc.bench.scan_stages import Benching, phantom_series, reading_stages
from spgc.bench.stopwatch import best, timed
from spgc.bench.times import Benchmark, StageTimes
from spgc.bench.ways import answer, network_ways
from spgc.contract.abilities import require
from spgc.contract.slices import slices_shown
from spgc.contract.system import System
from spgc.ct.bits import Mask
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.jobs.machine import peak_memory, reset_peak_memory
from spgc.nets.engines.choice import Choice, build_engine, choose
from spgc.nets.engines.contract import HasNetworks, ScanBatch
from spgc.nets.slices.batches import slice_batches
from spgc.nets.slices.slice_places import position_inputs
from spgc.nets.slices.spec import SliceSpec
from spgc.nets.volumes.volume_networks import HasVolumeNetworks
from spgc.runs.lung_settings import lung_settings
from spgc.systems.registry import system_named

if TYPE_CHECKING:
    from torch import nn

PLAIN_BATCH = 8
"""Slices that the plain networks do at once here; the paper's 64 would take half a minute."""


def measure(asked: Benching) -> Benchmark:
    """Time every stage of the system's prediction.

    The networks have random weights: speed does not depend on them. Raises UsageError for a system
    without networks and for an engine, device or precision that can't be had, ModelError without
    the weights of its lung method, SeriesError for a folder without a series.
    """
    choice = choose(asked.runtime)
    system = opened_system(asked)
    if isinstance(system, HasVolumeNetworks):
        return measure_volumes(asked, system, choice)
    spec, untrained = system.spec, system.untrained_networks()
    lungs = lung_settings(spec.lung_method, asked.lung_weights)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = asked.folder or phantom_series(place / "phantom")
        volume = read_scan(source)
        mask = lungs.masks(volume)
        stages = reading_stages(source, volume, mask, lungs, place, ours_only=asked.ours_only)
        made = {name: untrained.load(name) for name in untrained.names}
        scaling, batches = timed(lambda: _batches(volume, mask, spec, choice))
        scaled = " and ".join(map(str, sorted(set(spec.sizes.values()))))
        stages.append(StageTimes(f"scaling to {scaled}", None, scaling * 1e3 / len(mask), True))
        networks = replace(untrained, load=made.__getitem__)
        reset_peak_memory()
        converted, engine = timed(lambda: build_engine(choice, networks, place / "engines"))
        start, engine = timed(lambda: build_engine(choice, networks, place / "engines"))
        ours = best(lambda: answer(engine, spec.sizes, batches))
        peak = peak_memory()
        ours *= 1e3 / sum(len(batch.owners) for batch in batches)
        may = system.no_int8() is None
        ways = network_ways(choice, networks, batches, place, int8=may)
        every = tuple(ways) if asked.every_precision else ()
        plainly = None if asked.ours_only else _plain_networks(made, spec, batches)
        stages.append(StageTimes("networks", plainly, ours, True))
    scan = asked.slices_of(len(volume.hu))
    return Benchmark(
        system=asked.system,
        options=dict(asked.options),
        slices=len(volume.hu),
        source=asked.source,
        choice=choice,
        stages=tuple(stages),
        rate=matrix_rate(choice.precision.replace("tf32", "fp32"), choice.device),
        gflop=item_gflop(untrained),
        start=start,
        converted=converted,
        scan=scan,
        shown=slices_shown(system, scan),
        peak_gib=None if peak is None else peak["this_process"],
        ways=every,
    )


def opened_system(asked: Benching) -> HasNetworks | HasVolumeNetworks:
    """The untrained system. Raises UsageError when it has no networks."""
    system: System = system_named(asked.system).create(asked.options, asked.runtime)
    if isinstance(system, HasVolumeNetworks):
        return system
    return require(
        system,
        HasNetworks,
        "has no networks to time",
        expected="a system of networks",
        do="time another one, such as cnr-iemn",
    )


def _batches(volume: Volume, mask: Mask, spec: SliceSpec, choice: Choice) -> list[ScanBatch]:
    """All slices, ready for the networks."""

    class Held:
        key, n_slices, spacing = "0", len(volume.hu), volume.spacing

        def arrays(self) -> Any:
            return volume.hu, mask

        def slice(self, index: int) -> Any:
            return volume.hu[index], mask[index]

    return list(slice_batches([("scan", Held())], spec.sizes.values(), spec, choice.batch))


def _plain_networks(
    networks: Mapping[str, nn.Module], spec: SliceSpec, batches: Sequence[ScanBatch]
) -> float:
    """ms per slice, scaling included, of one plain batch after a first one that is not counted."""
    import torch

    plain_ones = {name: plain.plain_network(network) for name, network in networks.items()}
    hu = np.zeros((PLAIN_BATCH, 512, 512), np.int16)
    mask = np.ones(hu.shape, bool)
    places = [position_inputs(index, PLAIN_BATCH) for index in range(PLAIN_BATCH)]
    with torch.no_grad():
        plain.answer(plain_ones, spec, hu[:2], mask[:2], places[:2])
        seconds, _ = timed(lambda: plain.answer(plain_ones, spec, hu, mask, places))
    return seconds * 1e3 / PLAIN_BATCH
