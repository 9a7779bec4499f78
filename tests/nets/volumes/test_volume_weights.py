"""First weights of 3-D ResNets: stand-ins with the published names, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor
from torchvision import models
from torchvision.models.video import r3d_18

from spgc.errors import ModelError
from spgc.nets.training.checkpoint import save_weights
from spgc.nets.training.start import RandomStart
from spgc.nets.volumes.residual_blocks import BlockStyle
from spgc.nets.volumes.resnet3d import KINETICS_STEM, Body, VolumeResNet, body_tensors
from spgc.nets.volumes.volume_weights import (
    StageWeights,
    VolumeWeights,
    load_body,
    load_stage,
    weights_of,
)
from tests.nets.volumes.random_state import used

State = dict[str, Tensor]

MEDICAL = Body(18, 2, style=BlockStyle(padded=True))


def medicalnet_18() -> State:
    """The names and sizes of MedicalNet's ResNet-18, written out: no shortcut has a tensor."""
    torch.manual_seed(7)
    sizes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 1, 7, 7, 7)}
    norms = {"bn1": 64}
    width = 64
    for stage, planes in enumerate((64, 128, 256, 512), 1):
        for block in (0, 1):
            at = f"layer{stage}.{block}"
            sizes[f"{at}.conv1.weight"] = (planes, width, 3, 3, 3)
            sizes[f"{at}.conv2.weight"] = (planes, planes, 3, 3, 3)
            norms |= {f"{at}.bn1": planes, f"{at}.bn2": planes}
            width = planes
    for name, count in norms.items():
        for tensor in ("weight", "bias", "running_mean", "running_var"):
            sizes[f"{name}.{tensor}"] = (count,)
    return {name: torch.rand(1).expand(size).clone() for name, size in sizes.items()}


def write_medicalnet(
    folder: Path, change: Callable[[State], object] = lambda _: None, wrapped: bool = True
) -> Path:
    """The file as Tencent's: from a network in DataParallel, under `state_dict`, with its head."""
    state = {f"module.{name}": tensor for name, tensor in medicalnet_18().items()}
    state["module.conv_seg.0.weight"] = torch.rand(2, 2)
    change(state)
    path = folder / "resnet_18_23dataset.pth"
    torch.save({"epoch": 3, "state_dict": state} if wrapped else state, path)
    return path


@pytest.mark.parametrize("wrapped", [True, False])
def test_every_tensor_comes_from_medicalnets_file(tmp_path: Path, wrapped: bool) -> None:
    write_medicalnet(tmp_path, wrapped=wrapped)
    network = VolumeResNet(MEDICAL, 3)
    load_body(network, "medicalnet", tmp_path)
    stored, found = medicalnet_18(), body_tensors(network)
    first = found.pop("conv1.weight")
    assert torch.equal(first[:, :1], stored["conv1.weight"])
    assert first[:, 1].abs().max() == 0
    for name, tensor in found.items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(tensor, stored[name]), name


def test_the_names_of_the_deeper_ones_are_ours(tmp_path: Path) -> None:
    """MedicalNet's ResNet-50 has a convolution and a norm in the first block of each stage."""
    body = Body(50)
    with torch.device("meta"):
        names = body_tensors(VolumeResNet(body, 3))
    for stage, count in ((1, 3), (2, 4), (3, 6), (4, 3)):
        assert f"layer{stage}.0.downsample.0.weight" in names
        assert f"layer{stage}.0.downsample.1.running_var" in names
        assert f"layer{stage}.{count - 1}.conv3.weight" in names
        assert f"layer{stage}.{count}.conv1.weight" not in names


def no_tensor(state: State) -> None:
    del state["module.layer2.1.bn2.running_var"]


def wrong_size(state: State) -> None:
    state["module.layer3.0.conv1.weight"] = torch.zeros(256, 128, 3, 3, 1)


def foreign(state: State) -> None:
    state["module.layer5.0.conv1.weight"] = torch.zeros(1)


def no_number(state: State) -> None:
    state["module.bn1.weight"] = torch.full((64,), float("nan"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_tensor, r"lacks a tensor.*no layer2\.1\.bn2\.running_var"),
        (wrong_size, r"another size.*layer3\.0\.conv1\.weight of 256 × 128 × 3 × 3 × 1.*× 3 × 3"),
        (foreign, r"has not.*layer5\.0\.conv1\.weight"),
        (no_number, r"not finite.*bn1\.weight"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(
    tmp_path: Path, change: Callable[[State], object], message: str
) -> None:
    write_medicalnet(tmp_path, change)
    with pytest.raises(ModelError, match=message):
        load_body(VolumeResNet(MEDICAL, 3), "medicalnet", tmp_path)


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, made: Path) -> None:
        self._made = made

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._made,)


@pytest.mark.parametrize("content", ["pickle", "torch", "text", "empty"])
def test_a_file_of_anything_else_is_refused_and_nothing_runs(tmp_path: Path, content: str) -> None:
    path, hostile = tmp_path / "resnet_18.pth", Hostile(tmp_path / "unpickled")
    if content == "torch":
        torch.save({"state_dict": {"conv1.weight": hostile}}, path)
    else:
        made = {"pickle": pickle.dumps(hostile), "text": b"weights", "empty": b""}[content]
        path.write_bytes(made)
    with pytest.raises(ModelError, match=r"can't be read.*resnet_18_23dataset\.pth or resnet_18"):
        load_body(VolumeResNet(MEDICAL, 3), "medicalnet", tmp_path)
    assert not (tmp_path / "unpickled").exists()


def test_a_file_without_tensors_by_name_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "resnet_18.pth")
    with pytest.raises(ModelError, match="no tensors by name"):
        load_body(VolumeResNet(MEDICAL, 3), "medicalnet", tmp_path)


@pytest.mark.parametrize("folder", [True, False])
def test_a_missing_file_is_named(tmp_path: Path, folder: bool) -> None:
    with pytest.raises(ModelError, match=r"missing.*resnet_18_23dataset\.pth or resnet_18\.pth"):
        load_body(VolumeResNet(MEDICAL, 3), "medicalnet", tmp_path if folder else None)


def test_imagenet_and_kinetics_come_from_files_named_as_torchvisions(tmp_path: Path) -> None:
    torch.manual_seed(5)
    flat, video = used(models.resnet18(weights=None)), used(r3d_18(weights=None))
    torch.save(flat.state_dict(), tmp_path / "resnet18-f37072fd.pth")
    torch.save(video.state_dict(), tmp_path / "r3d_18-b3b3357e.pth")
    from_flat = VolumeResNet(Body(18), 3)
    load_body(from_flat, "imagenet", tmp_path)
    expected = flat.conv1.weight.sum(dim=1)
    torch.testing.assert_close(from_flat.conv1.weight.sum(dim=(1, 2)), expected)
    from_video = VolumeResNet(Body(18, 3, KINETICS_STEM), 3)
    load_body(from_video, "kinetics", tmp_path)
    assert torch.equal(from_video.conv1.weight, video.stem[0].weight)


def test_kinetics_and_imagenet_weights_that_can_not_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(url: str, *_: object, **__: object) -> None:
        raise URLError(f"no route to {url}")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    for kind, name in (("kinetics", "r3d_18-b3b3357e"), ("imagenet", "resnet18-f37072fd")):
        with pytest.raises(ModelError, match=rf"can't download.*{name}\.pth.*--weights none"):
            VolumeWeights(kind, Body(18), None).fetch()
        with pytest.raises(ModelError, match=rf"missing.*{name}\.pth"):
            VolumeWeights(kind, Body(18), tmp_path).fetch()


def test_a_stage_starts_from_another_with_other_classes(tmp_path: Path) -> None:
    """Body and normalisation come along, the head does not; a digest stands for its training."""
    torch.manual_seed(6)
    before = used(VolumeResNet(Body(18), 3, mean=(0.3,)))
    path = tmp_path / "stage1.safetensors"
    assert StageWeights(path).digest() is None
    save_weights(before, path, {"fingerprint": "abc"})
    after = VolumeResNet(Body(18), 2)
    head = after.fc.weight.detach().clone()
    load_stage(after, path)
    for name, tensor in body_tensors(before).items():
        assert torch.equal(tensor, body_tensors(after)[name]), name
    assert torch.equal(after.mean, before.mean)
    assert torch.equal(after.fc.weight, head)
    assert StageWeights(path).digest() == "abc"


def test_a_random_start_needs_no_file() -> None:
    assert isinstance(weights_of("none", Body(18), None), RandomStart)
    load_body(VolumeResNet(Body(18), 3), "none", None)
