"""What a run of prediction used and took: the block `run` of the record beside a submission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spgc.jobs.machine import hardware, peak_memory, versions
from spgc.jobs.stages import Stage
from spgc.nets.device import accelerator_name

OVERLAP = "Stages overlap and are summed over processes: they may add up to more than the run."


def run_report(
    seconds: float,
    scans: int,
    slices: int,
    stages: Iterable[Stage],
    device: str | None = None,
    spent: tuple[float, float] = (0.0, 0.0),
) -> dict[str, Any]:
    """Seconds of the whole run, its stages, peak memory, hardware and versions.

    slices: of the answered scans; device: what the networks ran on, None when unknown; spent: CPU
    seconds of this process when the run began and when it ended, without those that read for it.
    """
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": {"before": round(spent[0], 2), "during": round(spent[1] - spent[0], 2)},
        "scans": scans,
        "slices": slices,
        "stages": [stage.as_dict() for stage in stages],
        "stages_note": OVERLAP,
        "peak_memory_gib": peak_memory(),
        "hardware": hardware(accelerator_name(device)),
        "versions": versions(),
    }
