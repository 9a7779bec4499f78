"""A drawn volume as a folder of DICOM files, with the traps of the real release built in.

Two styles, as found side by side in the released data: `IM0001.dcm`, de-identified with UUIDs
for UIDs or none, in slice order; and `98C14734-ASSH_1.dcm`, whose names say nothing about order.
Pixels are JPEG Lossless (1.2.840.10008.1.2.4.70), 12 bits stored, intercept -1024.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal
from uuid import NAMESPACE_OID, uuid5

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLosslessSV1, generate_uid

Style = Literal["ordered", "scrambled"]

INTERCEPT = -1024
"""Rescale intercept (0028,1052) of the real release; slope is 1."""

MAX_STORED = 4095
"""Largest value of 12 stored bits (0028,0101)."""


def write_series(
    hu: NDArray[np.int16],
    folder: Path,
    *,
    pixel_mm: float,
    slice_mm: float,
    style: Style,
    rng: np.random.Generator,
) -> None:
    """Write `hu: (S, H, W)`, head to feet, as one series into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(hu)
    numbers = np.arange(1, count + 1)
    if style == "scrambled":
        numbers = rng.permutation(numbers)
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")  # stray, as in the real folders
    top = float(rng.uniform(-80, 120))  # mm, the first slice's place in the scanner
    series = generate_uid(entropy_srcs=[folder.name, "series"])
    for index in range(count):
        dataset = _header(folder.name, index, top - index * slice_mm, pixel_mm, slice_mm)
        _identify(dataset, style, series, index, folder.name)
        name = _file_name(style, int(numbers[index]))
        _save(dataset, hu[index], folder / name)


def _file_name(style: Style, number: int) -> str:
    return f"IM{number:04d}.dcm" if style == "ordered" else f"98C00000-SYNT_{number}.dcm"


def _header(case: str, index: int, z: float, pixel_mm: float, slice_mm: float) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.Modality = "CT"
    dataset.Manufacturer = "spgc phantom"
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.ImageComments = "SYNTHETIC: drawn by software, not a patient"
    dataset.PatientName = "SYNTHETIC^PHANTOM"
    dataset.PatientID = case
    dataset.SliceThickness = f"{slice_mm:g}"
    dataset.InstanceNumber = index + 1
    dataset.ImagePositionPatient = ["-180", "-180", f"{z:.3f}"]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.SliceLocation = f"{z:.3f}"
    dataset.PixelSpacing = [f"{pixel_mm:.4f}"] * 2
    dataset.RescaleIntercept = str(INTERCEPT)
    dataset.RescaleSlope = "1"
    dataset.WindowCenter, dataset.WindowWidth = ["50", "-600"], ["350", "1200"]
    return dataset


def _identify(dataset: Dataset, style: Style, series: str, index: int, case: str) -> None:
    """UIDs as the two styles of the real release have them: real, or emptied."""
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[case, str(index)])
    if style == "scrambled":
        dataset.StudyInstanceUID = generate_uid(entropy_srcs=[case, "study"])
        dataset.SeriesInstanceUID = series
        dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=[case, "frame"])
        dataset.PatientID = "98C00000-SYNT"
    else:
        # UUIDs where UIDs belong, as the de-identified files of the release have them.
        with warnings.catch_warnings(action="ignore"):
            dataset.StudyInstanceUID = str(uuid5(NAMESPACE_OID, f"{case} study"))
            dataset.SeriesInstanceUID = str(uuid5(NAMESPACE_OID, f"{case} series"))
        dataset.FrameOfReferenceUID = ""


def _save(dataset: Dataset, hu: NDArray[np.int16], path: Path) -> None:
    stored = np.clip(hu.astype(np.int32) - INTERCEPT, 0, MAX_STORED).astype("<u2")
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.add_new("PixelData", "OW", stored.tobytes())
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    _write(dataset, path, whole=True)
    compressed = _jpeg_lossless(path)
    dataset.add_new("PixelData", "OB", encapsulate([compressed]))
    meta.TransferSyntaxUID = JPEGLosslessSV1
    instance = dataset.SOPInstanceUID
    if not dataset.FrameOfReferenceUID:
        dataset.SOPInstanceUID = ""  # emptied in the data set, kept in the file's own header
    meta.MediaStorageSOPInstanceUID = instance
    meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.preamble = b"\0" * 128
    _write(dataset, path, whole=False)  # a whole file would need the emptied UID


def _write(dataset: Dataset, path: Path, *, whole: bool) -> None:
    with warnings.catch_warnings(action="ignore"):  # UUIDs are no UIDs: that is the point
        dataset.save_as(path, enforce_file_format=whole)


def _jpeg_lossless(path: Path) -> bytes:
    """The one frame of `path` as a JPEG Lossless (Process 14, SV1) stream."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    syntax = gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1)
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(syntax)
    if not reader.Read():
        raise RuntimeError(f"gdcm can't read {path}")
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise RuntimeError(f"gdcm can't compress {path}")
    fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
    buffer = fragments.GetFragment(0).GetByteValue().GetBuffer()
    # The wrapper hands bytes over as text with surrogates for what is not UTF-8.
    return buffer if isinstance(buffer, bytes) else buffer.encode("utf-8", "surrogateescape")
