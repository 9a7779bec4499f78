"""ImageNet weights from a folder, torchvision's cache or a download: stand-ins of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision import models

from spgc.errors import ModelError
from spgc.nets.slices.backbones import SPECS
from spgc.nets.slices.imagenet import (
    _modern,
    check_imagenet,
    unlike_published,
    weights_digest,
    weights_file,
)
from spgc.systems.cnr_iemn.config import BACKBONES
from spgc.systems.cnr_iemn.network import build_slice_net

FILES = {
    "resnext50": "resnext50_32x4d-7cdf4587.pth",
    "densenet161": "densenet161-8d451a50.pth",
    "inception_v3": "inception_v3_google-0cc3c7bd.pth",
    "wide_resnet50": "wide_resnet50_2-95faca4d.pth",
    "densenet121": "densenet121-a639ec97.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "resnet18": "resnet18-f37072fd.pth",
    "efficientnet_b5": "efficientnet_b5_lukemelas-1a07897c.pth",
    "efficientnet_b0": "efficientnet_b0_rwightman-7f5810bc.pth",
}
"""As torchvision publishes them."""


def published_form(name: str) -> dict[str, torch.Tensor]:
    """All tensors of a published file, head included, each of one value (which takes no disk).

    DenseNet's file is of 2017: `norm.1` for `norm1`, no counters of batches, no zip archive.
    """
    with torch.device("meta"):
        options = {"init_weights": False} if name == "inception_v3" else {}
        shapes = SPECS[name].build(weights=None, **options).state_dict()
    state = {
        key: (
            torch.tensor(0.01 * (number % 9)) if like.is_floating_point() else torch.tensor(3)
        ).expand(like.shape)
        for number, (key, like) in enumerate(shapes.items())
    }
    if not name.startswith("densenet"):
        return state
    old = {}
    for key, value in state.items():
        if "num_batches" not in key:
            for digit in "12":
                for word in ("norm", "conv"):
                    if "denselayer" in key:
                        key = key.replace(f".{word}{digit}.", f".{word}.{digit}.")
            old[key] = value
    return old


def write(folder: Path, names: tuple[str, ...] = BACKBONES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        torch.save(
            published_form(name),
            folder / FILES[name],
            _use_new_zipfile_serialization=not name.startswith("densenet"),
        )
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of torchvision's own cache, empty, on a machine without a network."""

    def offline(url: str, *_: object, **__: object) -> None:
        raise URLError(f"no route to {url}")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    return tmp_path / "torch/hub/checkpoints"


def same(loaded: Mapping[str, torch.Tensor], stored: Mapping[str, torch.Tensor]) -> None:
    stored = {_modern(key): value for key, value in stored.items()}
    for key, tensor in loaded.items():
        if "num_batches" not in key:
            assert torch.equal(tensor, stored[key]), key


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("own_folder", [False, True], ids=["cache", "folder"])
def test_every_tensor_comes_from_the_file(
    name: str, own_folder: bool, cache: Path, tmp_path: Path
) -> None:
    folder = write(tmp_path / "own" if own_folder else cache, (name,))
    network = build_slice_net(name, "imagenet", folder if own_folder else None)
    same(network.features.state_dict(), published_form(name))


def test_all_four_are_looked_at_together(cache: Path) -> None:
    write(cache)
    check_imagenet(BACKBONES, None)
    state = published_form("wide_resnet50")
    del state["layer4.2.conv3.weight"]
    torch.save(state, cache / FILES["wide_resnet50"])
    with pytest.raises(
        ModelError, match=r"do not fit wide_resnet50.*wide_resnet50_2-95faca4d.*1 t"
    ):
        check_imagenet(BACKBONES, None)


def test_without_a_network_one_line_says_which_files_to_bring(cache: Path) -> None:
    write(cache, ("resnext50", "inception_v3"))
    with pytest.raises(ModelError) as caught:
        check_imagenet(BACKBONES, None)
    line = str(caught.value)
    assert "can't download ImageNet weights" in line
    assert "densenet161-8d451a50.pth and wide_resnet50_2-95faca4d.pth" in line
    assert str(cache) in line
    assert "--weights none" in line
    assert "resnext50" not in line.partition("Do:")[2]


def test_a_folder_that_lacks_files_names_them_all(tmp_path: Path) -> None:
    write(tmp_path, ("densenet161",))
    with pytest.raises(ModelError, match="weights file missing") as caught:
        check_imagenet(BACKBONES, tmp_path)
    assert "resnext50_32x4d-7cdf4587.pth, inception_v3_google-0cc3c7bd.pth" in str(caught.value)


def test_a_download_is_checked_by_the_hash_in_its_name(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(url: str, path: str, prefix: str, *, progress: bool) -> None:
        asked.append((url.rsplit("/", 1)[-1], prefix))
        torch.save(published_form("densenet161"), path)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    check_imagenet(["densenet161"], None)
    assert asked == [(FILES["densenet161"], "8d451a50")]


def test_a_file_of_other_content_is_used_and_remarked_on(cache: Path) -> None:
    assert unlike_published(BACKBONES, None) == []  # nothing there
    assert weights_digest("resnext50", None) is None
    write(cache, ("resnext50",))
    (line,) = unlike_published(BACKBONES, None)
    digest = weights_digest("resnext50", None)
    assert digest is not None
    assert f"SHA-256 {digest[:8]}…, its name says 7cdf4587" in line
    assert weights_file("resnext50", None) == cache / FILES["resnext50"]


@pytest.mark.parametrize("content", [None, b"", b"<html>not found</html>"])
@pytest.mark.parametrize("own_folder", [False, True], ids=["cache", "folder"])
def test_no_silent_random_start(
    content: bytes | None, own_folder: bool, cache: Path, tmp_path: Path
) -> None:
    """A place without the file, or with something else in it, stops with a ModelError."""
    folder = tmp_path if own_folder else cache
    folder.mkdir(parents=True, exist_ok=True)
    if content is not None:
        (folder / FILES["resnext50"]).write_bytes(content)
    with pytest.raises(ModelError, match=r"weights file|can't download"):
        build_slice_net("resnext50", "imagenet", tmp_path if own_folder else None)


def test_values_that_are_not_finite_are_refused(cache: Path) -> None:
    write(cache, ("resnext50",))
    state = published_form("resnext50")
    state["conv1.weight"] = torch.full((64, 3, 7, 7), torch.nan)
    torch.save(state, cache / FILES["resnext50"])
    with pytest.raises(ModelError, match=r"not finite.*found conv1\.weight"):
        check_imagenet(["resnext50"], None)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    state = models.resnet18(weights=None).state_dict()
    torch.save(state, tmp_path / FILES["resnext50"])
    with pytest.raises(ModelError, match="do not fit resnext50"):
        build_slice_net("resnext50", "imagenet", tmp_path)


def test_todays_names_are_left_alone() -> None:
    with torch.device("meta"):
        names = models.densenet161(weights=None).state_dict()
    assert all(_modern(name) == name for name in names)
    assert _modern("features.denseblock1.denselayer1.norm.1.weight") == (
        "features.denseblock1.denselayer1.norm1.weight"
    )
