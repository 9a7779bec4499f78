"""Facts of the machine: processor, memory, accelerator, package versions; found without torch."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spgc.jobs.cores import usable_cores

_AMX, _AMX_INT8 = "amx_bf16", "amx_int8"
_BF16_FLAGS = frozenset({"avx512_bf16", _AMX})
_INT8_FLAGS = frozenset({"avx_vnni", "avx512_vnni"})

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


@lru_cache(maxsize=1)
def has_bf16() -> bool:
    """Whether bfloat16 is faster than float32 here: the processor multiplies it in hardware.

    Read from /proc/cpuinfo; elsewhere the answer is no, since without the instructions bfloat16
    is emulated and several times slower than float32.
    """
    return bool(_BF16_FLAGS & _flags())


@lru_cache(maxsize=1)
def has_int8() -> bool:
    """Whether the processor multiplies 8-bit integers in hardware: VNNI or AMX."""
    return bool((_INT8_FLAGS | {_AMX_INT8}) & _flags())


@lru_cache(maxsize=1)
def int8_pays() -> bool:
    """Whether int8 is the fastest here: the processor multiplies it and has no AMX.

    With AMX bfloat16 takes as long as int8 and its second looks together, starts sooner and needs
    no quantised model (docs/performance.md).
    """
    return bool(_INT8_FLAGS & _flags()) and _AMX not in _flags()


def has_nvidia() -> bool:
    """Whether an NVIDIA driver is loaded."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


@lru_cache(maxsize=1)
def processor_name() -> str:
    """`AMD EPYC 9B14`, or what the platform calls it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _flags() -> set[str]:
    return set(_cpuinfo("flags").split())


def _cpuinfo(field: str) -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of those `packages` that are installed, by name."""
    found = {"python": platform.python_version()}
    for name in packages:
        if (release := installed_version(name)) is not None:
            found[name] = release
    return found


def installed_version(package: str) -> str | None:
    """The version of an installed distribution; None when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def hardware(accelerator: str | None = None) -> dict[str, Any]:
    """Processor, cores and memory; `accelerator` names the one that networks ran on, if any."""
    return {
        "processor": processor_name(),
        "cores": usable_cores(),
        "memory_gib": _memory_gib(),
        "accelerator": accelerator,
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


def reset_peak_memory() -> None:
    """Count `peak_memory` of this process from what it holds now (Linux); elsewhere does nothing.

    proc_pid_clear_refs(5): writing 5 resets the peak of the resident set.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory_gib() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return round(int(line.split()[1]) / 2**20, 1)
    except (OSError, ValueError, IndexError):
        pass
    return None
