"""Weights on disk: the same network gives the same bytes, and damage is named."""

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from spgc.errors import DataError, DiskFullError, ModelError
from spgc.nets.training import checkpoint
from spgc.nets.training.checkpoint import load_weights, save_weights
from tests.small_disk import small_disk

__all__ = ["small_disk"]

FACTS = {"fingerprint": "f", "backbone": "b", "x": "1", "y": "2", "z": "3"}


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Linear(3, 2)


def test_same_network_same_bytes(tmp_path: Path) -> None:
    """The model's hash stands in signatures: it must not change from one writing to the next."""
    contents = set()
    for number in range(12):
        save_weights(network(), tmp_path / str(number), FACTS)
        contents.add((tmp_path / str(number)).read_bytes())
    assert len(contents) == 1


def test_facts_come_back_with_the_weights(tmp_path: Path) -> None:
    save_weights(network(), tmp_path / "w", FACTS)
    other = torch.nn.Linear(3, 2)
    assert load_weights(other, tmp_path / "w") == FACTS
    assert torch.equal(other.weight, network().state_dict()["weight"])


@pytest.mark.parametrize("keep", [0, 7, 40, -1])
def test_cut_files_are_named(keep: int, tmp_path: Path) -> None:
    save_weights(network(), tmp_path / "w", FACTS)
    (tmp_path / "w").write_bytes((tmp_path / "w").read_bytes()[:keep])
    with pytest.raises(ModelError, match="weights file is damaged"):
        load_weights(network(), tmp_path / "w")


def test_another_network_is_named(tmp_path: Path) -> None:
    save_weights(torch.nn.Linear(5, 2), tmp_path / "w", FACTS)
    with pytest.raises(ModelError, match="of another network"):
        load_weights(network(), tmp_path / "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3e38])
def test_weights_that_are_no_numbers_are_refused(value: float, tmp_path: Path) -> None:
    """OpenVINO's ReLU makes 0 of NaN, where PyTorch passes it on to the answer."""
    broken = network()
    with torch.no_grad():
        broken.weight[1, 2] = value
    save_weights(broken, tmp_path / "w", FACTS)
    with pytest.raises(ModelError, match=r"not finite, or far too large.*found weight"):
        load_weights(network(), tmp_path / "w")


def test_everyone_who_may_read_files_may_read_weights(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    save_weights(network(), tmp_path / "w", FACTS)
    assert (tmp_path / "w").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    """A full disk is one clear error, and what was there stays."""
    save_weights(network(), tmp_path / "w", FACTS)
    old = (tmp_path / "w").read_bytes()

    def full(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise SafetensorError("Error while serializing: No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(DataError, match=r"can't write file .*No space left on device"):
        save_weights(network(), tmp_path / "w", FACTS)
    assert (tmp_path / "w").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


@pytest.mark.parametrize("place", [0.3, 0.6, 0.97])
def test_a_changed_bit_is_noticed(place: float, tmp_path: Path) -> None:
    """In numbers as well as in facts; safetensors itself would read it."""
    path = tmp_path / "w"
    save_weights(network(), path, FACTS)
    whole = bytearray(path.read_bytes())
    whole[int(place * len(whole))] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ModelError, match="damaged"):
        load_weights(network(), path)


def test_a_full_disk_says_so(small_disk: Path) -> None:
    big = torch.nn.Linear(1024, 1024)
    with pytest.raises(DiskFullError, match="no space left"):
        save_weights(big, small_disk / "w", FACTS)
    assert list(small_disk.iterdir()) == []
