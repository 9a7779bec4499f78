"""What lies in a scan's folder: CT images with the few tags that matter, and the rest.

Only the tags in `_TAGS` are ever read, so names, dates, IDs and institutions never enter memory.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from spgc.errors import SeriesError

_TAGS = [
    "BitsAllocated", "BitsStored", "Columns", "HighBit", "ImageOrientationPatient",
    "ImagePositionPatient", "ImageType", "InstanceNumber", "Modality", "NumberOfFrames",
    "PhotometricInterpretation", "PixelData", "PixelPaddingRangeLimit", "PixelPaddingValue",
    "PixelRepresentation", "PixelSpacing", "PlanarConfiguration", "RescaleIntercept",
    "RescaleSlope", "Rows", "SamplesPerPixel", "SeriesInstanceUID", "SeriesNumber",
    "SliceLocation", "SliceThickness",
]  # fmt: skip

_KNOWN_STRAYS = frozenset({"dicomdir", "thumbs.db", "desktop.ini"})
_DICOM_ENDINGS = frozenset({".dcm", ".dicom", ".ima"})
_PREAMBLE = 128


@dataclass(frozen=True)
class SliceFile:
    """One CT image file: the tags that matter, parsed; None where missing or unreadable.

    `position` (3,) mm and `orientation` (6,) in the patient system (LPS); `spacing` (y, x) mm.
    """

    path: Path
    dataset: Dataset
    series: str
    size: tuple[int, int]
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    location: float | None
    number: float | None
    thickness: float | None
    image_type: tuple[str, ...]


def list_images(folder: Path) -> tuple[list[SliceFile], list[str]]:
    """The CT images of `folder`, by file name, and notes on what was left out.

    Raises SeriesError for a missing or empty folder and for truncated or foreign `.dcm` files.
    """
    images: list[SliceFile] = []
    left_out: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of values; the checks here decide
        for path in files_in(folder):
            with damage_named(path):
                image = _open_image(path, left_out)
            if image is not None:
                images.append(image)
    notes = [f"{count} left out: {reason}" for reason, count in sorted(left_out.items())]
    if not images:
        raise SeriesError(
            "no CT images in folder",
            where=folder,
            found="; ".join(notes) or "an empty folder",
            expected="DICOM files of one CT series",
            do="name the folder that directly holds the .dcm files",
        )
    return images, notes


def files_in(folder: Path) -> list[Path]:
    """All files of a scan's folder by name. Raises SeriesError when it can't be read."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SeriesError(
            "can't read scan folder",
            where=folder,
            found=error.strerror,
            expected="a folder of DICOM files",
            do="check the path and its permissions",
        ) from error
    return [entry for entry in entries if entry.is_file()]


def is_stray(path: Path) -> bool:
    """Whether a file in a scan's folder is known to be none of its images, by its name."""
    return path.name.startswith(".") or path.name.lower() in _KNOWN_STRAYS


def _open_image(path: Path, left_out: Counter[str]) -> SliceFile | None:
    if is_stray(path):
        left_out["files of the operating system or a DICOMDIR"] += 1
        return None
    dataset = _read(path)
    if dataset is None:
        left_out["files that are not DICOM"] += 1
    elif not _is_ct_image(dataset):
        left_out["DICOM objects that are not CT images"] += 1
    elif "Rows" not in dataset or not dataset.get("PixelData"):
        raise _broken(path, "no pixel data: the file is truncated")
    else:
        return _parse(path, dataset)
    return None


def _is_ct_image(dataset: Dataset) -> bool:
    """By Modality; where that is missing by SOP class, so that a cut header still counts."""
    if dataset.get("Modality"):
        return bool(dataset.Modality == "CT")
    kind = UID(dataset.file_meta.get("MediaStorageSOPClassUID") or "")
    return "Rows" in dataset or kind == CTImageStorage or kind.type != "SOP Class"


def _read(path: Path) -> Dataset | None:
    """The dataset, or None for a file that neither is DICOM nor claims to be by its name."""
    claims = path.suffix.lower() in _DICOM_ENDINGS
    try:
        with path.open("rb") as stream:
            marked = stream.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"
        if not marked and not claims:
            return None
        dataset = dcmread(path, force=not marked, specific_tags=_TAGS)
    except OSError as error:
        raise _broken(path, error.strerror or "a truncated header") from error
    if not marked and "Rows" not in dataset:
        raise _broken(path, "no DICOM content")
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain
    return dataset


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Name the file when its tags can't be read: pydicom raises many types for damaged values."""
    try:
        yield
    except SeriesError:
        raise
    except Exception as error:  # its text may quote tags
        raise _broken(path, f"a damaged header ({type(error).__name__})") from error


def _broken(path: Path, found: str | None) -> SeriesError:
    return SeriesError(
        "can't read DICOM file",
        where=path,
        found=found,
        expected="a complete DICOM image",
        do="copy the file again from its source, or remove it",
    )


def _parse(path: Path, dataset: Dataset) -> SliceFile:
    size = _numbers(dataset, "Rows", 1), _numbers(dataset, "Columns", 1)
    frames = _numbers(dataset, "NumberOfFrames", 1)
    if size[0] is None or size[1] is None:
        raise _broken(path, "no image size")
    if frames is not None and frames[0] > 1:
        raise SeriesError(
            "multi-frame image",
            where=path,
            found=f"{frames[0]:g} frames in one file",
            expected="one slice a file",
            do="export the scan as single-frame CT images",
        )
    return SliceFile(
        path=path,
        dataset=dataset,
        series=str(dataset.get("SeriesInstanceUID") or dataset.get("SeriesNumber") or ""),
        size=(int(size[0][0]), int(size[1][0])),
        position=_numbers(dataset, "ImagePositionPatient", 3),
        orientation=_numbers(dataset, "ImageOrientationPatient", 6),
        spacing=_positive(_numbers(dataset, "PixelSpacing", 2)),
        location=_number(dataset, "SliceLocation"),
        number=_number(dataset, "InstanceNumber"),
        thickness=_number(dataset, "SliceThickness"),
        image_type=tuple(str(word).upper() for word in dataset.get("ImageType") or ()),
    )


def _numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """The tag as `count` finite numbers, or None when it is missing, empty or malformed."""
    try:
        value = dataset.get(keyword)
        numbers = tuple(float(v) for v in ([value] if count == 1 else value))
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    finite = all(abs(number) < float("inf") for number in numbers)  # False for NaN as well
    return numbers if len(numbers) == count and finite else None


def _number(dataset: Dataset, keyword: str) -> float | None:
    numbers = _numbers(dataset, keyword, 1)
    return numbers[0] if numbers else None


def _positive(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return numbers if numbers and min(numbers) > 0 else None
