"""What the processor offers, found without importing torch."""

from __future__ import annotations

import platform
import shutil
from functools import lru_cache
from pathlib import Path

_AMX = "amx_bf16"
_BF16_FLAGS = frozenset({"avx512_bf16", _AMX})
_INT8_FLAGS = frozenset({"avx_vnni", "avx512_vnni"})


@lru_cache(maxsize=1)
def has_bf16() -> bool:
    """Whether bfloat16 is faster than float32 here: the processor multiplies it in hardware.

    Read from /proc/cpuinfo; elsewhere the answer is no, since without the instructions bfloat16
    is emulated and several times slower than float32.
    """
    return bool(_BF16_FLAGS & _flags())


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
