"""Slices of a stored array, read from its files at a tenth of the cost of asking Zarr.

Training reads slices one by one in random order, and Zarr takes 1.5 ms of CPU time for each however
small it is: it hands every request to threads of its own. Read are arrays in the form that
`spgc.ct.store_entry` writes alone, a sharded Zarr 3 array with one chunk per slice, as the Zarr
specification has it. A store may be somebody else's, and Zarr would follow a header into memory
that no scan needs, and Blosc one into memory that is not its own.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numcodecs import blosc
from numpy.typing import NDArray

from spgc.files.json_documents import read_json
from spgc.files.regular import open_regular

_HEADER = "zarr.json"
"""What tells the form of an array. Its text is the specification's, Zarr's objects change."""

_ENTRY, _CHECKSUM = 16, 4
"""Bytes of a chunk's place in the index, two little-endian uint64, and of a CRC-32C."""

_HEAD, _PLAIN, _PACKED = 16, slice(4, 8), slice(12, 16)
"""Bytes of the head of a Blosc buffer; in it, how many it holds decompressed, and its own."""

_ABSENT = 2**64 - 1
"""Stands for the place of a chunk that holds nothing but zeroes."""


@dataclass(frozen=True)
class SingleSlices:
    """The files of one stored array, each with the chunks of `in_file` slices.

    count: slices; plane: of each, (H, W); there: the numbers of the files that were written; of
    others all slices are zeroes.
    """

    files: Path
    count: int
    plane: tuple[int, int]
    dtype: np.dtype[Any]
    in_file: int
    there: frozenset[int]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(S, H, W)."""
        return (self.count, *self.plane)

    def read(self, index: int) -> NDArray[Any]:
        """Slice `index` from the head, (H, W).

        Raises ValueError and OSError for bytes that are not what was written.
        """
        number, row = divmod(index, self.in_file)
        if number not in self.there:
            return np.zeros(self.plane, self.dtype)
        chunk = self._chunk(number, row)
        if chunk is None:
            return np.zeros(self.plane, self.dtype)
        size = math.prod(self.plane) * self.dtype.itemsize
        head = chunk[:_HEAD]
        # Blosc reads as far as the head says, be there so many bytes or not.
        if len(chunk) < _HEAD or (_number(head[_PLAIN]), _number(head[_PACKED])) != (
            size,
            len(chunk),
        ):
            raise ValueError("a slice of another size")
        values = np.empty(self.plane, self.dtype)
        blosc.decompress(chunk, values)
        if self.dtype == np.bool_ and values.view(np.uint8).max() > 1:
            raise ValueError("values that are neither true nor false")
        return values

    def read_all(self) -> NDArray[Any]:
        """All slices, (S, H, W). Raises as `read`."""
        whole = np.empty(self.shape, self.dtype)
        for index in range(self.count):
            whole[index] = self.read(index)
        return whole

    def _chunk(self, number: int, row: int) -> bytes | None:
        """The bytes of a slice in a file, decompressed by nobody yet; None: all zeroes."""
        with open_regular(self.files / str(number) / "0" / "0") as file:
            size = os.fstat(file.fileno()).st_size
            start = size - self.in_file * _ENTRY - _CHECKSUM
            places = np.frombuffer(_checked(_bytes(file, start, size)), "<u8").reshape(-1, 2)
            offset, length = places[row].tolist()
            if offset == length == _ABSENT:
                return None
            if offset + length > start:
                raise ValueError("a slice beyond its file")
            return _checked(_bytes(file, offset, offset + length))


def _number(content: bytes) -> int:
    return int.from_bytes(content, "little")


def _bytes(file: Any, start: int, end: int) -> bytes:
    """Part of a file; fewer bytes where it ends before."""
    file.seek(start)
    found: bytes = file.read(max(0, end - start))
    return found


def _checked(content: bytes) -> bytes:
    """The bytes before their checksum."""
    body = content[:-_CHECKSUM]
    if google_crc32c.value(body).to_bytes(_CHECKSUM, "little") != content[-_CHECKSUM:]:
        raise ValueError("bytes that do not have their checksum")
    return body


def single_slices(folder: Path, there: frozenset[int]) -> SingleSlices | None:
    """What reads single slices of the Zarr array in `folder`.

    there: the numbers of its files. None for an array in another form, or of a machine that puts
    the higher byte first. Raises OSError and ValueError for a header that can't be read.
    """
    match read_json(folder / _HEADER):
        case {
            "shape": [int(count), int(height), int(width)],
            "data_type": "int16" | "bool" as kind,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [in_file, *plane]}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": 0,  # false as well
            "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
            "storage_transformers": [],
        } if plane == [height, width] and _is_ours(sharding, plane) and np.little_endian:
            return SingleSlices(
                folder / "c", count, (height, width), np.dtype(kind), in_file, there
            )
    return None


def _is_ours(sharding: object, plane: list[int]) -> bool:
    """Whether chunks and their index are encoded as `spgc.ct.store_entry` has them."""
    match sharding:
        case {
            "chunk_shape": [1, *inner],
            "codecs": [{"name": "bytes"} as values, {"name": "blosc"}, {"name": "crc32c"}],
            "index_codecs": [{"name": "bytes"} as places, {"name": "crc32c"}],
            "index_location": "end",
        }:
            endings = [one.get("configuration", {}).get("endian") for one in (values, places)]
            return inner == plane and endings[0] in (None, "little") and endings[1] == "little"
    return False
