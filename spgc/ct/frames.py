"""Multi-frame DICOM (Enhanced CT, PS3.3 A.38) split into one dataset per frame.

What Enhanced CT keeps in its functional groups, for all frames or for each, becomes the plain
tags that a file with a single slice has, so that every later step sees slices.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames, parse_basic_offsets

from spgc.ct.size_limits import MAX_FRAMES
from spgc.errors import SeriesError

_SHARED, _EACH = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"

GROUP_TAGS = (_SHARED, _EACH)
"""Tags to read besides the plain ones."""

_IN_GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
}
_FRAME_TYPE = "CTImageFrameTypeSequence"

MACRO_TAGS = (*_IN_GROUPS, _FRAME_TYPE)
"""Tags in an item of the groups that are read, each a sequence of one item."""

_OF_EACH = "ImagePositionPatient"
"""Differs from frame to frame: a plain tag of it, as of the first frame, contradicts nothing."""

_ITEM_HEADER = 8
"""Bytes before the content of each fragment of compressed pixel data."""


@dataclass(frozen=True)
class Frame:
    """The dataset that a file of its own would have, and what is doubtful about its tags."""

    dataset: Dataset
    remarks: tuple[str, ...] = ()


def split_frames(dataset: Dataset, path: Path) -> list[Frame]:
    """Each frame; a file with a single plain slice is left as it is.

    Frames without a position are numbered as they are stored. Where plain tags say something else
    than the functional groups, these count, as Enhanced CT has it, with a remark. Raises
    SeriesError for pixel data that don't hold all frames, for more frames than any scan has, and
    for functional groups that say two things of one frame.
    """
    count = int(dataset.get("NumberOfFrames") or 1)
    if count <= 1 and _EACH not in dataset and _SHARED not in dataset:
        return [Frame(dataset)]
    if MAX_FRAMES < count <= _most_frames(dataset):
        raise SeriesError(
            "multi-frame image of too many frames",
            where=path,
            found=f"{count:,} frames",
            expected=f"one scan, at most {MAX_FRAMES:,}",
            do="save each scan in a file of its own",
        )
    groups = dataset.get(_EACH) or []
    enough = count <= _most_frames(dataset)
    pixels = list(_frame_pixels(dataset, count)) if enough else []
    there = len(pixels) or ("another number" if enough else "fewer")
    if len(pixels) != count or len(groups) not in (0, count):
        raise SeriesError(
            "multi-frame image is not complete",
            where=path,
            found=f"pixels of {there} and places of {len(groups)} frames",
            expected=f"{count} frames",
            do="copy the file again from its source",
        )
    shared = _at_most_one(dataset, _SHARED, path)
    plain = Dataset({e.tag: e for e in dataset if e.VR != "SQ" and e.keyword != "PixelData"})
    frames = []
    for index, content in enumerate(pixels):
        own = [groups[index]] if groups else []
        said = _said([*shared, *own], path)
        made = _frame(dataset, plain, said, content, index)
        frames.append(Frame(made, tuple(_overruled(plain, said))))
    return frames


def _overruled(plain: Dataset, said: list[DataElement]) -> Iterator[str]:
    """A remark for each plain tag that the groups say otherwise."""
    for element in said:
        other = plain.get(element.tag)
        if element.keyword == _OF_EACH or other is None or other.is_empty:
            continue
        if other.value != element.value:
            yield f"{element.keyword} differs in the functional groups: theirs used"


def _said(groups: list[Dataset], path: Path) -> list[DataElement]:
    """What the groups say of one frame. Raises SeriesError where they say two things of it."""
    found: dict[str, DataElement] = {}
    for group in groups:
        for name, keywords in (*_IN_GROUPS.items(), (_FRAME_TYPE, ("FrameType",))):
            for item in _at_most_one(group, name, path):
                for keyword in keywords:
                    if keyword not in item or item[keyword].is_empty:
                        continue
                    element = item[keyword]
                    if found.setdefault(keyword, element).value != element.value:
                        raise _contradicting(path, f"two values of {keyword} for a frame")
    return list(found.values())


def _at_most_one(dataset: Dataset, keyword: str, path: Path) -> list[Dataset]:
    """The item of a sequence that can have one. Raises SeriesError for more."""
    items = list(dataset.get(keyword) or [])
    if len(items) > 1:
        raise _contradicting(path, f"{len(items)} items in {keyword}")
    return items


def _contradicting(path: Path, found: str) -> SeriesError:
    return SeriesError(
        "functional groups of a multi-frame image contradict each other",
        where=path,
        found=found,
        expected="one",
        do="copy the file again from its source, or export the series again",
    )


def _frame(
    whole: Dataset, plain: Dataset, said: list[DataElement], content: bytes, index: int
) -> Dataset:
    frame = Dataset()
    for element in plain:  # of its own: a shared element would change in every frame
        frame.add(copy(element))
    frame.file_meta = whole.file_meta
    frame.NumberOfFrames = 1
    for element in said:
        if element.keyword == "FrameType":
            frame.ImageType = element.value or []
        else:
            frame.add(copy(element))  # as it is: a damaged value is judged later
    if frame.get("ImagePositionPatient"):
        frame.InstanceNumber = None  # the number of the file: it says nothing of this frame
    else:
        frame.InstanceNumber = index + 1
    frame.PixelData = content
    return frame


def _frame_pixels(dataset: Dataset, count: int) -> Iterator[bytes]:
    """The pixel data of each frame, in the form that a file of its own would have."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        offsets = parse_basic_offsets(dataset.PixelData)
        if offsets and (len(offsets) != count or offsets[0]):
            return
        for content in generate_frames(dataset.PixelData, number_of_frames=count):
            yield encapsulate([content])
        return
    size = _frame_bytes(dataset)
    if len(dataset.PixelData) not in (count * size, count * size + count * size % 2):
        return
    for start in range(0, count * size, size):
        content = dataset.PixelData[start : start + size]
        if len(content) == size:
            yield content


def _most_frames(dataset: Dataset) -> int:
    """Frames that the pixel data can hold at most, whatever the header says."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return len(dataset.PixelData) // _ITEM_HEADER
    return len(dataset.PixelData) // _frame_bytes(dataset)


def _frame_bytes(dataset: Dataset) -> int:
    """Bytes of an uncompressed frame, at least 1."""
    samples = int(dataset.get("SamplesPerPixel") or 1)
    pixels = int(dataset.Rows) * int(dataset.Columns) * samples
    return max(pixels * (int(dataset.BitsAllocated) // 8), 1)
