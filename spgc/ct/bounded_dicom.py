"""Parsing DICOM files within bounds: no further than an image can reach, whatever headers claim.

pydicom reads the length that stands there and goes on to the end of the file: gigabytes of pixel
data for a small image, or eight bytes at a time through a hole in a file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import BinaryIO, cast

from pydicom.dataset import FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag

from spgc.ct.repeated_tags import RepeatedTagError, check_groups
from spgc.ct.size_limits import MAX_PIXELS

MAX_ELEMENTS = 20_000
"""Elements beside each other beyond which a file is no image: CT files have some hundred."""

MAX_READS = 2_000_000
"""Reads of a file, two or three an element, those of `MAX_FRAMES` frames among them."""

SMALL = 4 * MAX_PIXELS
"""Bytes up to which a file is read as it is: the largest slice, twice as wide as CT has them."""

_PIXEL_DATA = frozenset(
    Tag(word) for word in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
)
_SIZE = ("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated")


def read_bounded(stream: BinaryIO, force: bool, keywords: Sequence[str | int]) -> FileDataset:
    """The tags of a DICOM file, as `pydicom.dcmread` gives them.

    Raises RepeatedTagError for a tag that stands twice, in functional groups as well, ValueError
    for more elements than an image has, and for a large file whose image is small; otherwise what
    pydicom raises.
    """
    start = stream.tell()
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    if size > SMALL:
        check_room(stream, force)
        stream.seek(start)
    dataset = _read(stream, force, keywords, _Count())
    inflated = isinstance(dataset.buffer, DicomBytesIO)
    check_groups(dataset, cast("BinaryIO", dataset.buffer) if inflated else stream)
    return dataset


def read_header(stream: BinaryIO, force: bool, keywords: Sequence[str]) -> FileDataset:
    """The tags before the pixel data. Raises ValueError for more elements than an image has."""
    count = _Count()

    def stop(tag: int, vr: str | None, length: int) -> bool:
        return count(tag, vr, length) or tag in _PIXEL_DATA

    return _read(stream, force, keywords, stop)


def _read(
    stream: BinaryIO, force: bool, keywords: Sequence[str | int], stop: Callable[..., bool]
) -> FileDataset:
    tags: list[BaseTag | int] = [Tag(keyword) for keyword in keywords]
    counted = cast("BinaryIO", _Counted(stream))
    return read_partial(counted, stop, force=force, specific_tags=tags)


class _Counted:
    """A stream that raises ValueError after `MAX_READS`: what comes before the dataset, and what
    lies within sequences, pydicom reads without asking whether to go on."""

    def __init__(self, stream: BinaryIO) -> None:
        self.name = getattr(stream, "name", None)
        self.seek, self.tell = stream.seek, stream.tell
        self._read, self._left = stream.read, MAX_READS

    def read(self, size: int = -1) -> bytes:
        """As the stream's own."""
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"more than {MAX_READS} parts")
        return self._read(size)


class _Count:
    """Counts elements as pydicom asks whether to go on; it never stops, but raises.

    Tags ascend in a sound file (PS3.5, 7.1). Tools that anonymise append some at the end, which is
    no doubt as long as each stands once. Zeros may follow, which pad some files. Where a file's
    encoding is not the one it names, pydicom asks for the first tag twice, at first of length 0.
    """

    def __init__(self) -> None:
        self.elements, self._seen = 0, set[int]()

    def __call__(self, tag: int, _vr: str | None, length: int) -> bool:
        self.elements += 1
        if self.elements == 1 and length == 0:
            return False
        if self.elements > MAX_ELEMENTS:
            raise ValueError(f"more than {MAX_ELEMENTS} elements")
        if tag == length == 0:
            return False
        if tag in self._seen:
            raise RepeatedTagError("a tag twice")
        self._seen.add(int(tag))
        return False


def check_room(stream: BinaryIO, force: bool) -> None:
    """Raise ValueError where what follows in a stream holds an image that needs far fewer bytes."""
    start = stream.tell()
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    header = read_header(stream, force, _SIZE)
    rows, columns, frames, samples, bits = (int(header.get(word) or 1) for word in _SIZE)
    image = rows * columns * max(frames, 1) * max(samples, 1) * -(-bits // 8)
    if size > image + SMALL:
        raise ValueError("far more bytes than the image has")
