"""Single slices are read as Zarr reads them, and damage is noticed as Zarr notices it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec

from spgc.ct.single_slices import SingleSlices, single_slices
from spgc.ct.store_entry import FILE_SLICES, write_arrays

OURS = (BloscCodec(cname="lz4"), Crc32cCodec())
"""How the store compresses a slice."""

SLICES = 2 * FILE_SLICES + 3


@pytest.fixture(scope="module")
def arrays() -> dict[str, NDArray[Any]]:
    """Two kinds of arrays in three files each; some slices, and a whole file, are all zeroes."""
    rng = np.random.default_rng(0)
    hu = rng.normal(-600, 300, (SLICES, 24, 20)).astype(np.int16)
    mask = hu > -500
    mask[:FILE_SLICES] = False
    mask[-1], hu[5] = False, 0
    return {"hu": hu, "mask": mask}


@pytest.fixture
def stored(arrays: dict[str, NDArray[Any]], tmp_path: Path) -> Path:
    write_arrays(tmp_path, arrays)
    return tmp_path


def reader(folder: Path, name: str) -> SingleSlices | None:
    there = frozenset(int(path.name) for path in (folder / name).glob("c/*"))
    return single_slices(folder / name, there)


@pytest.mark.parametrize("name", ["hu", "mask"])
def test_every_slice_is_what_was_stored(
    name: str, arrays: dict[str, NDArray[Any]], stored: Path
) -> None:
    """One by one and together; some are zeroes, of which nothing is stored."""
    found = reader(stored, name)
    assert found is not None
    for index, expected in enumerate(arrays[name]):
        values = found.read(index)
        assert (values.dtype, values.flags.writeable) == (expected.dtype, True)
        np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(found.read_all(), arrays[name])


def test_every_changed_byte_is_noticed(arrays: dict[str, NDArray[Any]], stored: Path) -> None:
    """Of the file of three slices: bytes of slices and of the table that says where they lie."""
    found = reader(stored, "hu")
    assert found is not None
    path = stored / "hu/c/2/0/0"
    content = path.read_bytes()
    rng = np.random.default_rng(1)
    table = FILE_SLICES * 16 + 4
    places = [*rng.integers(0, len(content) - table, 100), *rng.integers(1, table + 1, 50) * -1]
    noticed = 0
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        for row in range(3):
            try:
                values = found.read(2 * FILE_SLICES + row)
            except ValueError:
                noticed += 1
            else:
                np.testing.assert_array_equal(values, arrays["hu"][2 * FILE_SLICES + row])
    assert noticed == 100 + 3 * 50  # one slice for a byte of its own, all for one of the table


@pytest.mark.parametrize("size", [0, 3, 100, 1100])
def test_a_file_that_is_cut_is_noticed(stored: Path, size: int) -> None:
    found = reader(stored, "hu")
    assert found is not None
    path = stored / "hu/c/2/0/0"
    path.write_bytes(path.read_bytes()[-size:] if size else b"")
    with pytest.raises((ValueError, OSError)):
        found.read(2 * FILE_SLICES)


@pytest.mark.parametrize(
    "form",
    [
        {"chunks": (1, 24, 20)},
        {"chunks": (2, 24, 20), "shards": (4, 24, 20)},
        {"chunks": (1, 24, 20), "shards": (4, 24, 20), "compressors": None},
        {"chunks": (1, 12, 20), "shards": (4, 24, 20)},
        {"chunks": (1, 24, 20), "shards": (4, 24, 20), "serializer": BytesCodec(endian="big")},
    ],
    ids=["not sharded", "two slices in a chunk", "not compressed", "half slices", "big-endian"],
)
def test_other_forms_are_for_zarr(tmp_path: Path, form: dict[str, Any]) -> None:
    zarr.open_group(tmp_path, mode="w", zarr_format=3).create_array(
        "hu", shape=(4, 24, 20), dtype="int16", **{"compressors": OURS, **form}
    )
    assert reader(tmp_path, "hu") is None


def test_the_form_of_the_store_is_read(tmp_path: Path) -> None:
    """So the others above are not refused for something else."""
    zarr.open_group(tmp_path, mode="w", zarr_format=3).create_array(
        "hu",
        shape=(4, 24, 20),
        dtype="int16",
        chunks=(1, 24, 20),
        shards=(4, 24, 20),
        compressors=OURS,
    )
    assert reader(tmp_path, "hu") is not None
