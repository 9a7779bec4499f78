"""Time each stage of prediction twice in one run: plainly written, and as spgc does it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spgc.bench import plain
from spgc.bench.flops import matrix_rate, slice_gflop
from spgc.contract.abilities import require
from spgc.ct.bits import Mask
from spgc.ct.lungs import segment_lungs
from spgc.ct.preprocess import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.jobs.machine import hardware, versions
from spgc.nets.device import Runtime, accelerator_name
from spgc.nets.engines.choice import Choice, build_engine, choose
from spgc.nets.engines.contract import Engine, HasNetworks, Networks, ScanBatch
from spgc.nets.slices.batches import slice_batches
from spgc.nets.slices.slice_places import position_inputs
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.registry import DEFAULT, system_named
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from torch import nn

T = TypeVar("T")

PHANTOM_SLICES = 24
PLAIN_LUNGS = 3
"""Slices that the literal watershed does: it takes above a second each."""
PLAIN_BATCH = 8
"""Slices that the plain networks do at once here; the paper's 64 would take half a minute."""


@dataclass(frozen=True)
class StageTimes:
    """Milliseconds per slice; `plain` is None for what the plain way does not have."""

    stage: str
    plain: float | None
    ours: float


@dataclass(frozen=True)
class Benchmark:
    """What was measured.

    rate: GFLOP/s of the machine's matrix product in the engine's precision; gflop: of one slice in
    all networks; start: seconds until the engine is ready; converted: the same the first time.
    """

    slices: int
    source: str
    choice: Choice
    stages: tuple[StageTimes, ...]
    rate: float
    gflop: float
    start: float
    converted: float

    @property
    def plain_total(self) -> float:
        """ms per slice of all plain stages."""
        return sum(s.plain or 0.0 for s in self.stages)

    @property
    def total(self) -> float:
        """ms per slice of all our stages, one after another on one core apart from the networks."""
        return sum(s.ours for s in self.stages)

    @property
    def network_rate(self) -> float:
        """GFLOP/s that the networks reach."""
        return self.gflop / self.stages[-1].ours * 1e3

    def as_dict(self) -> dict[str, Any]:
        """All of it, with hardware and versions."""
        return {
            "slices": self.slices,
            "source": self.source,
            "engine": vars(self.choice),
            "stages": [vars(stage) | {"unit": "ms per slice"} for stage in self.stages],
            "times_faster": self.plain_total / self.total,
            "gflop_per_slice": self.gflop,
            "network_gflops": self.network_rate,
            "matrix_gflops": self.rate,
            "engine_start_seconds": self.start,
            "engine_first_start_seconds": self.converted,
            "hardware": hardware(accelerator_name(self.choice.device)),
            "versions": dict(versions()),
        }


def measure(runtime: Runtime, folder: Path | None = None) -> Benchmark:
    """Time every stage on the series in `folder`, or on a drawn chest when that is None.

    The networks have random weights: speed does not depend on them. Raises UsageError for an
    engine, device or precision that can't be had, SeriesError for a folder without a series.
    """
    choice = choose(runtime)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = folder or _phantom(place / "phantom")
        volume = read_scan(source)
        mask = segment_lungs(volume.hu)
        stages = _reading(source, volume, mask, place)
        untrained = untrained_networks()
        sizes = untrained.sizes
        made = {name: untrained.load(name) for name in untrained.names}
        scaling, batches = _timed(lambda: _batches(volume, mask, sizes, choice))
        stages.append(StageTimes("scaling to 224 and 299", None, scaling * 1e3 / len(mask)))
        networks = replace(untrained, load=made.__getitem__)
        converted, engine = _timed(lambda: build_engine(choice, networks, place / "engines"))
        start, engine = _timed(lambda: build_engine(choice, networks, place / "engines"))
        ours = _best(lambda: _answer(engine, sizes, batches))
        ours *= 1e3 / sum(len(batch.owners) for batch in batches)
        stages.append(StageTimes("networks", _plain_networks(made, sizes, batches), ours))
    return Benchmark(
        slices=len(volume.hu),
        source=folder.name if folder else f"drawn chest ({SYNTHETIC})",
        choice=choice,
        stages=tuple(stages),
        rate=matrix_rate(choice.precision.replace("tf32", "fp32"), choice.device),
        gflop=slice_gflop(untrained),
        start=start,
        converted=converted,
    )


def untrained_networks() -> Networks:
    """The slice networks of the default system. Raises UsageError when it has none."""
    system = system_named(DEFAULT).create()
    timed = require(
        system,
        HasNetworks,
        "has no slice networks to time",
        expected="a system with slice networks",
        do="install one, such as cnr-iemn",
    )
    return timed.untrained_networks()


def _phantom(folder: Path) -> Path:
    from spgc.phantoms.dicom import write_series
    from spgc.phantoms.draw import draw_phantom

    rng = np.random.default_rng(0)
    drawn = draw_phantom("COVID-19", rng, slices=PHANTOM_SLICES)
    write_series(drawn.hu, folder, pixel_mm=drawn.pixel_mm, slice_mm=5.0, style="ordered", rng=rng)
    return folder


def _reading(source: Path, volume: Volume, mask: Mask, scratch: Path) -> list[StageTimes]:
    """Reading, lungs and the store, each in ms per slice."""
    count = len(volume.hu)
    chosen = volume.hu[:: max(count // PLAIN_LUNGS, 1)][:PLAIN_LUNGS]
    store, settings = SliceStore(scratch / "store"), PreprocessSettings()
    key = store.key_for(source, settings)
    written = _timed(lambda: store.write("scan", key, volume, mask, settings))[0]
    read = _best(lambda: store.read("scan").arrays())
    plain_read = _best(lambda: plain.read(source)) * 1e3 / count
    plain_lungs = _timed(lambda: plain.segment(chosen))[0] * 1e3 / len(chosen)
    lungs = _best(lambda: segment_lungs(volume.hu, settings.lung_method, volume.spacing))
    return [
        StageTimes("reading files", plain_read, _best(lambda: read_scan(source)) * 1e3 / count),
        StageTimes("lungs", plain_lungs, lungs * 1e3 / count),
        StageTimes("store (kept for later runs)", None, (written + read) * 1e3 / count),
    ]


def _batches(
    volume: Volume, mask: Mask, sizes: Mapping[str, int], choice: Choice
) -> list[ScanBatch]:
    """All slices, ready for the networks."""

    class Held:
        key, n_slices, spacing = "0", len(volume.hu), volume.spacing

        def arrays(self) -> Any:
            return volume.hu, mask

        def slice(self, index: int) -> Any:
            return volume.hu[index], mask[index]

    spec = SliceSpec(tuple(sizes))
    return list(slice_batches([("scan", Held())], sizes.values(), spec, choice.batch))


def _answer(engine: Engine, sizes: Mapping[str, int], batches: Sequence[ScanBatch]) -> None:
    for batch in batches:
        for name, size in sizes.items():
            engine.logits(name, batch.images[size], batch.positions, len(batch.owners))


def _plain_networks(
    networks: Mapping[str, nn.Module], sizes: Mapping[str, int], batches: Sequence[ScanBatch]
) -> float:
    """ms per slice, scaling included, of one plain batch after a first one that is not counted."""
    import torch

    plain_ones = {name: plain.plain_network(network) for name, network in networks.items()}
    hu = np.zeros((PLAIN_BATCH, 512, 512), np.int16)
    mask = np.ones(hu.shape, bool)
    places = [position_inputs(index, PLAIN_BATCH) for index in range(PLAIN_BATCH)]
    with torch.no_grad():
        plain.answer(plain_ones, sizes, hu[:2], mask[:2], places[:2])
        seconds, _ = _timed(lambda: plain.answer(plain_ones, sizes, hu, mask, places))
    return seconds * 1e3 / PLAIN_BATCH


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _best(work: Callable[[], Any], rounds: int = 2) -> float:
    return min(_timed(work)[0] for _ in range(rounds))
