"""A store of somebody else, every digest made to fit: an answer or one error, in bounded memory."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pytest

from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.ct.store_entry import ARRAYS, FACTS
from spgc.errors import StoreError
from spgc.files.hashes import facts_digest, file_hash
from spgc.runs.store_check import check_store
from spgc.systems.density.system import DensitySettings

SLICES = 5
HU = np.random.default_rng(0).integers(-1000, 400, (SLICES, 32, 32), np.int16)
VOLUME = Volume(HU, (2.5, 0.7, 0.7), np.arange(SLICES) * 2.5, ("a remark",))
CASE, KEY = "P001", "a-b"

Change = Callable[[bytes], bytes]


@pytest.fixture
def store(tmp_path: Path) -> SliceStore:
    made = SliceStore(tmp_path)
    made.write(CASE, KEY, VOLUME, HU > 0, DensitySettings())
    return made


def made_anew(store: SliceStore, entry: Path) -> None:
    """The check lists the entry, and whoever stores the scan again puts a good one in its place."""
    assert [damage.where for damage in check_store(store).damaged] == [entry]
    assert not store.fresh(CASE, KEY)
    store.write(CASE, KEY, VOLUME, HU > 0, DensitySettings())
    assert store.fresh(CASE, KEY)
    assert np.array_equal(store.read(CASE, KEY).arrays()[0], HU)
    assert not check_store(store).damaged


def signed(entry: Path, told: dict[str, Any] | None = None) -> None:
    """Facts with the digests of what lies there now."""
    facts = json.loads((entry / FACTS).read_text())
    files = [path for path in (entry / ARRAYS).rglob("*") if path.is_file()]
    names = {path.relative_to(entry / ARRAYS).as_posix(): path for path in files}
    facts |= told or {}
    facts["bytes"] = {name: path.stat().st_size for name, path in names.items()}
    facts["sha256"] = {name: file_hash(path) for name, path in names.items()}
    del facts["digest"]
    (entry / FACTS).write_text(json.dumps(facts | {"digest": facts_digest(facts)}))


def other_slice(path: Path, change: Change) -> None:
    """The first slice of a file changed, with its checksum and its place in the table."""
    content = path.read_bytes()
    at = len(content) - SLICES * 16 - 4
    places = np.frombuffer(content[at:-4], "<u8").reshape(-1, 2).copy()
    first = int(np.flatnonzero(places[:, 0] != 2**64 - 1)[0])
    start, length = places[first].tolist()
    made = checked(change(content[start : start + length - 4]))
    places[first] = at, len(made)
    path.write_bytes(content[:at] + made + checked(places.tobytes()))


def checked(content: bytes) -> bytes:
    return content + google_crc32c.value(content).to_bytes(4, "little")


def refused(store: SliceStore) -> None:
    """One error whoever asks."""
    for ask in (
        lambda: [store.read(CASE, KEY).slice(k) for k in range(SLICES)],
        lambda: store.read(CASE, KEY).arrays(),
    ):
        with pytest.raises(StoreError, match="damaged"):
            ask()


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b[:15],  # Blosc looks at 16
        lambda b: b[:4],
        lambda b: b"",
        lambda b: b[: len(b) // 2],
        lambda b: b[:12] + struct.pack("<I", 2**31 - 1) + b[16:],
        lambda b: b[:12] + struct.pack("<I", 16) + b[16:],
        lambda b: b[:4] + struct.pack("<I", 2**31 - 1) + b[8:],
        lambda b: b[:8] + struct.pack("<I", 0) + b[12:],
    ],
    ids=["15 bytes", "4 bytes", "none", "half", "long", "short", "large", "no blocks"],
)
def test_a_slice_whose_head_is_not_true(store: SliceStore, change: Change) -> None:
    entry = store.volume_entry(CASE, KEY).folder
    other_slice(entry / ARRAYS / "hu/c/0/0/0", change)
    signed(entry)
    refused(store)


def test_a_mask_is_true_or_false(store: SliceStore) -> None:
    from numcodecs import Blosc

    entry = store.mask_entry(CASE, KEY).folder
    sevens = Blosc("lz4").encode(np.full((32, 32), 7, np.uint8))
    other_slice(entry / ARRAYS / "mask/c/0/0/0", lambda _: bytes(sevens))
    signed(entry)
    refused(store)


def form(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(changed)


def chunks(document: dict[str, Any]) -> None:
    """An empty array of 36 billion pixels a slice, which takes no room in the store."""
    document["shape"] = [SLICES, 190_000, 190_000]
    document["chunk_grid"]["configuration"]["chunk_shape"] = document["shape"]
    document["codecs"][0]["configuration"]["chunk_shape"] = [1, 190_000, 190_000]


def delta(document: dict[str, Any]) -> None:
    codec = {"name": "transpose", "configuration": {"order": [0, 2, 1]}}
    document["codecs"][0]["configuration"]["codecs"].insert(0, codec)


@pytest.mark.parametrize(
    "change",
    [
        form(data_type="uint16"),
        form(data_type="float16"),
        form(fill_value=7),
        form(shape=[SLICES, 0, 32]),
        form(shape=[SLICES]),
        chunks,
        delta,
    ],
    ids=["uint16", "float16", "fill", "no rows", "one axis", "gigabytes", "another codec"],
)
def test_an_array_of_another_form(
    store: SliceStore, change: Callable[[dict[str, Any]], None]
) -> None:
    """No version of spgc has written it: nothing is read of it, and the check lists it."""
    entry = store.volume_entry(CASE, KEY).folder
    path = entry / ARRAYS / "hu/zarr.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    signed(entry)
    refused(store)
    assert store.volume(CASE, KEY) is None
    made_anew(store, entry)


@pytest.mark.parametrize(
    "told",
    [
        {"spacing": [10**400] * 3},
        {"spacing": [float("nan")] * 3},
        {"spacing": [0, 1, 1]},
        {"spacing": ["inf", 1, 1]},
        {"positions": [10**400] * SLICES},
        {"positions": [float("nan")] * SLICES},
        {"positions": []},
        {"notes": "text"},
    ],
    ids=lambda told: str(told)[:24],
)
def test_facts_that_no_scan_has(store: SliceStore, told: dict[str, Any]) -> None:
    entry = store.volume_entry(CASE, KEY).folder
    signed(entry, told)
    refused(store)
    made_anew(store, entry)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_the_place_of_a_file(store: SliceStore, tmp_path: Path) -> None:
    """Opening it would wait for ever; a file that went after the scan was opened is no zeroes."""
    scan = store.read(CASE, KEY)
    scan.slice(0)
    path = store.volume_entry(CASE, KEY).folder / ARRAYS / "hu/c/0/0/0"
    path.unlink()
    with pytest.raises(StoreError, match="FileNotFoundError"):
        scan.slice(1)
    os.mkfifo(path)
    with pytest.raises(StoreError, match="OSError"):
        scan.slice(1)


def test_a_scan_of_zeroes_is_stored_without_a_file(tmp_path: Path) -> None:
    """Nothing is written of it, and all of it is read."""
    store = SliceStore(tmp_path)
    volume = Volume(0 * HU, (2.5, 0.7, 0.7), np.arange(SLICES) * 2.5, ())
    store.write(CASE, KEY, volume, HU > 9999, DensitySettings())
    assert not (store.volume_entry(CASE, KEY).folder / ARRAYS / "hu/c").exists()
    hu, mask = store.read(CASE, KEY).arrays()
    assert (hu.shape, hu.any(), mask.any()) == (HU.shape, False, False)
    assert store.fresh(CASE, KEY)
