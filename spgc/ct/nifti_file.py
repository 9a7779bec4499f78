"""NIfTI files opened by their content: `.nii` may be gzipped, and `.nii.gz` may not.

nibabel goes by the name, which may be wrong, and takes several times the volume to scale it. Here
it gets the header alone, and voxels are read and scaled slab by slab.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from spgc.ct.nifti_header import data_offset, is_packed
from spgc.ct.plausible import HuCount
from spgc.ct.slabs import slabs, to_hu
from spgc.files.regular import open_regular

_LONGEST_HEADER = 544
"""Bytes of a NIfTI-2 header with its mark of extensions."""


def load_nifti(path: Path) -> Any:
    """A NIfTI image of nibabel that knows its header and where its voxels lie, not these.

    Raises SeriesError for voxels that begin far behind the header, OSError for what is no regular
    file, and whatever nibabel and zlib raise for damage.
    """
    import nibabel

    offset = data_offset(path)
    with _unpacked(path) as stream:
        head = stream.read(max(offset, _LONGEST_HEADER))
    holder = nibabel.FileHolder(fileobj=BytesIO(head))
    kind = nibabel.Nifti2Image if 540 in _sizes(head) else nibabel.Nifti1Image
    files = {"header": holder, "image": holder}
    return kind.from_file_map(files)  # type: ignore[no-untyped-call]


def read_voxels(path: Path, proxy: Any, target: NDArray[np.int16]) -> HuCount:
    """Fill `target`, an int16 view with the axes of the file, and count what the voxels were.

    proxy: nibabel's array proxy, for type, place and scaling. Raises EOFError for a file that ends
    before its voxels do, and what gzip raises for damage, a wrong checksum among it.
    """
    from nibabel.volumeutils import apply_read_scaling

    slope, inter = np.float64(proxy.slope), np.float64(proxy.inter)
    count, plane = HuCount(), target.shape[:-1]
    with _unpacked(path) as stream:
        stream.seek(proxy.offset)
        for part in slabs(target.shape[-1], int(np.prod(plane))):
            shape = (*plane, part.stop - part.start)
            content = stream.read(int(np.prod(shape)) * proxy.dtype.itemsize)
            stored = np.frombuffer(content, proxy.dtype)
            if stored.size < np.prod(shape):
                raise EOFError
            scaled: NDArray[Any] = apply_read_scaling(stored, slope, inter)
            target[..., part] = to_hu(scaled.reshape(shape, order="F"), count)
        _check_end(stream)
    return count


def _check_end(stream: BinaryIO) -> None:
    """Let gzip compare its checksum, which it does at the end. What follows that is nobody's."""
    try:
        stream.read(1)
    except gzip.BadGzipFile as error:
        if not str(error).startswith("Not a gzipped file"):
            raise


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    with open_regular(path) as file:
        if not is_packed(path):
            yield file
            return
        with gzip.GzipFile(fileobj=file) as stream:
            yield cast("BinaryIO", stream)


def _sizes(head: bytes) -> tuple[int, int]:
    """The header's length as it stands there, in either order of bytes."""
    return int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")
