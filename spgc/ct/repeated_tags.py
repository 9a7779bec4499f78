"""Tags that stand twice in the functional groups of a multi-frame file: pydicom takes the last.

It asks whether to go on at each tag of a file, but at none within a sequence, so that the items
are walked once more here.
"""

from __future__ import annotations

from struct import unpack
from typing import BinaryIO, cast

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import data_element_generator, read_dataset
from pydicom.tag import ItemDelimiterTag, ItemTag, Tag

from spgc.ct.frames import GROUP_TAGS, MACRO_TAGS

_NESTED = frozenset(Tag(keyword) for keyword in (*GROUP_TAGS, *MACRO_TAGS))
_NO_LENGTH = 0xFFFFFFFF
_HEADER = 8
"""Bytes of an item's tag and length."""

_Element = RawDataElement | DataElement


class RepeatedTagError(ValueError):
    """A tag that stands twice in one dataset: pydicom takes the last."""


def check_groups(dataset: Dataset, stream: BinaryIO) -> None:
    """Raise RepeatedTagError for a tag that stands twice in an item of the functional groups.

    stream: what the dataset was read from, inflated.
    """
    implicit, little = dataset.original_encoding
    for keyword in GROUP_TAGS:
        if keyword in dataset:
            _check(dataset.get_item(keyword), stream, bool(implicit), bool(little))


def _check(element: _Element, stream: BinaryIO, implicit: bool, little: bool) -> None:
    """Check the items of a sequence and of those in it that matter.

    Those of a length that is said stand in a raw element, others in the stream alone.
    """
    if isinstance(element, RawDataElement):
        content = element.value or b""
        stream, end = cast("BinaryIO", DicomBytesIO(content)), len(content)
    else:
        stream.seek(int(element.file_tell or 0))
        end = _NO_LENGTH
    while stream.tell() < end and (header := stream.read(_HEADER)):
        group, number, length = unpack("<HHL" if little else ">HHL", header)
        if group << 16 | number != ItemTag:
            return
        start = stream.tell()
        size = None if length == _NO_LENGTH else length
        item = read_dataset(stream, implicit, little, size, at_top_level=False)
        after = stream.tell()
        own = bool(item.original_encoding[0])
        for inner in _elements(stream, start, after, own, little):
            if inner.tag in _NESTED:
                _check(inner, stream, own, little)
        stream.seek(after)


def _elements(
    stream: BinaryIO, start: int, after: int, implicit: bool, little: bool
) -> list[_Element]:
    """All elements of an item, those that stand twice as well. Raises RepeatedTagError for these.

    Zeros may follow, which pad some files.
    """
    stream.seek(start)
    found: list[_Element] = []
    walk = data_element_generator(stream, implicit, little)
    while stream.tell() < after and (element := next(walk, None)) is not None:
        if element.tag not in (0, ItemDelimiterTag):
            found.append(element)
    if len({element.tag for element in found}) < len(found):
        raise RepeatedTagError("a tag twice")
    return found
