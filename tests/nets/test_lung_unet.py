"""R231 marks what its package marks, and runs on no file that is not one of its weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from spgc.errors import ModelError, SeriesError
from spgc.jobs.extras import has

if not has("lungs"):
    pytest.skip("needs what [lungs] brings", allow_module_level=True)

import torch

from spgc.nets.lung_unet import PLACE, WEIGHTS, LungUNet, open_lung_unet
from tests.nets.lung_bands import band_state, chest, write_bands

SPACING = (5.0, 2.5, 2.5)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bands(tmp_path_factory.mktemp("weights"))


@pytest.fixture(autouse=True)
def nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*words: object, **_: object) -> None:
        raise AssertionError(f"a download of {words}")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv(PLACE, raising=False)


def test_both_lungs_where_they_are(weights: Path) -> None:
    """Slice by slice from the head, in the scan's own pixels, neither turned nor mirrored."""
    hu, truth = chest(3)
    before = hu.copy()
    mask = open_lung_unet(weights)(hu, SPACING)
    assert (mask.dtype, mask.shape) == (np.bool_, hu.shape)
    for found, lungs in zip(mask, truth, strict=True):
        assert 2 * (found & lungs).sum() / (found.sum() + lungs.sum()) > 0.9
    np.testing.assert_array_equal(hu, before)


def test_the_same_as_the_package_itself(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which is given the scan as the image that it expects: first slice at the feet."""
    from lungmask import LMInferer
    from SimpleITK import GetImageFromArray

    hu, _ = chest(3, 96)
    hu = np.random.default_rng(0).normal(hu, 60).clip(-1024, 3000).astype(np.int16)
    mask = open_lung_unet(weights)(hu, SPACING)
    assert capsys.readouterr().out == ""
    theirs = LMInferer(modelpath=str(weights), force_cpu=True, tqdm_disable=True)
    image = GetImageFromArray(hu[::-1])
    image.SetSpacing(SPACING[::-1])
    np.testing.assert_array_equal(mask, theirs.apply(image)[::-1] > 0)
    assert mask.any()


def test_neither_cores_nor_copies_change_it(weights: Path) -> None:
    """Other processes get what a copy gets."""
    hu, _ = chest(2, 64)
    network = open_lung_unet(weights)
    before = torch.get_num_threads()
    one, two = network(hu, SPACING, 1), deepcopy(network)(hu, SPACING, 2)
    np.testing.assert_array_equal(one, two)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("shape", "value", "any_lung"),
    [((1, 64, 64), -850, True), ((2, 4, 4), -1000, False), ((1, 40, 90), 40, False)],
)
def test_awkward_scans(weights: Path, shape: tuple[int, ...], value: int, any_lung: bool) -> None:
    """A single slice, a few pixels, no square; no air, no lung: an answer and no error."""
    mask = open_lung_unet(weights)(np.full(shape, value, np.int16), SPACING)
    assert (mask.shape, bool(mask.any())) == (shape, any_lung)


def test_one_scan_that_fails_is_an_error_of_its_own(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as torch's own words for too little memory; a run goes on with the other scans."""

    def fail(*_: object) -> None:
        raise RuntimeError("can't allocate memory\nand much more")

    monkeypatch.setattr("lungmask.LMInferer.apply", fail)
    with pytest.raises(
        SeriesError, match="failed on this scan: found RuntimeError: can't allocate"
    ):
        open_lung_unet(weights)(chest(1, 32)[0], SPACING)


def test_importing_it_hides_no_warning(weights: Path) -> None:
    open_lung_unet(weights)(chest(1, 32)[0], SPACING)
    with pytest.warns(UserWarning, match="seen"):
        warnings.warn("seen", UserWarning, stacklevel=1)


def test_where_the_file_may_lie(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, its folder named, named by a variable, or in the cache that the package uses."""
    other = tmp_path / "other.pth"
    other.symlink_to(weights)
    assert open_lung_unet(other).path == other
    assert open_lung_unet(weights.parent).path == weights
    cached = tmp_path / "torch/hub/checkpoints" / WEIGHTS
    cached.parent.mkdir(parents=True)
    cached.symlink_to(weights)
    assert open_lung_unet().path == cached
    for place in (weights, weights.parent):
        monkeypatch.setenv(PLACE, str(place))
        assert open_lung_unet().path == weights


@pytest.mark.parametrize("named", [True, False])
def test_a_missing_file_is_one_line(tmp_path: Path, named: bool) -> None:
    with pytest.raises(ModelError, match=rf"are missing .*: expected {WEIGHTS}. Do: download http"):
        open_lung_unet(tmp_path if named else None)


def test_another_file_is_another_method(weights: Path, tmp_path: Path) -> None:
    """Its hash is what tells one from the other; a name that promises another content is noted."""
    state = band_state()
    state["last.bias"][1] = 0.5
    torch.save(state, tmp_path / WEIGHTS)
    one, other = open_lung_unet(weights), open_lung_unet(tmp_path)
    assert one.sha256 != other.sha256
    assert "is not the published unet_r231-d5d2fc3d.pth" in str(other.remark)
    assert LungUNet(weights, "d5d2fc3d" + "0" * 56).remark is None


def without(state: dict[str, torch.Tensor]) -> object:
    return {name: tensor for name, tensor in state.items() if name != "last.bias"}


def resized(state: dict[str, torch.Tensor]) -> object:
    """As the network of lobes has it."""
    return state | {"last.weight": torch.zeros(6, 64, 1, 1), "last.bias": torch.zeros(6)}


def endless(state: dict[str, torch.Tensor]) -> object:
    """One number that claims to be a million: a network made to fit it would fill the memory."""
    return state | {"last.bias": torch.zeros(1).expand(10**9)}


def infinite(state: dict[str, torch.Tensor]) -> object:
    return state | {"last.bias": torch.tensor([0.0, 0.0, float("nan")])}


def turned(state: dict[str, torch.Tensor]) -> object:
    """The package takes the number of classes from the last."""
    return dict(reversed(state.items()))


class Running:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return exec, ("raise SystemExit('it ran')",)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (without, "1 of .* tensors missing"),
        (resized, "2 tensors of another shape"),
        (endless, "1 tensors of another shape"),
        (lambda state: state | {"more": torch.zeros(1)}, "1 tensors of another shape or name"),
        (infinite, "values that are not finite"),
        (turned, "tensors in another order"),
        (lambda _: [1, 2, 3], "TypeError"),
        (lambda _: {"a": Running()}, "UnpicklingError"),
    ],
)
def test_another_content_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, torch.Tensor]], object], found: str
) -> None:
    torch.save(spoil(band_state()), tmp_path / WEIGHTS)
    with pytest.raises(ModelError, match=rf"does not fit lung method r231 .*: found {found}"):
        open_lung_unet(tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"\x80\x02}q\x00."])
def test_what_is_no_file_of_tensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="does not fit lung method r231"):
        open_lung_unet(tmp_path)


def test_a_file_that_changes_during_the_work_is_an_error(tmp_path: Path) -> None:
    network = open_lung_unet(write_bands(tmp_path))
    state = band_state()
    state["last.bias"][1] = 0.5
    torch.save(state, tmp_path / WEIGHTS)
    with pytest.raises(ModelError, match="have changed"):
        network(chest(1, 32)[0], SPACING)
