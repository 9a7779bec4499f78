"""Opening NIfTI files by their content: `.nii` may be gzipped, and `.nii.gz` may not."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path
from typing import Any

from spgc.files.file_kinds import GZIP, HEAD, kind_of
from spgc.files.regular import open_regular, read_regular


def load_nifti(path: Path) -> Any:
    """A NIfTI image of nibabel, its values not read yet.

    Raises OSError for what is no regular file, and whatever nibabel and zlib raise for damage.
    """
    import nibabel

    with open_regular(path) as file:
        packed = kind_of(file.read(HEAD)) == GZIP
    if path.name.lower().endswith(".nii.gz" if packed else ".nii"):
        return nibabel.load(path)
    # nibabel goes by the name, which is wrong here, and leaves streams open: this one is memory.
    content = BytesIO(read_regular(path))
    stream = gzip.GzipFile(fileobj=content) if packed else content
    holder = nibabel.FileHolder(fileobj=stream)
    size = int.from_bytes(stream.read(4), "little")
    stream.seek(0)
    kind = nibabel.Nifti2Image if 540 in (size, _swapped(size)) else nibabel.Nifti1Image
    files = {"header": holder, "image": holder}
    return kind.from_file_map(files)  # type: ignore[no-untyped-call]


def _swapped(size: int) -> int:
    return int.from_bytes(size.to_bytes(4, "big"), "little")
