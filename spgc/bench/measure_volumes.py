"""Time the stages of systems whose networks read whole scans: one volume a scan, of any length."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.bench.flops import item_gflop, matrix_rate
from spgc.bench.plain import plain_network
from spgc.bench.scan_stages import Benching, phantom_series, reading_stages
from spgc.bench.stopwatch import best, timed
from spgc.bench.times import Benchmark, StageTimes, Way
from spgc.bench.ways import precisions
from spgc.contract.system import System
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.jobs.machine import peak_memory, reset_peak_memory
from spgc.nets.engines.choice import Choice, build_row_engine
from spgc.nets.engines.contract import RowEngine
from spgc.nets.volumes.volume_networks import HasVolumeNetworks, VolumeNetworks
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.runs.lung_settings import lung_settings
from spgc.systems.registry import system_named

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class LongScan:
    """A scan of any number of slices, made of those that were read; arrays (S, H, W)."""

    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    key: str = "0"

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu[index], self.mask[index]

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu, self.mask


def measure_volumes(asked: Benching, system: HasVolumeNetworks, choice: Choice) -> Benchmark:
    """Time every stage of the system's prediction; errors as `measure` raises them.

    What is said per slice is said of the scan that seconds are said for: its volume is made of as
    many slices, the networks' time does not depend on them.
    """
    spec, untrained = system.volume_spec, system.untrained_volume_networks()
    lungs = lung_settings(_lung_method(asked), asked.lung_weights)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = asked.folder or phantom_series(place / "phantom")
        read = read_scan(source)
        mask = lungs.masks(read)
        stages = reading_stages(source, read, mask, lungs, place, ours_only=asked.ours_only)
        scan = long_scan(read, mask, asked.slices_of(len(mask)))
        share = 1e3 / scan.n_slices
        ready = best(lambda: spec.prepare(scan)) * share
        plainly = None if asked.ours_only else plain_grid(scan, spec) * share
        stages.append(StageTimes("volume on the grid", plainly, ready, True))
        whole = spec.prepare(scan).volume[None].astype(np.float32)
        made = {name: untrained.load(name) for name in untrained.names}
        networks = replace(untrained, load=made.__getitem__)
        reset_peak_memory()
        converted, engine = timed(lambda: build_row_engine(choice, networks, place / "engines"))
        start, engine = timed(lambda: build_row_engine(choice, networks, place / "engines"))
        answer_volume(engine, networks, whole)
        ours = best(lambda: answer_volume(engine, networks, whole)) * share
        peak = peak_memory()
        ways = tuple(_ways(choice, networks, whole, place, share)) if asked.every_precision else ()
        plainly = None if asked.ours_only else plain_networks(made, whole) * share
        stages.append(StageTimes("networks", plainly, ours, True))
    return Benchmark(
        system=asked.system,
        options=dict(asked.options),
        slices=len(read.hu),
        source=asked.source,
        choice=choice,
        stages=tuple(stages),
        rate=matrix_rate(choice.precision.replace("tf32", "fp32"), choice.device),
        gflop=item_gflop(untrained) / scan.n_slices,
        start=start,
        converted=converted,
        scan=scan.n_slices,
        shown=scan.n_slices,
        peak_gib=None if peak is None else peak["this_process"],
        ways=ways,
        volumes=True,
    )


def long_scan(read: Volume, mask: NDArray[np.bool_], slices: int) -> LongScan:
    """What was read as a scan of so many slices, each the nearest of those."""
    chosen = np.arange(slices) * len(mask) // slices
    z, y, x = read.spacing
    return LongScan(read.hu[chosen], mask[chosen], (z * len(mask) / slices, y, x))


def answer_volume(
    engine: RowEngine, networks: VolumeNetworks, volume: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Rows (1, K) of one volume (1, C, D, H, W) from every network."""
    return {name: engine.outputs(name, volume) for name in networks.names}


def plain_grid(scan: LongScan, spec: VolumeSpec) -> float:
    """Seconds of scipy's cubic zoom of the whole scan to the grid, once for each channel."""
    from scipy.ndimage import zoom

    factors = [new / old for new, old in zip(spec.size, scan.hu.shape, strict=True)]
    return timed(lambda: zoom(scan.hu.astype(np.float32), factors, order=3))[0] * spec.channels


def plain_networks(networks: dict[str, nn.Module], volume: NDArray[np.float32]) -> float:
    """Seconds of one volume in all networks, float32 and eager, as torch gives them."""
    import torch

    whole = torch.from_numpy(volume)
    with torch.no_grad():
        for network in networks.values():
            plain_network(network)
        return min(
            timed(lambda: [network(whole) for network in networks.values()])[0] for _ in range(2)
        )


def _ways(
    choice: Choice,
    networks: VolumeNetworks,
    volume: NDArray[np.float32],
    place: Path,
    share: float,
) -> Iterator[Way]:
    """Each precision's time."""
    for precision in precisions(choice, int8=False):
        changed = Choice(choice.engine, precision, choice.device, choice.batch)
        engine = build_row_engine(changed, networks, place / "engines")
        answer_volume(engine, networks, volume)
        seconds = best(partial(answer_volume, engine, networks, volume))
        yield Way(choice.engine, precision, seconds * share)


def _lung_method(asked: Benching) -> str:
    system: System = system_named(asked.system).create(asked.options, asked.runtime)
    return system.lung_method
