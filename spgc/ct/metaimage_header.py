"""What a MetaImage header says of its volume, each field checked before a voxel is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.metaimage_fields import LAST, MAX_HEADER, Fields
from spgc.files.regular import open_regular

LOCAL = "LOCAL"
"""Stands for the name of a data file where the voxels follow the header."""

_TYPES: Mapping[str, str] = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",  # 4 bytes in files, whatever C says (MetaIO, metaTypes.h)
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}

_ONLY: Mapping[str, tuple[str, ...]] = {
    "ObjectType": ("image",),
    "NDims": ("3",),
    "ElementNumberOfChannels": ("1",),
    "DistanceUnits": ("mm", "?"),
    "Modality": ("met_mod_ct", "met_mod_other", "met_mod_unknown"),
    "BinaryData": ("true", "1"),
}
"""Fields that may be missing but for NDims, and the only values that a CT volume has."""

_PAIRS = ("RL", "AP", "IS")
"""Letters of AnatomicalOrientation: the two ends of each axis of the body."""


@dataclass(frozen=True)
class Header:
    """What a header says of its volume.

    shape: (x, y, z) voxels; kind: as stored, byte order included; spacing: (3,) mm; directions:
    (3, 3), a row for each axis of the file in the patient system (LPS), None where none is given;
    origin: (3,) mm; anatomy: three letters, or "" where none are given; data: the name of the file
    with the voxels or `LOCAL`; start: the byte of the first voxel there, None where the voxels end
    with the file; packed: whether they are deflated, in `packed_size` bytes where that is stated.
    """

    shape: tuple[int, int, int]
    kind: np.dtype[np.generic]
    spacing: NDArray[np.float64]
    directions: NDArray[np.float64] | None
    origin: NDArray[np.float64]
    anatomy: str
    data: str
    start: int | None
    packed: bool
    packed_size: int | None

    @property
    def size(self) -> int:
        """Bytes of all voxels, unpacked."""
        return math.prod(self.shape) * self.kind.itemsize


def read_header(path: Path) -> Header:
    """The header of a MetaImage file.

    Raises SeriesError for one that leaves a doubt, OSError for what is no regular file.
    """
    with open_regular(path) as file:
        fields = Fields(path, file)
    _check(fields)
    x, y, z = fields.sizes("DimSize", 3)
    packed = fields.flag("CompressedData")
    sized = packed and "CompressedDataSize" in fields
    return Header(
        shape=(x, y, z),
        kind=_kind(fields),
        spacing=np.array(_spacing(fields)),
        directions=_directions(fields),
        origin=np.array(fields.reals("Offset", 3) if "Offset" in fields else [0.0] * 3),
        anatomy=_anatomy(fields),
        data=_data_file(fields),
        start=_start(fields, packed),
        packed=packed,
        packed_size=fields.sizes("CompressedDataSize", 1)[0] if sized else None,
    )


def _check(fields: Fields) -> None:
    """Refuse what is no volume of CT values as they are."""
    for field, allowed in _ONLY.items():
        if fields.text(field, allowed[0]).lower() not in allowed:
            raise fields.damaged(f"another {field}", f"{field} = {allowed[0]}")
    if "NDims" not in fields:
        raise fields.damaged("no NDims")
    scaling = "ElementToIntensityFunction"
    if (fields.real(f"{scaling}Slope", 1.0), fields.real(f"{scaling}Offset", 0.0)) != (1.0, 0.0):
        raise fields.damaged(f"an {scaling}", "HU as stored")  # ITK doesn't apply it


def _kind(fields: Fields) -> np.dtype[np.generic]:
    name = fields.text("ElementType").upper()
    if name not in _TYPES:
        raise fields.damaged("no known ElementType", "one of " + ", ".join(_TYPES))
    order = ">" if fields.flag("BinaryDataByteOrderMSB") else "<"
    return np.dtype(order + _TYPES[name])


def _spacing(fields: Fields) -> list[float]:
    """ElementSpacing; ElementSize stands in for it, as MetaIO reads it."""
    alone = "ElementSize" in fields and "ElementSpacing" not in fields
    field = "ElementSize" if alone else "ElementSpacing"
    steps = fields.reals(field, 3)
    if min(steps) <= 0:
        raise fields.damaged(f"{field} that is not positive", "three lengths in mm")
    return steps


def _directions(fields: Fields) -> NDArray[np.float64] | None:
    if "TransformMatrix" not in fields:
        return None
    return np.array(fields.reals("TransformMatrix", 9)).reshape(3, 3)


def _anatomy(fields: Fields) -> str:
    """AnatomicalOrientation where it names three axes; programs also write `???`."""
    letters = fields.text("AnatomicalOrientation").upper()
    axes = {pair for pair in _PAIRS for letter in letters if letter in pair}
    return letters if len(letters) == len(axes) == len(_PAIRS) else ""


def _data_file(fields: Fields) -> str:
    name = fields.text(LAST)
    if name.upper() == LOCAL:
        return LOCAL
    if name.upper() == "LIST" or "%" in name:
        raise fields.damaged("voxels in many files", "voxels in one file")
    if not name or name in (".", "..") or any(mark in name for mark in "/\\:\0"):
        found = f"{LAST} outside the header's folder"
        raise fields.damaged(found, "the name of a file beside it")
    return name


def _start(fields: Fields, packed: bool) -> int | None:
    """HeaderSize counts the bytes before the voxels; -1 means that they end with the file."""
    skipped = fields.real("HeaderSize", 0.0)
    local = fields.text(LAST).upper() == LOCAL
    if skipped and (local or packed or not _is_offset(skipped)):
        raise fields.damaged("a HeaderSize that fits no volume")
    if skipped < 0:
        return None
    return fields.end if local else int(skipped)


def _is_offset(number: float) -> bool:
    return number == -1 or (number.is_integer() and 0 <= number <= MAX_HEADER)
