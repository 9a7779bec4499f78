"""Single slices of a stored array, read from its files at a tenth of the cost of asking Zarr.

Training reads slices one by one in random order, and Zarr takes 1.5 ms of CPU time for each however
small it is: it hands every request to threads of its own. Read are arrays in the form that
`spgc.ct.store_entry` writes, a sharded Zarr 3 array with one chunk per slice, as the Zarr
specification has it; every other form, and every slice that is not there, is for Zarr.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numcodecs import blosc
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, ShardingCodec

_ENTRY, _CHECKSUM = 16, 4
"""Bytes of a chunk's place in the index, two little-endian uint64, and of a CRC-32C."""

_PLAIN_SIZE = slice(4, 8)
"""In the head of a Blosc buffer: how many bytes it holds once decompressed."""

_ABSENT = 2**64 - 1
"""Stands for the place of a chunk that holds nothing but zeroes."""


@dataclass(frozen=True)
class SingleSlices:
    """The files of one stored array, each with the chunks of `in_file` slices."""

    files: Path
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    in_file: int

    def read(self, index: int) -> NDArray[Any] | None:
        """Slice `index` from the head, (H, W); None for Zarr to read it.

        Raises ValueError and OSError for bytes that are not what was written.
        """
        number, row = divmod(index, self.in_file)
        try:
            with (self.files / str(number) / "0" / "0").open("rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                start = size - self.in_file * _ENTRY - _CHECKSUM
                places = np.frombuffer(_checked(_bytes(file, start, size)), "<u8").reshape(-1, 2)
                offset, length = places[row].tolist()
                if offset == _ABSENT:
                    return None
                chunk = _checked(_bytes(file, offset, min(offset + length, start)))
        except FileNotFoundError:
            return None
        values = np.empty(self.shape, self.dtype)
        if int.from_bytes(chunk[_PLAIN_SIZE], "little") != values.nbytes:
            raise ValueError("a slice of another size")
        blosc.decompress(chunk, values)
        return values


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


def single_slices(array: Any, folder: Path) -> SingleSlices | None:
    """What reads single slices of a Zarr array whose files lie in `folder`; None: Zarr has to."""
    known = array.metadata
    match getattr(known, "codecs", ()):
        case [ShardingCodec() as sharding] if _is_ours(sharding):
            in_file, *plane = array.shards
        case _:
            return None
    plain = (
        len(plane) == 2
        and known.shape[1:] == tuple(plane) == sharding.chunk_shape[1:]
        and sharding.chunk_shape[0] == 1
        and known.chunk_key_encoding.name == "default"
        and known.chunk_key_encoding.separator == "/"
        and np.little_endian
    )
    return SingleSlices(folder / "c", (plane[0], plane[1]), array.dtype, in_file) if plain else None


def _is_ours(sharding: ShardingCodec) -> bool:
    """Whether chunks and their index are encoded as `spgc.ct.store_entry` has them."""
    if sharding.index_location.value != "end":
        return False
    match [*sharding.codecs, *sharding.index_codecs]:
        case [BytesCodec() as values, BloscCodec(), Crc32cCodec(), BytesCodec() as places, last]:
            endings = {None if one.endian is None else one.endian.value for one in (values, places)}
            return isinstance(last, Crc32cCodec) and endings <= {None, "little"}
        case _:
            return False
