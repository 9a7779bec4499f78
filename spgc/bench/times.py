"""What a benchmark measured: stages of prediction, ways of running the networks, a whole scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spgc.jobs.machine import hardware, versions
from spgc.nets.device import accelerator_name
from spgc.nets.engines.choice import Choice
from spgc.nets.engines.int8 import AGAIN


@dataclass(frozen=True)
class StageTimes:
    """Milliseconds per slice; `plain` is None for what the plain way does not have.

    networks: whether it is done only for the slices that the networks are shown.
    """

    stage: str
    plain: float | None
    ours: float
    networks: bool = False


@dataclass(frozen=True)
class Way:
    """Milliseconds per slice of all networks, run by an engine in a precision."""

    engine: str
    precision: str
    ms: float


@dataclass(frozen=True)
class Beside:
    """Our stages beside busy processes: how many of these, and seconds of the engine's start."""

    processes: int
    stages: tuple[StageTimes, ...]
    start: float


@dataclass(frozen=True)
class Benchmark:
    """What was measured.

    system: its name, and `options` as asked for; rate: GFLOP/s of the machine's matrix product in
    the engine's precision; gflop: of one slice in all networks; start: seconds until the engine is
    ready; converted: the same the first time; peak_gib: memory of this process at its highest
    while the engine was made and answered, None where the system does not say; scan: slices of the
    scan that seconds are said for, of which the networks are shown `shown`; ways: the networks in
    every precision, if asked for; volumes: whether they are shown a scan as one volume; beside: our
    stages beside busy processes, if asked for.
    """

    system: str
    options: dict[str, str]
    slices: int
    source: str
    choice: Choice
    stages: tuple[StageTimes, ...]
    rate: float
    gflop: float
    start: float
    converted: float
    scan: int
    shown: int
    peak_gib: float | None = None
    ways: tuple[Way, ...] = ()
    volumes: bool = False
    beside: Beside | None = None

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

    @property
    def seconds(self) -> float:
        """Of a whole scan, one stage after another, without the start of the engine."""
        return sum(s.ours * self._slices_of(s) for s in self.stages) / 1e3

    @property
    def plain_seconds(self) -> float:
        """The same of the plain way."""
        return sum((s.plain or 0.0) * self._slices_of(s) for s in self.stages) / 1e3

    def _slices_of(self, stage: StageTimes) -> int:
        return self.shown if stage.networks else self.scan

    @property
    def slowed(self) -> list[tuple[str, float, float]]:
        """Each stage of ours with its ms per slice alone and beside the busy processes, and their
        sum."""
        if self.beside is None:
            return []
        pairs = list(zip(self.stages, self.beside.stages, strict=True))
        rows = [(one.stage, one.ours, other.ours) for one, other in pairs]
        return [*rows, ("one after another", self.total, sum(row[2] for row in rows))]

    def times_faster(self, way: Way) -> float:
        """Than the plain networks, which make their inputs in the same step."""
        plain = sum(s.plain or 0.0 for s in self.stages if s.networks)
        return plain / (self.inputs + self.ms_of(way))

    def ms_of(self, way: Way) -> float:
        """ms per slice; of int8 with as many second looks in float32 as there can be."""
        exact = next((w.ms for w in self.ways if w.precision == "fp32"), 0.0)
        return way.ms + (AGAIN[1] * exact if way.precision == "int8" else 0.0)

    @property
    def inputs(self) -> float:
        """ms per slice that our inputs of the networks take."""
        return sum(s.ours for s in self.stages[:-1] if s.networks)

    def as_dict(self) -> dict[str, Any]:
        """All of it, with hardware and versions."""
        return {
            "system": self.system,
            "options": self.options,
            "slices": self.slices,
            "source": self.source,
            "engine": vars(self.choice),
            "stages": [_stage_dict(stage) for stage in self.stages],
            "times_faster": self.plain_total / self.total,
            "scan": {
                "slices": self.scan,
                "shown_to_networks": self.shown,
                "seconds": self.seconds,
                "plain_seconds": self.plain_seconds,
            },
            "networks": [
                vars(way) | {"with_second_looks": self.ms_of(way), "times": self.times_faster(way)}
                for way in self.ways
            ],
            "beside": self._beside_dict(),
            "peak_memory_gib": self.peak_gib,
            "gflop_per_slice": self.gflop,
            "gflop_per_volume": self.gflop * self.shown if self.volumes else None,
            "network_gflops": self.network_rate,
            "matrix_gflops": self.rate,
            "engine_start_seconds": self.start,
            "engine_first_start_seconds": self.converted,
            "hardware": hardware(accelerator_name(self.choice.device)),
            "versions": dict(versions()),
        }

    def _beside_dict(self) -> dict[str, Any] | None:
        if self.beside is None:
            return None
        return {
            "busy_processes": self.beside.processes,
            "engine_start_seconds": self.beside.start,
            "stages": [
                {"stage": name, "alone": alone, "beside": ours, "times_slower": ours / alone}
                for name, alone, ours in self.slowed
            ],
        }


def _stage_dict(stage: StageTimes) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "plain": stage.plain,
        "ours": stage.ours,
        "unit": "ms per slice",
        "of": "slices shown to the networks" if stage.networks else "all slices",
    }
