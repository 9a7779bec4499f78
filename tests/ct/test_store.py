"""A stored scan is whole or not there, comes back as it was, and is redone when input changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr

from spgc.ct.preprocess import preprocess
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.ct.store_entry import write_entry
from spgc.errors import DiskFullError, StoreError
from spgc.files.drafts import DEAD_SECONDS
from tests.ct.dicom_files import images, write_scan
from tests.ct.stored_volume import HU, MASK, VOLUME, Settings, every_file, store
from tests.small_disk import small_disk

__all__ = ["small_disk", "store"]


HOSTILE = ["../up", "/etc/passwd", "..", ".", "a/../../b", "C:\\x", "nul\0l", "x" * 300, "é ü", ""]


def test_round_trip(store: SliceStore) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    scan = store.read("P001")
    assert (scan.case_id, scan.key, scan.n_slices) == ("P001", "key", 4)
    assert (scan.spacing, scan.notes) == (VOLUME.spacing, VOLUME.notes)
    np.testing.assert_array_equal(scan.positions, VOLUME.positions)
    hu, mask = scan.arrays()
    assert (hu.dtype, mask.dtype) == (np.int16, np.bool_)
    np.testing.assert_array_equal(hu, HU)
    np.testing.assert_array_equal(mask, MASK)
    for index in range(4):
        hu, mask = scan.slice(index)
        np.testing.assert_array_equal(hu, HU[index])
        np.testing.assert_array_equal(mask, MASK[index])


def test_a_whole_scan_is_the_one_that_is_read(store: SliceStore, tmp_path: Path) -> None:
    """Under another path of the store it goes by that."""
    assert store.whole("P001", "key") is None
    store.write("P001", "key", VOLUME, MASK, Settings())
    (tmp_path / "link").symlink_to(store.root)
    for same in (store, SliceStore(tmp_path / "link")):
        found = store.whole("P001", "key")
        assert found is not None
        scan, read = same.by_its_paths(found), same.read("P001", "key")
        assert (scan.mask, scan.volume) == (read.mask, read.volume)
        assert (scan.spacing, scan.notes) == (read.spacing, read.notes)
        np.testing.assert_array_equal(scan.positions, read.positions)


@pytest.mark.parametrize("index", [-1, 4])
def test_no_such_slice(store: SliceStore, index: int) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    with pytest.raises(StoreError, match="0 to 3"):
        store.read("P001").slice(index)


def test_any_zarr_reader_can_open_it(store: SliceStore) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    scan = store.read("P001")
    for entry, name, array in ((scan.volume, "hu", HU), (scan.mask, "mask", MASK)):
        group = zarr.open_group(entry.folder / "arrays.zarr", mode="r")
        assert [found for found, _ in group.arrays()] == [name]
        assert group[name].chunks == (1, 16, 16)
        np.testing.assert_array_equal(group[name][:], array)


def test_fresh_means_the_same_key(store: SliceStore) -> None:
    assert not store.fresh("P001", "key")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")
    assert not store.fresh("P001", "other")


def test_key_follows_content_names_and_settings(store: SliceStore, tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", HU)
    key = store.key_for(folder, Settings())
    assert key == store.key_for(shutil.copytree(folder, tmp_path / "copy"), Settings())
    assert key != store.key_for(folder, Settings("two"))
    (folder / ".DS_Store").write_bytes(b"stray")
    assert key == store.key_for(folder, Settings())
    path = folder / "IM0002.dcm"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    changed = store.key_for(folder, Settings())
    assert changed != key
    path.rename(folder / "IM0009.dcm")
    assert store.key_for(folder, Settings()) not in (key, changed)


def test_writing_again_replaces(store: SliceStore) -> None:
    other = replace(VOLUME, hu=HU + 1)
    store.write("P001", "same-old", VOLUME, MASK, Settings())
    store.write("P001", "same-new", other, ~MASK, Settings())
    assert store.read("P001").key == "same-new"
    np.testing.assert_array_equal(store.read("P001").arrays(), [HU + 1, ~MASK])
    assert len(list((store.root / "scans").glob("*/*"))) == 1
    assert len(list((store.root / "volumes").glob("*/*"))) == 1
    assert list((store.root / ".drafts").iterdir()) == []


def test_a_method_does_not_push_out_another(store: SliceStore) -> None:
    store.write("P001", "one-files", VOLUME, MASK, Settings())
    store.write("P001", "two-files", VOLUME, ~MASK, Settings("two"))
    assert store.fresh("P001", "one-files")
    np.testing.assert_array_equal(store.read("P001", "one-files").arrays()[1], MASK)
    np.testing.assert_array_equal(store.read("P001", "two-files").arrays()[1], ~MASK)
    assert store.cases() == ("P001",)


def test_without_key_the_last_written_is_read(store: SliceStore) -> None:
    store.write("P001", "one-files", VOLUME, MASK, Settings())
    store.write("P001", "two-files", VOLUME, MASK, Settings("two"))
    folder = store.read("P001", "one-files").folder
    later = folder.stat().st_mtime + 60
    os.utime(folder, (later, later))
    assert store.read("P001").key == "one-files"


@pytest.mark.parametrize("damaged", [False, True])
def test_another_process_may_finish_first(
    store: SliceStore, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    rename, raced = Path.rename, []

    def late(self: Path, target: Path) -> Path:
        if self.parent.name == ".drafts" and not raced:  # just before the draft moves in
            raced.append(True)
            SliceStore(store.root).write("P001", "key", VOLUME, MASK, Settings())
            if damaged:
                shutil.rmtree(store.read("P001").volume.folder / "arrays.zarr")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert raced
    np.testing.assert_array_equal(store.read("P001").arrays()[1], MASK)
    assert list((store.root / ".drafts").iterdir()) == []


def test_claim_is_one_processes_until_released(store: SliceStore) -> None:
    other = SliceStore(store.root)
    assert store.claim("P001", "key")
    assert not other.claim("P001", "key")
    assert other.claim("P001", "other")
    assert other.claim("P002", "key")
    store.release("P001", "key")
    assert other.claim("P001", "key")


@pytest.mark.parametrize("part", ["volume", "mask"])
@pytest.mark.parametrize("arrays", ["arrays.zarr", ""])
def test_scan_without_arrays_is_not_fresh(store: SliceStore, part: str, arrays: str) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    shutil.rmtree(getattr(store.read("P001"), part).folder / arrays)
    assert not store.fresh("P001", "key")
    with pytest.raises(StoreError):
        store.read("P001", "key").slice(0)
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")


def test_cases_are_listed(store: SliceStore) -> None:
    assert store.cases() == ()
    for case in ("P002", "p002", "P001"):
        store.write(case, "key", VOLUME, MASK, Settings())
    assert store.cases() == ("P001", "P002", "p002")


def test_interrupted_write_leaves_nothing(
    store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SliceStore, "_move_in", stop)
    with pytest.raises(KeyboardInterrupt):
        store.write("P001", "key", VOLUME, MASK, Settings())
    monkeypatch.undo()
    assert store.cases() == ()
    assert not store.fresh("P001", "key")


def test_old_leftovers_are_swept_and_young_ones_kept(store: SliceStore) -> None:
    drafts = store.root / ".drafts"
    for name in ("dead", "young", "claim-dead", "still-growing"):
        (drafts / name / "arrays.zarr").mkdir(parents=True)
    long_ago = (drafts / "dead").stat().st_mtime - 2 * DEAD_SECONDS
    for path in ("dead/arrays.zarr", "dead", "claim-dead/arrays.zarr", "claim-dead"):
        os.utime(drafts / path, (long_ago, long_ago))
    os.utime(drafts / "still-growing", (long_ago, long_ago))
    store.sweep()
    assert sorted(path.name for path in drafts.iterdir()) == ["still-growing", "young"]


@pytest.mark.parametrize("part", ["volumes", "scans"])
def test_writer_whose_draft_was_swept_stores_nothing(
    store: SliceStore, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """A process that slept for longer than drafts may live."""
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        if target.parent.parent.name == part:
            monkeypatch.undo()
            for path in (self, *self.rglob("*")):
                os.utime(path, (0, 0))
            SliceStore(store.root).sweep()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(StoreError, match="can't write"):
        store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.cases() == ()


def test_full_disk_is_a_clear_error(store: SliceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spgc.ct.store_entry.write_arrays", full)
    with pytest.raises(DiskFullError, match=r"MB free.*No space left on device"):
        store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.cases() == ()


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_case_ids_stay_inside(store: SliceStore, tmp_path: Path, case: str) -> None:
    store.write(case, "key", VOLUME, MASK, Settings())
    assert store.read(case).case_id == case
    assert store.cases() == (case,)
    assert store.read(case).folder.parents[1] == store.root / "scans"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_missing_scan(store: SliceStore) -> None:
    with pytest.raises(StoreError, match=r"not in the slice store.*spgc preprocess"):
        store.read("P001")


def test_full_disk(small_disk: Path) -> None:
    """A real one: the error names it, and nothing stays there."""
    store = SliceStore(small_disk / "store")
    rng = np.random.default_rng(0)
    hu = rng.integers(-1000, 1000, (8, 512, 512), np.int16)
    volume = Volume(hu, (2.0, 0.5, 0.5), np.arange(8) * 2.0, ())
    with pytest.raises(DiskFullError, match="no space left"):
        store.write("P001", "key", volume, hu > 0, Settings())
    assert store.cases() == ()
    assert every_file(small_disk) == []


def test_methods_share_a_volume(store: SliceStore) -> None:
    """And the second takes the room of its mask alone."""
    noise = np.random.default_rng(0).integers(-1000, 1000, (4, 64, 64), np.int16)
    volume = replace(VOLUME, hu=noise)
    store.write("P001", "one-files", volume, noise > 0, Settings())
    first = sum(path.stat().st_size for path in every_file(store.root))
    store.write("P001", "two-files", volume, noise > 500, Settings("two"))
    assert sum(path.stat().st_size for path in every_file(store.root)) < 1.3 * first
    one, two = store.read("P001", "one-files"), store.read("P001", "two-files")
    assert one.volume.folder == two.volume.folder
    assert one.key != two.key
    np.testing.assert_array_equal(one.arrays(), [noise, noise > 0])
    np.testing.assert_array_equal(two.arrays(), [noise, noise > 500])


def test_keys_change_with_the_version_alone(store: SliceStore, tmp_path: Path) -> None:
    """Stored scans, kept answers and the records of models go by them."""
    folder = write_scan(tmp_path / "scan", HU)
    lines = [
        f"\n{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(folder.iterdir())
    ]
    settings = b'store 4{"lung_method": "watershed-two-regions"}'
    expected = [hashlib.sha256(part).hexdigest() for part in (settings, "".join(lines).encode())]
    assert store.key_for(folder, PreprocessSettings()) == "-".join(expected)


def write_before(store: SliceStore, case: str, key: str) -> Path:
    """A scan as the layout before wrote it: HU and mask in one folder, under the same key."""
    folder = store.place(case, key)
    folder.mkdir(parents=True)
    told = {
        "case_id": case,
        "key": key,
        "settings": {"method": "one"},
        "spacing": VOLUME.spacing,
        "positions": VOLUME.positions.tolist(),
        "notes": VOLUME.notes,
    }
    write_entry(folder, told, {"hu": HU, "mask": MASK})
    return folder


def test_scans_of_the_layout_before_are_read(store: SliceStore) -> None:
    write_before(store, "P001", "one-files")
    assert store.fresh("P001", "one-files")
    assert store.cases() == ("P001",)
    for scan in (store.read("P001"), store.read("P001", "one-files")):
        assert (scan.spacing, scan.notes, scan.n_slices) == (VOLUME.spacing, VOLUME.notes, 4)
        np.testing.assert_array_equal(scan.arrays(), [HU, MASK])
        np.testing.assert_array_equal(scan.slice(2), [HU[2], MASK[2]])
    store.write("P001", "two-files", VOLUME, ~MASK, Settings("two"))
    assert store.fresh("P001", "one-files")
    np.testing.assert_array_equal(store.read("P001", "two-files").arrays(), [HU, ~MASK])


@pytest.mark.parametrize("array", ["hu", "mask"])
def test_a_damaged_scan_of_the_layout_before_is_made_again(store: SliceStore, array: str) -> None:
    folder = write_before(store, "P001", "one-files")
    (folder / f"arrays.zarr/{array}/c/0/0/0").unlink()
    assert not store.fresh("P001", "one-files")
    with pytest.raises(StoreError, match="missing, cut or too many"):
        store.read("P001").arrays()
    store.write("P001", "one-files", VOLUME, MASK, Settings())
    assert not (folder / "arrays.zarr/hu").exists()
    np.testing.assert_array_equal(store.read("P001").arrays(), [HU, MASK])


@pytest.mark.parametrize("part", ["volume_entry", "mask_entry"])
def test_a_case_that_is_a_link_to_another_is_made_again_in_a_folder_of_its_own(
    store: SliceStore, part: str, tmp_path: Path
) -> None:
    """Two cases in one folder would push each other out; whose folder it is, nothing changes."""
    folders = {name: tmp_path / name for name in ("P001", "P002")}
    for number, folder in enumerate(folders.values()):
        write_scan(folder, images(4, seed=number))
    keys = preprocess(folders, store).keys
    entries = {case: getattr(store, part)(case, key) for case, key in keys.items()}
    link, other = (entry.folder.parent for entry in entries.values())
    shutil.rmtree(link)
    link.symlink_to(other.name)
    with pytest.raises(StoreError, match="link to the folder of another scan"):
        store.read("P001", keys["P001"])
    before = every_file(other)
    store.drop_outdated("P001", keys["P001"])
    assert every_file(other) == before
    again = preprocess(folders, store)
    assert (again.done, again.reused) == (("P001",), ("P002",))
    assert "damaged" in " ".join(again.notes["P001"])
    assert link.is_dir() and not link.is_symlink()
    assert every_file(other) == before
    assert preprocess(folders, store).reused == ("P001", "P002")


def test_a_link_out_of_the_store_fails_its_scan_alone(store: SliceStore, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("P001", "P002")}
    for folder in folders.values():
        write_scan(folder, images(4))
    (tmp_path / "elsewhere").mkdir()
    place = store.place("P001", "any-key").parent
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "elsewhere")
    done = preprocess(folders, store)
    assert done.done == ("P002",)
    assert "a link leads out of the folder" in str(done.failures["P001"])
    assert every_file(tmp_path / "elsewhere") == []
