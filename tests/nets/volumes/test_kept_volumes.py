"""A scan's volume is made once; a damaged file, or one of another spec, is not believed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spgc.contract.scan import Scan
from spgc.errors import DataError
from spgc.nets.volumes.kept_volumes import KeptVolumes, packed, unpacked
from spgc.nets.volumes.volume_spec import PreparedVolume
from tests.nets.volumes.tiny_volumes import SPEC, scans, tiny_volume


class Counting:
    """`tiny_volume`, counted."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, scan: Scan) -> PreparedVolume:
        self.made += 1
        return tiny_volume(scan)


def test_a_volume_is_made_once_and_read_back_to_the_bit(tmp_path: Path) -> None:
    count = Counting()
    kept = KeptVolumes(dataclasses.replace(SPEC, prepare=count), tmp_path)
    ((case, scan),) = scans("CAP")
    empty = dataclasses.replace(scan, mask=np.zeros_like(scan.mask))
    first, again = (kept.prepared(case, empty) for _ in range(2))
    assert count.made == 1
    np.testing.assert_array_equal(first.volume, again.volume)
    assert (first.box, first.remark) == (again.box, again.remark)
    assert first.remark
    kept.prepared(case, scan)  # another key
    KeptVolumes(dataclasses.replace(SPEC, prepare=count, facts="others"), tmp_path).prepared(
        case, scan
    )
    assert count.made == 3
    assert kept.remarks == ()


@pytest.mark.parametrize("damage", ["a byte", "a shorter file", "another scan's"])
def test_a_damaged_volume_is_made_again_with_a_remark(damage: str, tmp_path: Path) -> None:
    count = Counting()
    kept = KeptVolumes(dataclasses.replace(SPEC, prepare=count), tmp_path)
    (one, first), (two, second) = scans("CAP", "COVID-19")
    wanted = kept.prepared(one, first)
    kept.prepared(two, second)
    path, other = kept.path(one, first.key), kept.path(two, second.key)
    assert path is not None
    assert other is not None
    content = path.read_bytes()
    if damage == "another scan's":
        path.write_bytes(other.read_bytes())
    else:
        changed = bytearray(content)
        changed[-9] ^= 1
        path.write_bytes(changed if damage == "a byte" else content[:-100])
    np.testing.assert_array_equal(kept.prepared(one, first).volume, wanted.volume)
    assert count.made == 3
    assert kept.remarks == ("cached volumes were damaged and computed again: c0",)
    assert path.read_bytes() == content


def test_packed_volumes_are_smaller_and_of_their_own_size() -> None:
    volume = np.zeros((2, 20, 20, 20), np.float16)
    volume[0, 5:15] = np.random.default_rng(0).random((10, 20, 20))
    small = packed(volume)
    assert small.nbytes < volume.nbytes / 2
    np.testing.assert_array_equal(unpacked(small, volume.shape), volume)
    for shape in ((2, 20, 20, 19), (2, 20, 20, 21)):
        with pytest.raises(ValueError, match=r"packed volume|another size"):
            unpacked(small, shape)
    for wrong in (small[:-9], np.zeros(40, np.uint8)):
        with pytest.raises(ValueError, match="not a packed volume"):
            unpacked(wrong, volume.shape)


def test_what_is_no_volume_for_the_networks_is_refused() -> None:
    ((case, scan),) = scans("CAP")

    def spoilt(scan: Scan) -> PreparedVolume:
        made = tiny_volume(scan)
        return dataclasses.replace(made, volume=made.volume * np.float16(np.nan))

    with pytest.raises(DataError, match=r"no volume for the networks \[c0\]"):
        KeptVolumes(dataclasses.replace(SPEC, prepare=spoilt), None).prepared(case, scan)


def test_clearing_leaves_other_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "volumes"
    kept = KeptVolumes(SPEC, folder)
    for case, scan in scans("CAP", "normal"):
        kept.prepared(case, scan)
    (folder / "mine.txt").write_text("mine")
    kept.clear()
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    kept.clear()
    assert not folder.exists()
    kept.clear()
