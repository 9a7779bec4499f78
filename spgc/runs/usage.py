"""What a run of prediction used and took: the block `run` of the record beside a submission."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spgc.jobs.cores import usable_cores
from spgc.jobs.machine import processor_name
from spgc.jobs.stages import Stage

PACKAGES = (
    "spgc",
    "numpy",
    "scipy",
    "scikit-image",
    "pydicom",
    "imagecodecs",
    "zarr",
    "torch",
    "torchvision",
    "openvino",
    "xgboost",
    "scikit-learn",
)
"""Packages that answers or speed may depend on."""

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
        "hardware": hardware(device),
        "versions": versions(),
    }


def versions() -> Mapping[str, str]:
    """Versions of Python and of the installed `PACKAGES`."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def hardware(device: str | None = None) -> dict[str, Any]:
    """Processor, cores and memory; the accelerator where the networks ran on one."""
    return {
        "processor": processor_name(),
        "cores": usable_cores(),
        "memory_gib": _memory_gib(),
        "accelerator": _accelerator(device),
        "system": f"{platform.system()} {platform.machine()}",
    }


def peak_memory() -> dict[str, float] | None:
    """GiB at the peak: of this process, and of the largest of those that it started.

    None where the system does not tell (Windows).
    """
    try:
        import resource
    except ImportError:
        return None
    unit = 2**30 if sys.platform == "darwin" else 2**20
    own, children = (
        resource.getrusage(who).ru_maxrss / unit
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"this_process": round(own, 2), "largest_child": round(children, 2)}


def _memory_gib() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return round(int(line.split()[1]) / 2**20, 1)
    except (OSError, ValueError, IndexError):
        pass
    return None


def _accelerator(device: str | None) -> str | None:
    if device in (None, "cpu"):
        return None
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    return device
