"""Time each stage of prediction twice in one run: plainly written, and as spgc does it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spgc.bench import plain
from spgc.bench.flops import matrix_rate, slice_gflop
from spgc.bench.stopwatch import best, timed
from spgc.bench.times import Benchmark, StageTimes
from spgc.bench.ways import answer, network_ways
from spgc.contract.abilities import require
from spgc.contract.slices import slices_shown
from spgc.contract.system import Options, System
from spgc.ct.bits import Mask
from spgc.ct.lungs import segment_lungs
from spgc.ct.preprocess import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.jobs.machine import peak_memory, reset_peak_memory
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import Choice, build_engine, choose
from spgc.nets.engines.contract import HasNetworks, ScanBatch
from spgc.nets.slices.batches import slice_batches
from spgc.nets.slices.slice_places import position_inputs
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.registry import DEFAULT, system_named
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from torch import nn

PHANTOM_SLICES = 24
PLAIN_LUNGS = 3
"""Slices that the literal watershed does: it takes above a second each."""
PLAIN_BATCH = 8
"""Slices that the plain networks do at once here; the paper's 64 would take half a minute."""
USUAL_SCAN = 150
"""Slices of a scan of COVID-CT-MD, about: what seconds are said for where no series is given."""


@dataclass(frozen=True)
class Benching:
    """What is to be timed, and on what.

    folder: a series, or a drawn chest when it is None; scan: slices of the scan that seconds are
    said for, None for those of the series; every_precision: the networks in every precision too.
    """

    runtime: Runtime
    folder: Path | None = None
    system: str = DEFAULT
    options: Options = field(default_factory=dict)
    scan: int | None = None
    every_precision: bool = False


def measure(asked: Benching) -> Benchmark:
    """Time every stage of the system's prediction.

    The networks have random weights: speed does not depend on them. Raises UsageError for a system
    without slice networks and for an engine, device or precision that can't be had, SeriesError for
    a folder without a series.
    """
    choice = choose(asked.runtime)
    system = opened_system(asked)
    spec, untrained = system.spec, system.untrained_networks()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = asked.folder or _phantom(place / "phantom")
        volume = read_scan(source)
        mask = segment_lungs(volume.hu, spec.lung_method, volume.spacing)
        stages = _reading(source, volume, mask, spec.lung_method, place)
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
        stages.append(StageTimes("networks", _plain_networks(made, spec, batches), ours, True))
    scan = asked.scan or (len(volume.hu) if asked.folder else USUAL_SCAN)
    return Benchmark(
        system=asked.system,
        options=dict(asked.options),
        slices=len(volume.hu),
        source=asked.folder.name if asked.folder else f"drawn chest ({SYNTHETIC})",
        choice=choice,
        stages=tuple(stages),
        rate=matrix_rate(choice.precision.replace("tf32", "fp32"), choice.device),
        gflop=slice_gflop(untrained),
        start=start,
        converted=converted,
        scan=scan,
        shown=slices_shown(system, scan),
        peak_gib=None if peak is None else peak["this_process"],
        ways=every,
    )


def opened_system(asked: Benching) -> HasNetworks:
    """The untrained system. Raises UsageError when it has no slice networks."""
    system: System = system_named(asked.system).create(asked.options, asked.runtime)
    return require(
        system,
        HasNetworks,
        "has no slice networks to time",
        expected="a system of slice networks",
        do="time another one, such as cnr-iemn",
    )


def _phantom(folder: Path) -> Path:
    from spgc.phantoms.dicom import write_series
    from spgc.phantoms.draw import draw_phantom

    rng = np.random.default_rng(0)
    drawn = draw_phantom("COVID-19", rng, slices=PHANTOM_SLICES)
    write_series(drawn.hu, folder, pixel_mm=drawn.pixel_mm, slice_mm=5.0, style="ordered", rng=rng)
    return folder


def _reading(
    source: Path, volume: Volume, mask: Mask, lung_method: str, scratch: Path
) -> list[StageTimes]:
    """Reading, lungs and the store, each in ms per slice."""
    count = len(volume.hu)
    store, settings = SliceStore(scratch / "store"), PreprocessSettings(lung_method)
    key = store.key_for(source, settings)
    written = timed(lambda: store.write("scan", key, volume, mask, settings))[0]
    read = best(lambda: store.read("scan").arrays())
    plain_read = best(lambda: plain.read(source)) * 1e3 / count
    lungs = best(lambda: segment_lungs(volume.hu, lung_method, volume.spacing))
    return [
        StageTimes("reading files", plain_read, best(lambda: read_scan(source)) * 1e3 / count),
        StageTimes("lungs", _plain_lungs(volume, lung_method), lungs * 1e3 / count),
        StageTimes("store (kept for later runs)", None, (written + read) * 1e3 / count),
    ]


def _plain_lungs(volume: Volume, lung_method: str) -> float | None:
    """ms per slice of the literal watershed; None for other methods."""
    if not lung_method.startswith("watershed"):
        return None
    chosen = volume.hu[:: max(len(volume.hu) // PLAIN_LUNGS, 1)][:PLAIN_LUNGS]
    return timed(lambda: plain.segment(chosen))[0] * 1e3 / len(chosen)


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
