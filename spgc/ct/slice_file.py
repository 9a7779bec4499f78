"""One CT image file: the tags that matter, parsed, and the errors for damaged ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from spgc.ct.repeated_tags import RepeatedTagError
from spgc.ct.size_limits import MAX_PIXELS
from spgc.ct.tags import TagReader
from spgc.errors import SeriesError


@dataclass(frozen=True)
class SliceFile:
    """One CT image file: the tags that matter, parsed; None where missing or damaged.

    `position` (3,) mm and `orientation` (6,) in the patient system (LPS); `spacing` (y, x) mm;
    `remarks`: what is doubtful about its tags; `damaged`: keywords of the damaged ones; `patient`:
    a hash that tells patients apart and nothing of them.
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
    rescale_type: str = ""
    lying: str = ""
    remarks: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    patient: bytes = b""


def parse_slice(
    path: Path, dataset: Dataset, remarks: tuple[str, ...], patient: bytes
) -> SliceFile:
    """The tags of a dataset that was read from `path`. Raises SeriesError for one of no size."""
    tags = TagReader(dataset)
    size = tags.numbers("Rows", 1), tags.numbers("Columns", 1)
    if size[0] is None or size[1] is None:
        raise broken_file(path, "no image size")
    if size[0][0] * size[1][0] > MAX_PIXELS:
        raise broken_file(path, f"{size[0][0]:g} rows of {size[1][0]:g} pixels")
    return SliceFile(
        path=path,
        dataset=dataset,
        series=str(dataset.get("SeriesInstanceUID") or dataset.get("SeriesNumber") or ""),
        size=(int(size[0][0]), int(size[1][0])),
        position=tags.numbers("ImagePositionPatient", 3),
        orientation=tags.directions("ImageOrientationPatient"),
        spacing=tags.lengths("PixelSpacing", 2),
        location=tags.number("SliceLocation"),
        number=tags.number("InstanceNumber"),
        thickness=(tags.lengths("SliceThickness", 1) or (None,))[0],
        image_type=tuple(word.upper() for word in tags.words("ImageType")),
        rescale_type="\\".join(tags.words("RescaleType")).upper(),
        lying="\\".join(tags.words("PatientPosition")).upper(),
        remarks=(*remarks, *tags.remarks),
        damaged=tuple(tags.damaged),
        patient=patient,
    )


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Name the file when its tags can't be read: pydicom raises many types for damaged values."""
    try:
        yield
    except SeriesError:
        raise
    except RepeatedTagError as error:
        raise broken_file(path, str(error)) from error
    except Exception as error:  # its text may quote tags
        raise broken_file(path, f"a damaged header ({type(error).__name__})") from error


def broken_file(path: Path, found: str | None) -> SeriesError:
    """The error for a file that is truncated or damaged; found: how."""
    return SeriesError(
        "can't read DICOM file",
        where=path,
        found=found,
        expected="a complete DICOM image",
        do="copy the file again from its source, or remove it",
    )
