"""A stored scan that is damaged, moved or another one is never believed, and is made again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.store import SliceStore
from spgc.errors import StoreError
from spgc.files.hashes import facts_digest
from tests.ct.stored_volume import HU, MASK, VOLUME, Settings, every_file, store

__all__ = ["store"]


@pytest.mark.parametrize("damage", ["cut", "remove"])
def test_cut_arrays_are_made_again(store: SliceStore, damage: str) -> None:
    """What a full disk or a power cut leaves."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    chunk = next(path for path in scan_files(store) if path.name == "0")
    if damage == "cut":
        chunk.write_bytes(chunk.read_bytes()[:-9])
    else:
        chunk.unlink()
    assert not store.fresh("P001", "key")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")
    np.testing.assert_array_equal(store.read("P001").arrays()[0], HU)


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": 1}', DEEP, "[1]", '"a"', "1"])
def test_damaged_facts(store: SliceStore, content: str) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    (store.read("P001").folder / "scan.json").write_text(content)
    assert not store.fresh("P001", "key")
    assert store.cases() == ()
    with pytest.raises(StoreError, match="damaged"):
        store.read("P001")


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damaged_arrays(store: SliceStore, damage: str) -> None:
    store.write("P001", "key", VOLUME, MASK, Settings())
    scan = store.read("P001")
    hu = scan.volume.folder / "arrays.zarr" / "hu"
    chunk = next(path for path in hu.rglob("0") if path.is_file())
    content = bytearray(chunk.read_bytes())
    content[len(content) // 3] ^= 0xFF
    if damage == "flip":
        chunk.write_bytes(content)
    elif damage == "cut":
        chunk.write_bytes(content[: len(content) // 2])
    else:
        shutil.rmtree(hu)
    with pytest.raises(StoreError, match="damaged"):
        scan.arrays()


def scan_files(store: SliceStore) -> list[Path]:
    """Those of the one scan's volume, then those of its mask."""
    scan = store.read("P001")
    return [*every_file(scan.volume.folder), *every_file(scan.mask.folder)]


def test_every_changed_byte_is_noticed(store: SliceStore) -> None:
    """Of every file, what describes the arrays included; zeroes and missing ends as well."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    files = scan_files(store)
    assert [path.name for path in files].count("scan.json") == 2
    assert {path.name for path in files} == {"0", "scan.json", "zarr.json"}
    rng = np.random.default_rng(0)
    for path in files:
        whole = path.read_bytes()
        places = rng.choice(len(whole), min(60, len(whole)), replace=False)
        damaged = [whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :] for i in places]
        damaged += [whole[:i] for i in places[:5]]
        damaged += [whole[:i] + bytes(len(whole) - i) for i in places[:5] if whole[i:].strip(b"\0")]
        for content in damaged:
            path.write_bytes(content)
            if path.name == "scan.json" and same_json(content, whole):
                continue  # a space that became another space
            assert not store.fresh("P001", "key"), (path, content)
        path.write_bytes(whole)
        assert store.fresh("P001", "key")


def same_json(one: bytes, other: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("part", "name", "old", "new"),
    [
        ("volume", "scan.json", "0.5", "0.6"),
        ("volume", "scan.json", "4.0", "4.5"),
        ("volume", "scan.json", "a remark", "a remarx"),
        ("mask", "scan.json", '"one"', '"two"'),
        ("volume", "arrays.zarr/hu/zarr.json", "16", "17"),
        ("volume", "arrays.zarr/hu/zarr.json", "int16", "uint16"),
        ("volume", "arrays.zarr/hu/zarr.json", '"shape": [\n    4', '"shape": [\n    3'),
        ("mask", "arrays.zarr/mask/zarr.json", '"fill_value": false', '"fill_value": true'),
    ],
)
def test_a_changed_word_is_an_error_where_it_is_read(
    store: SliceStore, part: str, name: str, old: str, new: str
) -> None:
    """Not only where `fresh` looks: whoever opens a scan gets what was stored or an error."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    path = getattr(store.read("P001"), part).folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for read in (lambda scan: scan.arrays(), lambda scan: scan.slice(0)):
        with pytest.raises(StoreError, match=r"damaged.*(not as it was written|cut)"):
            read(store.read("P001"))


@pytest.mark.parametrize(("part", "array"), [("volume", "hu"), ("mask", "mask")])
def test_a_missing_file_of_an_array_is_no_zeroes(store: SliceStore, part: str, array: str) -> None:
    """Zarr reads a missing file as empty: air in Hounsfield units it would not even be."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    scan = store.read("P001")
    (getattr(scan, part).folder / f"arrays.zarr/{array}/c/0/0/0").unlink()
    with pytest.raises(StoreError, match="missing, cut or too many"):
        scan.slice(0)


@pytest.mark.parametrize("part", ["volume", "mask"])
def test_a_scan_without_digests_is_not_believed(store: SliceStore, part: str) -> None:
    """Those of earlier versions: nothing would tell a changed number in them."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    path = getattr(store.read("P001"), part).folder / "scan.json"
    facts = json.loads(path.read_text())
    del facts["sha256"], facts["digest"]
    path.write_text(json.dumps(facts))
    assert not store.fresh("P001", "key")
    with pytest.raises(StoreError, match="no digests: stored by an older spgc"):
        store.read("P001")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")


@pytest.mark.parametrize("part", ["volume", "mask"])
@pytest.mark.parametrize("what", ["scan.json", "arrays.zarr/zarr.json", "arrays.zarr"])
def test_something_else_in_a_files_place(store: SliceStore, part: str, what: str) -> None:
    """A folder where a file should be and the other way round: made anew, not in the way."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    path = getattr(store.read("P001"), part).folder / what
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("x")
    else:
        path.unlink()
        path.mkdir()
    assert not store.fresh("P001", "key")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")


@pytest.mark.parametrize("leads", ["zarr.json", "more", "loop", "nowhere", "."])
def test_a_link_among_the_arrays(store: SliceStore, leads: str) -> None:
    """One file too many is damage; what leads to no file is none."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    arrays = store.read("P001").volume.folder / "arrays.zarr"
    (arrays / "loop").symlink_to("loop")
    (arrays / "link").symlink_to(leads)
    assert store.fresh("P001", "key") is (leads != "zarr.json")


def test_a_scan_of_which_too_little_is_told(store: SliceStore) -> None:
    """As it was written, and no scan all the same: the reason, not a KeyError."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    path = store.read("P001").volume.folder / "scan.json"
    facts = json.loads(path.read_text())
    del facts["spacing"]
    path.write_text(json.dumps(facts | {"digest": facts_digest(facts)}))
    with pytest.raises(StoreError, match=r"scan\.json: not what was written"):
        store.read("P001", "key")
    assert not store.fresh("P001", "key")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")


@pytest.mark.parametrize("part", ["volume_entry", "mask_entry"])
def test_a_file_in_a_scans_place_goes(store: SliceStore, part: str) -> None:
    """And stays nowhere, as a folder would."""
    place = getattr(store, part)("P001", "key").folder
    place.parent.mkdir(parents=True)
    place.write_text("x")
    store.write("P001", "key", VOLUME, MASK, Settings())
    assert store.fresh("P001", "key")
    assert list((store.root / ".drafts").iterdir()) == []


@pytest.mark.parametrize("part", ["volume_entry", "mask_entry"])
@pytest.mark.parametrize(
    "other", [("P002", "key-own"), ("P001", "other-else"), ("P002", "other-else")]
)
def test_another_scan_in_its_place_is_not_believed(
    store: SliceStore, other: tuple[str, str], part: str
) -> None:
    """A folder copied over another is whole in itself, and another patient's."""
    store.write("P001", "key-own", VOLUME, MASK, Settings())
    store.write(*other, replace(VOLUME, hu=HU + 1), MASK, Settings())
    opened = store.read("P001", "key-own")
    entry, another = (getattr(store, part)(*of) for of in (("P001", "key-own"), other))
    shutil.rmtree(entry.folder)
    shutil.copytree(another.folder, entry.folder)
    if part == "mask_entry" and other[0] == "P001":
        shutil.rmtree(another.folder)
    assert not store.fresh("P001", "key-own")
    for key in ("key-own", None) if part == "mask_entry" else ("key-own",):
        with pytest.raises(StoreError, match=r"damaged.*belongs elsewhere"):
            store.read("P001", key)
    with pytest.raises(StoreError, match="belongs elsewhere"):
        opened.slice(0)
    store.write("P001", "key-own", VOLUME, MASK, Settings())
    np.testing.assert_array_equal(store.read("P001", "key-own").arrays()[0], HU)


def test_a_folder_that_was_moved_is_no_scan(store: SliceStore) -> None:
    """Whole and of this case, but not where its key says."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    place = store.place("P001", "key")
    place.rename(place.with_name("moved-"))
    assert store.cases() == ()
    with pytest.raises(StoreError, match="belongs elsewhere"):
        store.read("P001")


def test_a_scan_that_goes_while_it_is_open_is_an_error(store: SliceStore) -> None:
    """To Zarr, files that are gone hold zeroes: the slices that were read before are right."""
    store.write("P001", "key", VOLUME, MASK, Settings())
    for part in ("volume", "mask"):
        scan = store.read("P001")
        np.testing.assert_array_equal(scan.slice(0), [HU[0], MASK[0]])
        shutil.rmtree(getattr(scan, part).folder)
        with pytest.raises(StoreError, match="damaged"):
            scan.slice(1)
        store.write("P001", "key", VOLUME, MASK, Settings())
        with pytest.raises(StoreError, match="another scan has taken its place"):
            scan.slice(1)
