"""DICOM files for tests, good and bad, written with pydicom."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

IDENTITY = "Surname^Given"
"""Stands in every identifying tag; no message or note may contain it."""

Tags = dict[str, Any]


def make_slice(hu: NDArray[np.int16], z: float = 0.0, number: int = 1, **tags: Any) -> Dataset:
    """A CT image with stored value = HU + 1024; `tags` replace or, when None, remove tags.

    Bytes are written as they are, for values that pydicom would not write.
    """
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.StudyInstanceUID = dataset.FrameOfReferenceUID = ""
    dataset.SeriesInstanceUID = "1.2.3"
    for keyword in ("PatientName", "PatientID", "InstitutionName", "StudyDescription"):
        setattr(dataset, keyword, IDENTITY)
    dataset.PatientBirthDate = "19010203"
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.InstanceNumber = number
    dataset.ImagePositionPatient = [-10, -10, z]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SliceLocation = z
    dataset.SliceThickness = 2
    dataset.PixelSpacing = [0.5, 0.75]
    dataset.Rows, dataset.Columns = hu.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = (hu.astype(np.int32) + 1024).astype(np.uint16).tobytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bad values are written on purpose
        for keyword, value in tags.items():
            if value is None:
                delattr(dataset, keyword)
            elif isinstance(value, bytes) and keyword != "PixelData":
                dataset[keyword] = as_written(keyword, value)
            else:
                setattr(dataset, keyword, value)
    return dataset


def as_written(keyword: str, value: bytes) -> RawDataElement:
    """A tag with a value that its type does not allow."""
    tag = Tag(keyword)
    value += b" " * (len(value) % 2)
    return RawDataElement(tag, dictionary_VR(tag), len(value), value, 0, False, True)


def save(dataset: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a dataset as a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(
            path,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=True,
            enforce_file_format=True,
        )
    return path


def compressed(dataset: Dataset, codec: Callable[[NDArray[Any]], bytes]) -> Dataset:
    """The same image with its pixels put through `codec`."""
    kind = np.int16 if dataset.PixelRepresentation else np.uint16
    pixels = np.frombuffer(dataset.PixelData, kind).reshape(dataset.Rows, dataset.Columns)
    dataset.PixelData = encapsulate([codec(pixels)])
    return dataset


def images(count: int, size: int = 16, seed: int = 0) -> NDArray[np.int16]:
    """Slices of noise, each unlike the others, most of it no bone. (count, size, size) int16 HU"""
    rng = np.random.default_rng(seed)
    return rng.integers(-1024, 300, (count, size, size), dtype=np.int16)


def write_scan(
    folder: Path,
    hu: NDArray[np.int16],
    *,
    step: float = 2.0,
    name: str = "IM{:04d}.dcm",
    edit: Callable[[int, Tags], None] | None = None,
) -> Path:
    """A series from head to feet; `edit(index, tags)` may change each slice's tags."""
    for index, image in enumerate(hu):
        tags: Tags = {"z": 100.0 - index * step, "number": index + 1}
        if edit is not None:
            edit(index, tags)
        save(make_slice(image, **tags), folder / name.format(index + 1))
    return folder
