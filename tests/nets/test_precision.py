"""Precisions: what a device can't do is said; settings come back; fp16's scale is saved."""

import dataclasses
from pathlib import Path
from types import MappingProxyType

import pytest
import torch

from spgc.errors import UsageError
from spgc.nets import precision as numerics
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.precision import deterministic, float32_products
from spgc.nets.training import recorder
from tests.nets.training import tiny_training as tiny
from tests.nets.training.test_training import StoppedError, stop_after


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        ("fp16", "cpu can't compute in fp16: expected fp32 | bf16"),
        ("tf32", "cpu can't compute in tf32: expected fp32 | bf16"),
        ("fp8", "unknown precision: found fp8, expected bf16 | fp16 | fp32 | tf32"),
    ],
)
def test_what_the_device_cannot_do(precision: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Runtime("cpu", precision).torch_device()
    assert str(caught.value).startswith(message)


def test_an_old_gpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla T4")
    with pytest.raises(UsageError, match=r"this GPU can't compute in bf16: found Tesla T4"):
        numerics.check_precision("bf16", "cuda")
    numerics.check_precision("fp16", "cuda")


@pytest.mark.parametrize(
    ("capability", "precision"), [((7, 5), "fp32"), ((6, 1), "fp32"), ((8, 0), "bf16")]
)
def test_auto_is_what_the_gpu_can_do(
    capability: tuple[int, int], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paper's TITAN RTX is 7.5: what auto chooses must not be refused afterwards."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    chosen = choose(Runtime("cuda", "auto", engine="torch"))
    assert (chosen.device, chosen.precision) == ("cuda", precision)
    assert Runtime("cuda", chosen.precision).torch_device().type == "cuda"


@pytest.mark.parametrize(
    "fields", [{"micro_batch": 0}, {"evaluate_every": 0}, {"workers": -2}], ids=str
)
def test_senseless_settings(fields: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="is too small"):
        Runtime("cpu", **fields)  # type: ignore[arg-type]


def test_float32_products_are_put_back() -> None:
    places = numerics._products()
    before = [getattr(place, name) for place, name, _ in places]
    for kind in ("tf32", "ieee"):
        with float32_products(kind):
            assert all(getattr(place, name) == values[kind] for place, name, values in places)
        assert [getattr(place, name) for place, name, _ in places] == before


def test_deterministic_operations_are_asked_for() -> None:
    with deterministic(True):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.backends.cudnn.deterministic
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.deterministic


def test_bf16_computes_in_16_bits() -> None:
    runtime = Runtime("cpu", "bf16")
    layer = torch.nn.Linear(4, 4)
    with runtime.autocast():
        assert layer(torch.rand(2, 4)).dtype == torch.bfloat16
    assert layer(torch.rand(2, 4)).dtype == torch.float32


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_mixed_precision_learns_and_resumes(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the CPU, where fp16 is let through for the test alone: with its scaled losses."""
    tiny.known(monkeypatch)
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(numerics, "PRECISIONS", MappingProxyType({"cpu": ("bf16", "fp16")}))
    start = tiny.train(
        tmp_path / "start", dataclasses.replace(tiny.CONFIG, learning_rate=0.0), precision=precision
    )
    whole = tiny.train(tmp_path / "whole", precision=precision)
    assert not torch.equal(start.class_head.weight, whole.class_head.weight)
    for steps in (3, 2):
        with pytest.raises(StoppedError):
            tiny.train(tmp_path / "parts", track=stop_after(steps), precision=precision)
    tiny.train(tmp_path / "parts", precision=precision)
    one, other = (tmp_path / name / "tiny.safetensors" for name in ("whole", "parts"))
    assert one.read_bytes() == other.read_bytes()
