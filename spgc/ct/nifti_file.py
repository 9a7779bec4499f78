"""NIfTI files opened by their content: `.nii` may be gzipped, and `.nii.gz` may not.

nibabel goes by the name, which may be wrong, and takes several times the volume to scale it. Here
it gets the header alone, and voxels are read and scaled slab by slab.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spgc.ct.nifti_header import (
    check_ends_at,
    check_unpacked,
    check_voxel_size,
    check_voxels,
    data_offset,
    is_packed,
    with_offset,
)
from spgc.ct.plausible import HuCount
from spgc.ct.slabs import ByteStream, exactly, slabs, to_hu
from spgc.files.gzip_stream import GzipStream
from spgc.files.regular import open_regular

_LONGEST_HEADER = 544
"""Bytes of a NIfTI-2 header with its mark of extensions."""

_STEP = 2**20
"""Bytes unpacked at once, to see that they are sound."""

_AFTER_VOXELS = "the file goes on after its voxels: what follows them was not used"
_AFTER_GZIP = "bytes that are not gzipped follow the packed volume: not used"


def load_nifti(path: Path) -> tuple[Any, tuple[str, ...]]:
    """A NIfTI image of nibabel that knows its header and where its voxels lie, not these; notes.

    Raises SeriesError for more voxels than the file holds and where they begin within the header
    or far behind it, OSError for what is no regular file, and whatever nibabel and zlib raise for
    damage.
    """
    import nibabel

    offset = data_offset(path)
    with _unpacked(path) as stream:
        head = stream.read(max(offset.byte, _LONGEST_HEADER))
    if not offset.stated:
        head = with_offset(head, offset.byte)
    holder = nibabel.FileHolder(fileobj=BytesIO(head))
    kind = nibabel.Nifti2Image if 540 in _sizes(head) else nibabel.Nifti1Image
    files = {"header": holder, "image": holder}
    image = kind.from_file_map(files)  # type: ignore[no-untyped-call]
    itemsize = image.get_data_dtype().itemsize
    check_voxels(path, image.shape, itemsize, image.dataobj.offset)
    notes = check_voxel_size(path, head)
    if offset.stated:
        return image, notes
    check_ends_at(path, offset.byte + math.prod(image.shape) * itemsize, offset.byte)
    return image, (*notes, f"vox_offset is 0: voxels taken from byte {offset.byte}")


def read_voxels(
    path: Path, proxy: Any, target: NDArray[np.int16]
) -> tuple[HuCount, tuple[str, ...]]:
    """Fill `target`, an int16 view with the axes of the file; count what the voxels were.

    proxy: nibabel's array proxy, for type, place and scaling. Also gives notes on what follows the
    voxels. Raises EOFError for a file that ends before its voxels do, what gzip raises for damage,
    a wrong checksum among it, and SeriesError for a file that goes on and on.
    """
    from nibabel.volumeutils import apply_read_scaling

    slope, inter = np.float64(proxy.slope), np.float64(proxy.inter)
    count, plane = HuCount(), target.shape[:-1]
    with _unpacked(path) as stream:
        exactly(stream, proxy.offset)
        for part in slabs(target.shape[-1], int(np.prod(plane))):
            shape = (*plane, part.stop - part.start)
            content = stream.read(int(np.prod(shape)) * proxy.dtype.itemsize)
            stored = np.frombuffer(content, proxy.dtype)
            if stored.size < np.prod(shape):
                raise EOFError
            scaled: NDArray[Any] = apply_read_scaling(stored, slope, inter)
            target[..., part] = to_hu(scaled.reshape(shape, order="F"), count)
        return count, _after_voxels(path, stream, is_packed(path))


def check_packed(path: Path, end: int) -> None:
    """Unpack a gzipped file whose voxels end at byte `end`, keeping nothing; raises as
    `read_voxels` does. What isn't gzipped has no checksum and is not read."""
    if not is_packed(path):
        return
    with _unpacked(path) as stream:
        left = end
        while left and (part := stream.read(min(left, _STEP))):
            left -= len(part)
        if left:
            raise EOFError
        _after_voxels(path, stream, True)


def _after_voxels(path: Path, stream: ByteStream, packed: bool) -> tuple[str, ...]:
    """Notes on what follows the voxels. Reading on to the end makes gzip compare its checksums."""
    more = 0
    try:
        while part := stream.read(_STEP):
            more += len(part)
            check_unpacked(path, more)
            if not packed:  # no checksum to be read
                break
    except gzip.BadGzipFile as error:
        if not str(error).startswith("Not a gzipped file"):
            raise
        return (_AFTER_GZIP,)
    return (_AFTER_VOXELS,) if more else ()


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO | GzipStream]:
    with open_regular(path) as file:
        yield GzipStream(file) if is_packed(path) else file


def _sizes(head: bytes) -> tuple[int, int]:
    """The header's length as it stands there, in either order of bytes."""
    return int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")
