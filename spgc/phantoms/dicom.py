"""Writing a drawn volume as a folder of DICOM files, with the traps of the real release.

Two styles, as found side by side in the released data: `IM0001.dcm`, de-identified with UUIDs
for UIDs or none at all, in slice order; and `98C14734-ASSH_1.dcm`, whose names say nothing about
order. Windows have two values, strays lie about. Pixels are JPEG Lossless
(1.2.840.10008.1.2.4.70), 12 bits stored, intercept -1024, where imagecodecs can encode them, and
uncompressed otherwise. All else keeps to the CT Image IOD (PS3.3, A.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEGLosslessSV1,
    generate_uid,
)

from spgc.files.file_kinds import PREAMBLE
from spgc.jobs.quiet_warnings import no_warnings
from spgc.phantoms.scanner import Protocol
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_SCAN

Style = Literal["ordered", "scrambled"]

INTERCEPT = -1024
"""Rescale intercept (0028,1052) of the real release; slope is 1."""

MAX_STORED = 4095
"""Largest value of 12 stored bits (0028,0101)."""

STRAY = b"\0\0\0\1Bud1"
"""Beginning of a `.DS_Store` file, which the real folders hold at every level."""

_ALIAS = "98C00000-SYNT"

_FIXED: Mapping[str, Any] = MappingProxyType(
    {
        "SpecificCharacterSet": "ISO_IR 100",
        "ImageType": ["DERIVED", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "Modality": "CT",
        "Manufacturer": "spgc phantom",
        "ImageComments": SYNTHETIC_SCAN,
        "DerivationDescription": "Drawn by spgc phantom",
        "PatientName": f"{SYNTHETIC}^PHANTOM",
        "BodyPartExamined": "CHEST",
        "PatientPosition": "HFS",
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "RescaleIntercept": str(INTERCEPT),
        "RescaleSlope": "1",
        "WindowCenter": ["50", "-600"],
        "WindowWidth": ["350", "1200"],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        # Required, but empty where nothing is known (type 2).
        **dict.fromkeys(
            (
                "PatientBirthDate",
                "PatientSex",
                "StudyDate",
                "StudyTime",
                "StudyID",
                "AccessionNumber",
                "ReferringPhysicianName",
                "PositionReferenceIndicator",
            ),
            "",
        ),
        **dict.fromkeys(("AcquisitionNumber", "SeriesNumber")),
    }
)
"""Tags that are the same in every file."""


def write_series(
    hu: NDArray[np.int16],
    folder: Path,
    *,
    pixel_mm: float,
    slice_mm: float,
    style: Style,
    rng: np.random.Generator,
    protocol: Protocol | None = None,
    current: Sequence[int] = (),
    compress: bool = True,
) -> None:
    """Write `hu: (S, H, W)`, head to feet, as one series into `folder`.

    `current` is the tube current of each slice in mA; `rng` scrambles names and places the scan.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = len(hu)
    numbers = np.arange(1, count + 1)
    if style == "scrambled":
        numbers = rng.permutation(numbers)
    (folder / ".DS_Store").write_bytes(STRAY)
    top = float(rng.uniform(-80, 120))  # mm, the first slice's place in the scanner
    protocol = protocol or Protocol(thickness=slice_mm)
    dataset = _series_header(folder.name, style, hu.shape[1:], pixel_mm, protocol)
    for index in range(count):
        _set_slice(dataset, folder.name, index, top - index * slice_mm)
        dataset.XRayTubeCurrent = str(current[index] if current else 100)
        _save(dataset, hu[index], folder / _file_name(style, int(numbers[index])), style, compress)


def _file_name(style: Style, number: int) -> str:
    return f"IM{number:04d}.dcm" if style == "ordered" else f"{_ALIAS}_{number}.dcm"


def _series_header(
    case: str, style: Style, shape: tuple[int, ...], pixel_mm: float, protocol: Protocol
) -> Dataset:
    dataset = Dataset()
    for name, value in _FIXED.items():
        setattr(dataset, name, value)
    dataset.SliceThickness, dataset.KVP = f"{protocol.thickness:g}", str(protocol.kvp)
    dataset.ConvolutionKernel = protocol.kernel
    dataset.PixelSpacing = [f"{pixel_mm:.6f}"] * 2
    dataset.Rows, dataset.Columns = shape
    corner = -(shape[1] - 1) / 2 * pixel_mm
    dataset.ImagePositionPatient = [f"{corner:.4f}", f"{corner:.4f}", "0"]
    _identify(dataset, style, case)
    return dataset


def _identify(dataset: Dataset, style: Style, case: str) -> None:
    """UIDs as the two styles of the real release have them: real, or emptied."""
    if style == "scrambled":
        dataset.StudyInstanceUID = generate_uid(entropy_srcs=[case, "study"])
        dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[case, "series"])
        dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=[case, "frame"])
        dataset.PatientID = _ALIAS
        dataset.StudyDate, dataset.StudyTime, dataset.SeriesNumber = "20200301", "120000", 2
        return
    dataset.PatientID = case
    # UUIDs where UIDs belong, as the de-identified files of the release have them.
    with no_warnings():
        dataset.StudyInstanceUID = str(uuid5(NAMESPACE_OID, f"{case} study"))
        dataset.SeriesInstanceUID = str(uuid5(NAMESPACE_OID, f"{case} series"))
    dataset.FrameOfReferenceUID = ""


def _set_slice(dataset: Dataset, case: str, index: int, z: float) -> None:
    dataset.InstanceNumber = index + 1
    dataset.ImagePositionPatient[2] = f"{z:.3f}"
    dataset.SliceLocation = f"{z:.3f}"
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[case, str(index)])


def _save(
    dataset: Dataset, hu: NDArray[np.int16], path: Path, style: Style, compress: bool
) -> None:
    stored = np.clip(hu.astype(np.int32) - INTERCEPT, 0, MAX_STORED).astype(np.uint16)
    frame = encode_lossless(stored) if compress else None
    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0  # counted when written
    meta.FileMetaInformationVersion = b"\0\1"
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    if frame is None:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.add_new("PixelData", "OW", stored.astype("<u2").tobytes())
    else:
        meta.TransferSyntaxUID = JPEGLosslessSV1
        dataset.add_new("PixelData", "OB", encapsulate([frame]))
        dataset["PixelData"].is_undefined_length = True
    if style == "ordered":
        dataset.SOPInstanceUID = ""  # emptied in the data set, kept in the file's own header
    dataset.file_meta = meta
    dataset.preamble = b"\0" * PREAMBLE
    with no_warnings():  # UUIDs are no UIDs: that is the point
        dataset.save_as(path, enforce_file_format=False)  # else it would want the emptied UID


def encode_lossless(stored: NDArray[np.uint16]) -> bytes | None:
    """`stored` (H, W) of 12 bits as JPEG Lossless, selection value 1; None without an encoder."""
    try:
        from imagecodecs import jpeg8_encode
    except ImportError:
        return None
    return bytes(jpeg8_encode(stored, lossless=True, predictor=1, bitspersample=12))
