"""Scans go into the store once, whatever happens to others and however many work on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.lungs import segment_lungs
from spgc.ct.preprocess import preprocess, threads_each
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.scan_to_store import MASK_REMADE, REMADE
from spgc.ct.series import Volume, read_series
from spgc.ct.store import SliceStore
from spgc.errors import DiskFullError, SeriesError, UsageError
from tests.ct.dicom_files import write_scan
from tests.ct.store_processes import content
from tests.ct.test_watershed import two_lungs

SCAN = np.stack([two_lungs(), np.roll(two_lungs(), 3, axis=0)])


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    names = ("P001", "cap001", "normal001")
    return {name: write_scan(tmp_path / "data" / name, SCAN + i) for i, name in enumerate(names)}


@pytest.fixture
def store(tmp_path: Path) -> SliceStore:
    return SliceStore(tmp_path / "store")


def test_stores_volume_and_mask(folders: dict[str, Path], store: SliceStore) -> None:
    report = preprocess(folders, store)
    assert (report.done, report.reused, report.failures) == (tuple(folders), (), {})
    for index, case in enumerate(folders):
        hu, mask = store.read(case).arrays()
        np.testing.assert_array_equal(hu, SCAN + index)
        np.testing.assert_array_equal(mask, segment_lungs(SCAN + index))


def test_second_run_reuses(folders: dict[str, Path], store: SliceStore) -> None:
    preprocess(folders, store)
    report = preprocess(folders, store)
    assert (report.done, report.reused) == ((), tuple(folders))


def test_changed_input_or_setting_is_redone(folders: dict[str, Path], store: SliceStore) -> None:
    preprocess(folders, store)
    shutil.rmtree(folders["cap001"])
    write_scan(folders["cap001"], SCAN + 9)
    report = preprocess(folders, store)
    assert (report.done, report.reused) == (("cap001",), ("P001", "normal001"))
    report = preprocess(folders, store, PreprocessSettings("watershed-one-region"))
    assert report.done == tuple(folders)


def test_changed_input_leaves_nothing_behind(
    folders: dict[str, Path], store: SliceStore, tmp_path: Path
) -> None:
    preprocess(folders, store)
    shutil.rmtree(folders["cap001"])
    write_scan(folders["cap001"], SCAN + 9)
    preprocess(folders, store)
    preprocess(folders, anew := SliceStore(tmp_path / "anew"))
    assert content(store.root) == content(anew.root)


def test_methods_in_turn_are_done_once_each(folders: dict[str, Path], store: SliceStore) -> None:
    methods = [PreprocessSettings(f"watershed-{name}") for name in ("two-regions", "one-region")]
    first = [preprocess(folders, store, method) for method in methods]
    again = [preprocess(folders, store, method) for method in methods]
    assert [report.done for report in first] == [tuple(folders)] * 2
    assert [report.reused for report in again] == [tuple(folders)] * 2
    for method, report in zip(methods, again, strict=True):
        for index, case in enumerate(folders):
            _, mask = store.read(case, report.keys[case]).arrays()
            np.testing.assert_array_equal(mask, segment_lungs(SCAN + index, method.lung_method))


def test_scan_too_large_for_memory_is_a_failure(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(folder: Path) -> Volume:
        if folder.name == "cap001":
            raise MemoryError
        return read_series(folder)

    monkeypatch.setattr("spgc.ct.scan_to_store.read_scan", read)
    report = preprocess(folders, store)
    assert report.done == ("P001", "normal001")
    assert "not enough memory" in str(report.failures["cap001"])


def test_bad_scan_does_not_stop_the_others(folders: dict[str, Path], store: SliceStore) -> None:
    (folders["cap001"] / "IM0002.dcm").write_bytes(b"not DICOM")
    report = preprocess(folders, store)
    assert report.done == ("P001", "normal001")
    assert isinstance(report.failures["cap001"], SeriesError)
    assert store.cases() == ("P001", "normal001")


def test_jobs_change_nothing(folders: dict[str, Path], store: SliceStore, tmp_path: Path) -> None:
    (folders["cap001"] / "IM0002.dcm").write_bytes(b"not DICOM")
    (folders["P001"] / "notes.txt").write_bytes(b"stray")
    other = SliceStore(tmp_path / "other")
    alone, together = preprocess(folders, store), preprocess(folders, other, jobs=2)
    assert (alone.done, alone.notes) == (together.done, together.notes)
    assert {c: str(e) for c, e in alone.failures.items()} == {
        c: str(e) for c, e in together.failures.items()
    }
    assert content(store.root) == content(other.root)


def test_notes_are_kept_for_reused_scans(folders: dict[str, Path], store: SliceStore) -> None:
    (folders["P001"] / "notes.txt").write_bytes(b"stray")
    assert preprocess(folders, store).notes == preprocess(folders, store).notes != {}


def test_unknown_method_stops_at_once() -> None:
    with pytest.raises(UsageError, match="unknown lung method"):
        PreprocessSettings("threshold")


def test_nothing_to_do(store: SliceStore) -> None:
    report = preprocess({}, store)
    assert (report.done, report.reused, report.failures) == ((), (), {})


def test_few_scans_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [threads_each(4, scans) for scans in (0, 1, 2, 3, 4, 9)] == [4, 4, 2, 1, 1, 1]
    assert threads_each(1, 1) == 1
    monkeypatch.setattr("spgc.ct.preprocess.is_local", lambda: False)
    assert threads_each(4, 1) == 1  # a cluster's workers have one core each


def refuse(*_: object) -> None:
    raise AssertionError("nothing of this is to be done again")


def test_files_that_change_while_they_are_read_are_not_stored(
    folders: dict[str, Path], store: SliceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume of the slices that were left, stored as that of all, would be believed for ever."""
    slice_file, aside = folders["cap001"] / "IM0002.dcm", tmp_path / "aside.dcm"

    def read(folder: Path) -> Volume:
        if folder == folders["cap001"]:
            slice_file.rename(aside)
        return read_scan(folder)

    monkeypatch.setattr("spgc.ct.scan_to_store.read_scan", read)
    report = preprocess(folders, store)
    assert report.done == ("P001", "normal001")
    assert "changed while they were read" in str(report.failures["cap001"])
    monkeypatch.undo()
    aside.rename(slice_file)
    report = preprocess(folders, store)
    assert report.done == ("cap001",)
    assert store.read("cap001").n_slices == len(SCAN)


def test_a_second_method_reads_no_files(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slices are in the store: masks are made of those, and the same as of the files."""
    (folders["P001"] / "notes.txt").write_bytes(b"stray")
    first = preprocess(folders, store)
    volumes = sorted((store.root / "volumes").glob("*/*"))
    monkeypatch.setattr("spgc.ct.scan_to_store.read_scan", refuse)
    for method in ("watershed-one-region", "watershed-closed", "none"):
        report = preprocess(folders, store, PreprocessSettings(method))
        assert (report.done, report.failures) == (tuple(folders), {})
        assert report.notes == first.notes
        for index, case in enumerate(folders):
            scan = store.read(case, report.keys[case])
            hu, mask = scan.arrays()
            np.testing.assert_array_equal(hu, SCAN + index)
            np.testing.assert_array_equal(mask, segment_lungs(hu, method, scan.spacing))
    assert sorted((store.root / "volumes").glob("*/*")) == volumes
    assert len(list((store.root / "scans").glob("*/*"))) == 4 * len(folders)


def test_no_lungs_take_no_segmenting(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spgc.ct.lungs.watershed_slice", refuse)
    report = preprocess(folders, store, PreprocessSettings("none"))
    assert (report.done, report.notes) == (tuple(folders), {})
    assert not store.read("P001").arrays()[1].any()


def test_a_damaged_mask_is_made_again_of_the_stored_slices(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    preprocess(folders, store)
    before = content(store.root)
    spoil(store.read("cap001").mask.folder / "arrays.zarr/mask/c/0/0/0")
    monkeypatch.setattr("spgc.ct.scan_to_store.read_scan", refuse)
    report = preprocess(folders, store)
    assert (report.done, report.notes) == (("cap001",), {"cap001": (MASK_REMADE,)})
    assert content(store.root) == before


def test_masks_of_a_damaged_volume_stay(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The volume is read again, for all methods, and no mask is made again."""
    other = PreprocessSettings("watershed-one-region")
    preprocess(folders, store)
    preprocess(folders, store, other)
    before = content(store.root)
    spoil(store.read("cap001").volume.folder / "arrays.zarr/hu/c/0/0/0")
    monkeypatch.setattr("spgc.ct.lungs.watershed_slice", refuse)
    assert preprocess(folders, store, other).notes == {"cap001": (REMADE,)}
    assert content(store.root) == before
    assert preprocess(folders, store).reused == tuple(folders)


def test_a_volume_goes_with_the_last_mask_that_was_made_of_it(
    folders: dict[str, Path], store: SliceStore
) -> None:
    """Of files that have changed: the other method's scan can be read until it is made again."""
    other = PreprocessSettings("watershed-one-region")
    preprocess(folders, store)
    old = preprocess(folders, store, other).keys["cap001"]
    write_scan(folders["cap001"], SCAN + 9)
    preprocess(folders, store)
    np.testing.assert_array_equal(store.read("cap001", old).arrays()[0], SCAN + 1)
    new = preprocess(folders, store, other).keys["cap001"]
    np.testing.assert_array_equal(store.read("cap001", new).arrays()[0], SCAN + 9)
    assert len(list((store.root / "volumes").glob("cap001-*/*"))) == 1
    assert len(list((store.root / "scans").glob("cap001-*/*"))) == 2


def spoil(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])


@pytest.mark.parametrize(
    ("part", "name", "remark"),
    [
        ("volume", "scan.json", REMADE),
        ("volume", "arrays.zarr/hu/c/0/0/0", REMADE),
        ("volume", "arrays.zarr/hu/zarr.json", REMADE),
        ("mask", "scan.json", MASK_REMADE),
    ],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_damaged_scan_is_made_again_in_the_same_run(
    folders: dict[str, Path], store: SliceStore, part: str, name: str, remark: str, jobs: int
) -> None:
    """With a remark on it, and on no other."""
    preprocess(folders, store)
    before = content(store.root)
    spoil(getattr(store.read("cap001"), part).folder / name)
    report = preprocess(folders, store, jobs=jobs)
    assert report.done == ("cap001",)
    assert report.notes == {"cap001": (remark,)}
    assert content(store.root) == before
    assert preprocess(folders, store).notes == {}


def test_damaged_scan_without_a_source_fails_alone(
    folders: dict[str, Path], store: SliceStore
) -> None:
    preprocess(folders, store)
    for path in store.read("cap001").volume.folder.rglob("zarr.json"):
        path.write_bytes(b"")
    (folders["cap001"] / "IM0002.dcm").chmod(0o000)
    (folders["cap001"] / "IM0002.dcm").write_bytes(b"not DICOM")
    report = preprocess(folders, store)
    assert set(report.failures) == {"cap001"}
    assert report.reused == ("P001", "normal001")


def test_full_disk_ends_the_run_once(
    folders: dict[str, Path], store: SliceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than failing each scan in turn for the same reason."""
    tried = []

    def full(*words: object) -> None:
        tried.append(words)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spgc.ct.store_entry.write_arrays", full)
    with pytest.raises(DiskFullError, match="no space left"):
        preprocess(folders, store)
    assert len(tried) == 1
