"""MetaImage files for tests, written by hand: a header of lines, and voxels."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.ct.dicom_files import IDENTITY

HU = np.random.default_rng(0).integers(-1000, 400, (5, 6, 7)).astype(np.int16)
"""(S, H, W), head to feet, front at the top, patient's right at the left edge."""

SPACING = (2.5, 0.6, 0.7)
ORIGIN = (-50.0, -40.0, -300.0)

FIELDS = {
    "ObjectType": "Image",
    "NDims": "3",
    "Comment": IDENTITY,
    "0010|0010": IDENTITY,
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "-50 -40 -300",
    "AnatomicalOrientation": "RAI",
    "ElementSpacing": "0.7 0.6 2.5",
    "DimSize": "7 6 5",
    "ElementType": "MET_SHORT",
}


def header(data: str = "LOCAL", **changed: str | None) -> bytes:
    """The lines of a header; `changed` replaces or, when None, leaves out fields."""
    fields = {**FIELDS, **changed, "ElementDataFile": data}
    return "".join(f"{k} = {v}\n" for k, v in fields.items() if v is not None).encode()


def voxels(hu: NDArray[np.int16] = HU) -> bytes:
    """Voxels as stored feet to head, as the directions of `FIELDS` say."""
    return hu[::-1].tobytes()


def write_metaimage(path: Path, **changed: str | None) -> Path:
    """`HU` as a `.mha` file, deflated where `changed` says so."""
    content = voxels()
    if changed.get("CompressedData") == "True":
        content = zlib.compress(content)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(header(**changed) + content)
    return path
