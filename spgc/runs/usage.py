"""What a run of prediction used and took: the block `run` of the record beside a submission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spgc.jobs.machine import hardware, peak_memory, versions
from spgc.jobs.stages import Stage
from spgc.nets.device import accelerator_name

OVERLAP = "Stages overlap and are summed over processes: they may add up to more than the run."


def run_report(
    seconds: float, scans: int, slices: int, stages: Iterable[Stage], device: str | None = None
) -> dict[str, Any]:
    """Seconds of the whole run, its stages, peak memory, hardware and versions.

    slices: of the answered scans; device: what the networks ran on, None when unknown.
    """
    return {
        "seconds": round(seconds, 2),
        "scans": scans,
        "slices": slices,
        "stages": [stage.as_dict() for stage in stages],
        "stages_note": OVERLAP,
        "peak_memory_gib": peak_memory(),
        "hardware": hardware(accelerator_name(device)),
        "versions": versions(),
    }
