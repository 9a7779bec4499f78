"""Arithmetic of a run: which precisions a device can do, tf32, and deterministic operations."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import torch

from spgc.errors import UsageError

PRECISIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cpu": ("fp32", "bf16"),
        "cuda": ("fp32", "tf32", "bf16", "fp16"),
        "mps": ("fp32", "bf16"),
    }
)
"""By device. fp16 needs its losses scaled, which is made for CUDA; tf32 is a mode of its cores."""


def check_precision(name: str, device: str) -> None:
    """UsageError when there is no such precision or `device` can't do it."""
    known = sorted({precision for names in PRECISIONS.values() for precision in names})
    if name not in known:
        raise UsageError("unknown precision", found=name, expected=" | ".join(known))
    if name not in PRECISIONS[device]:
        raise UsageError(
            f"{device} can't compute in {name}",
            expected=" | ".join(PRECISIONS[device]),
            do="choose another --precision, or --device cuda",
        )
    if device == "cuda" and name in ("bf16", "tf32"):
        _check_cuda(name)


def fastest_on_cuda() -> str:
    """The fastest precision of prediction that is sound on this GPU.

    bfloat16 from Ampere on. Before that (the paper's TITAN RTX is 7.5) float32: float16 is faster
    there, but its range is small, its answers were not checked, and some of these GPUs give NaN.
    """
    return "bf16" if _is_ampere() else "fp32"


def _is_ampere() -> bool:
    """Compute capability 8.0 or newer."""
    return torch.cuda.get_device_capability()[0] >= 8


def _check_cuda(name: str) -> None:
    if not _is_ampere():
        raise UsageError(
            f"this GPU can't compute in {name}",
            found=torch.cuda.get_device_name(),
            expected="compute capability 8.0 (Ampere) or newer",
            do="use --precision fp16 or fp32",
        )


@contextmanager
def float32_products(kind: str) -> Iterator[None]:
    """How CUDA multiplies float32: "ieee", or "tf32" with 10 bits of mantissa; then as before.

    torch's default is tf32 in convolutions and not in matrix products; here one name means one
    thing.
    """
    places = _products()
    before = [getattr(place, name) for place, name, _ in places]
    for place, name, values in places:
        setattr(place, name, values[kind])
    try:
        yield
    finally:
        for (place, name, _), value in zip(places, before, strict=True):
            setattr(place, name, value)


def _products() -> list[tuple[object, str, dict[str, object]]]:
    """Where this version of torch keeps the setting: object, attribute, value by kind."""
    matmul, conv = torch.backends.cuda.matmul, getattr(torch.backends.cudnn, "conv", None)
    if hasattr(conv, "fp32_precision"):  # torch 2.9 and newer
        words: dict[str, object] = {"ieee": "ieee", "tf32": "tf32"}
        return [(matmul, "fp32_precision", words), (conv, "fp32_precision", words)]
    flags: dict[str, object] = {"ieee": False, "tf32": True}
    return [(matmul, "allow_tf32", flags), (torch.backends.cudnn, "allow_tf32", flags)]


@contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Only operations that give the same bits each time; then as before."""
    if not wanted:
        yield
        return
    # cuBLAS reads it when it starts; without it torch refuses matrix products.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    cudnn = torch.backends.cudnn
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.deterministic,
        cudnn.benchmark,
    )
    torch.use_deterministic_algorithms(True)
    cudnn.deterministic, cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        cudnn.deterministic, cudnn.benchmark = before[2], before[3]
