"""The lines of a MetaImage header: the few fields that matter, by name, as words and numbers.

A header is `key = value` lines up to ElementDataFile. Programs copy whole DICOM headers into it, so
only the fields named here are looked at, and none of their text is ever quoted: numbers are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

from spgc.errors import SeriesError

MAX_HEADER = 2**20
"""Bytes in which ElementDataFile has to stand; with a copied DICOM header a file takes some KiB."""

LAST = "ElementDataFile"
"""The field behind which a header ends."""

_FIELDS = (
    "ObjectType",
    "NDims",
    "DimSize",
    "ElementType",
    "ElementNumberOfChannels",
    "ElementSpacing",
    "ElementSize",
    "TransformMatrix",
    "Offset",
    "AnatomicalOrientation",
    "DistanceUnits",
    "Modality",
    "BinaryData",
    "BinaryDataByteOrderMSB",
    "CompressedData",
    "CompressedDataSize",
    "HeaderSize",
    "ElementToIntensityFunctionSlope",
    "ElementToIntensityFunctionOffset",
    LAST,
)

_NAMES: Mapping[str, str] = {
    **{field: field for field in _FIELDS},
    "Orientation": "TransformMatrix",
    "Rotation": "TransformMatrix",
    "Position": "Offset",
    "Origin": "Offset",
    "ElementByteOrderMSB": "BinaryDataByteOrderMSB",
}
"""Fields by the names that files have for them (MetaIO's documentation and source)."""

_Number = TypeVar("_Number", int, float)


class Fields:
    """The known fields of one header, taken as what they should be or refused by their names.

    `end`: the byte behind the last line.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        """Read the lines. Raises SeriesError for a field with two values, or without an end."""
        self.path, self.end = path, 0
        self._found: dict[str, str] = {}
        while LAST not in self._found:
            line = file.readline(MAX_HEADER + 1 - self.end)
            self.end += len(line)
            if not line or self.end > MAX_HEADER:
                raise self.damaged(f"no {LAST} in {min(self.end, MAX_HEADER):,} bytes")
            self._take(line.decode("utf-8", "surrogateescape"))

    def _take(self, line: str) -> None:
        key, mark, value = line.partition("=")
        field = _NAMES.get(key.strip())
        if mark and field and self._found.setdefault(field, value.strip()) != value.strip():
            raise self.damaged(f"{field} twice, with two values")

    def __contains__(self, field: str) -> bool:
        return field in self._found

    def text(self, field: str, otherwise: str = "") -> str:
        return self._found.get(field, otherwise)

    def flag(self, field: str) -> bool:
        """True or False, False where it is missing."""
        word = self.text(field, "False").lower()
        if word not in ("true", "false", "1", "0"):
            raise self.damaged(f"another {field}", f"{field} = True or False")
        return word in ("true", "1")

    def real(self, field: str, otherwise: float) -> float:
        return self.reals(field, 1)[0] if field in self else otherwise

    def reals(self, field: str, count: int) -> list[float]:
        return self._numbers(field, count, _real)

    def sizes(self, field: str, count: int) -> list[int]:
        """Numbers of voxels or bytes, each 1 or more."""
        return self._numbers(field, count, _size)

    def _numbers(self, field: str, count: int, parsed: Callable[[str], _Number]) -> list[_Number]:
        words = self.text(field).split()
        try:
            if len(words) != count:
                raise ValueError
            return [parsed(word) for word in words]
        except ValueError as error:
            raise self.damaged(f"damaged {field}" if field in self else f"no {field}") from error

    def damaged(self, found: str, expected: str = "a complete header") -> SeriesError:
        """What is said of a header that can't be followed; never its own text."""
        return damaged_header(self.path, found, expected)


def damaged_header(path: Path, found: str, expected: str) -> SeriesError:
    """What is said of a header that can't be followed; `found` is never its own text."""
    return SeriesError(
        "MetaImage header can't be followed",
        where=path,
        found=found,
        expected=expected,
        do="save the volume again, or copy it again from its source",
    )


def _size(text: str) -> int:
    if len(text) > 15 or not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError
    return int(text)


def _real(text: str) -> float:
    """A finite number as C writes it."""
    number = float(text)
    if not math.isfinite(number) or not text.isascii() or "_" in text:
        raise ValueError
    return number
