"""CT image files of a scan's folder or archive: the few tags that matter, and files left out.

Only the tags in `_TAGS` are read, so names and institutions never enter memory; of a PatientID its
hash is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from spgc.ct.archive import is_archive, members
from spgc.ct.bounded_dicom import SMALL, check_room, read_bounded, read_header
from spgc.ct.folder_files import claims_dicom, files_in, open_file
from spgc.ct.frames import GROUP_TAGS, split_frames
from spgc.ct.plain_pixels import OVERLAY_TAGS
from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.ct.same_patient import check_one_patient, check_patients, taken_patient
from spgc.ct.size_limits import check_scan_size, inflates_too_far
from spgc.ct.slice_file import SliceFile, broken_file, damage_named, parse_slice
from spgc.ct.stray_images import stray_images
from spgc.errors import SeriesError
from spgc.files.file_kinds import (
    BARE,
    DICOM,
    GZIP,
    HEAD,
    MARK,
    META,
    NIFTI,
    NPY,
    PACKED,
    PREAMBLE,
    kind_of,
)
from spgc.files.regular import check_regular

_TAGS: list[str | int] = [
    *GROUP_TAGS,
    "BitsAllocated",
    "BitsStored",
    "Columns",
    "HighBit",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "ImageType",
    "InstanceNumber",
    "Modality",
    "NumberOfFrames",
    "PatientID",
    "PatientPosition",
    "PhotometricInterpretation",
    "PixelData",
    "PixelPaddingRangeLimit",
    "PixelPaddingValue",
    "PixelRepresentation",
    "PixelSpacing",
    "PlanarConfiguration",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "Rows",
    "SamplesPerPixel",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SliceLocation",
    "SliceThickness",
    *OVERLAY_TAGS,
]

VOLUMES = "volumes are read as .nii, .nii.gz, .mha, and .npy with its spacing in a .json"
"""What to say to whoever has packed one."""
_TRANSFER_SYNTAX = 0x00020010

_IMAGES = "Image Storage"
"""End of the name of each SOP class of images (PS3.6, table A-1)."""


def list_images(source: Path) -> tuple[list[SliceFile], list[str]]:
    """The CT images of a folder or zip archive, by file name, and notes on what was left out.

    A multi-frame file gives an image a frame. Raises SeriesError for a missing or empty source,
    for truncated or foreign `.dcm` files, for one that can't be opened, and for images of more than
    one patient.
    """
    images: list[SliceFile] = []
    strays = stray_images(source)
    left_out = Counter(strays)
    firsts: dict[str, BytesIO] = {}
    with quiet_pydicom():
        for path, stream, folder in _entries(source):
            with stream, damage_named(path):
                found = _open_images(path, stream, left_out)
                if found and folder not in firsts and isinstance(stream, BytesIO):
                    firsts[folder] = BytesIO(stream.getvalue())
            images += found
        check_one_patient(source, firsts)
    check_patients(source, (image.patient for image in images))
    notes = [f"{count} left out: {reason}" for reason, count in sorted(left_out.items())]
    if not images:
        kind = "archive" if is_archive(source) else "folder"
        raise SeriesError(
            f"no CT images in {kind}",
            where=source,
            found="; ".join(notes) or f"an empty {kind}",
            expected="DICOM files of one CT series",
            do="rename the files that are left out for their names"
            if strays
            else _what_to_do(kind == "archive", left_out),
        )
    check_scan_size(source, (image.size for image in images))
    return images, notes


def _what_to_do(packed: bool, left_out: Counter[str]) -> str:
    """What helps where a scan has no image, by what was left out of it."""
    folder = "name the folder that directly holds the .dcm files"
    if any(_OTHERS[kind] in left_out for kind in (NIFTI, META, NPY)):
        return f"unpack it: {VOLUMES}" if packed else f"name the volume itself: {VOLUMES}"
    if packed:
        return f"unpack it, and {folder}"
    return "unpack the files in it" if any(_OTHERS[k] in left_out for k in PACKED) else folder


def _entries(source: Path) -> Iterator[tuple[Path, BinaryIO, str]]:
    """Files that may be images, open to read, named as errors call them, and their folder.

    The folder is that inside an archive.
    """
    if is_archive(source):
        for member, content in members(source):
            yield member.path, content, member.folder
        return
    for path in files_in(source):
        yield path, open_file(path), ""


def check_large_files(files: Iterable[Path]) -> None:
    """Raise SeriesError for a DICOM file, of those of a folder, far larger than its image."""
    for path in files:
        with suppress(OSError):  # whoever reads it says why it can't be opened
            if check_regular(path) <= SMALL:
                continue
        with open_file(path) as stream, damage_named(path), quiet_pydicom():
            marked = _is_marked(path, stream)
            stream.seek(PREAMBLE + len(MARK) if marked else 0)
            if marked is not None and DeflatedExplicitVRLittleEndian not in _syntax(stream):
                stream.seek(0)
                check_room(stream, not marked)


def has_image_size(stream: BinaryIO) -> bool:
    """Whether a file without DICOM's marks has an image's size all the same, read as DICOM."""
    try:
        with quiet_pydicom():
            return "Rows" in read_header(stream, True, ["Rows"])
    except Exception:  # pydicom raises many types for what is no DICOM
        return False


def _open_images(path: Path, stream: BinaryIO, left_out: Counter[str]) -> list[SliceFile]:
    kind = kind_of(stream.read(HEAD))
    stream.seek(0)
    if kind in PACKED and claims_dicom(path):
        raise _packed(path, kind)
    dataset = _read(path, stream)
    if dataset is None:
        left_out[_OTHERS.get(kind, "files that are not DICOM")] += 1
    elif not _is_ct_image(dataset):
        left_out["DICOM objects that are not CT images"] += 1
    elif "Rows" not in dataset or not dataset.get("PixelData"):
        raise broken_file(path, "no pixel data: the file is truncated")
    else:
        patient = taken_patient(dataset)
        frames = split_frames(dataset, path)
        return [parse_slice(path, frame.dataset, frame.remarks, patient) for frame in frames]
    return []


def _is_ct_image(dataset: Dataset) -> bool:
    """By Modality; where that is missing by SOP class, so that a cut header still counts.

    Raw data of a scanner and the like are called CT as well, and have no size of an image.
    """
    kind = UID(dataset.file_meta.get("MediaStorageSOPClassUID") or "")
    if dataset.get("Modality"):
        image = "Rows" in dataset or not kind or kind.name.endswith(_IMAGES)
        return bool(dataset.Modality == "CT") and image
    return "Rows" in dataset or kind == CTImageStorage or kind.type != "SOP Class"


def _is_marked(path: Path, stream: BinaryIO) -> bool | None:
    """Whether a file has DICOM's mark; None where it neither is DICOM nor claims to be."""
    kind = kind_of(stream.read(HEAD))
    marked = kind == DICOM
    return marked if marked or claims_dicom(path) or kind == BARE else None


def _read(path: Path, stream: BinaryIO) -> Dataset | None:
    """The dataset, or None for a file that neither is DICOM nor claims to be by its name."""
    try:
        marked = _is_marked(path, stream)
        if marked is None:
            return None
        stream.seek(PREAMBLE + len(MARK) if marked else 0)
        _check_inflation(path, stream)
        stream.seek(0)
        dataset = read_bounded(stream, not marked, _TAGS)
    except OSError as error:
        raise broken_file(path, error.strerror or "a truncated header") from error
    if not marked and "Rows" not in dataset:
        raise broken_file(path, "no DICOM content")
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain
    return dataset


def _check_inflation(path: Path, stream: BinaryIO) -> None:
    """Refuse deflated files that unpack beyond all measure: pydicom unpacks them whole.

    stream: at the file meta information, group 0002.
    """
    if DeflatedExplicitVRLittleEndian in _syntax(stream) and inflates_too_far(stream):
        raise broken_file(path, "deflated content that unpacks to far more than an image")


def _syntax(stream: BinaryIO) -> list[object]:
    """TransferSyntaxUID of the file meta information; the stream is left at what follows it."""
    start = stream.tell()
    for implicit in (False, True):  # implicit VR is wrong here, and pydicom reads it all the same
        stream.seek(start)
        meta = read_dataset(stream, implicit, True, stop_when=_after_meta)
        with suppress(NotImplementedError):
            return [element.value for element in meta if element.tag == _TRANSFER_SYNTAX]
    return []


def _after_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >> 16 != 2


_OTHERS = {
    NIFTI: "NIfTI volumes",
    META: "MetaImage volumes",
    NPY: "NumPy arrays",
    GZIP: "gzip files",
} | {kind: f"{kind} archives, which are not unpacked" for kind in PACKED - {GZIP}}
"""What is said of files that are left out, by kind."""


def _packed(path: Path, kind: str) -> SeriesError:
    return SeriesError(
        "not a DICOM file, despite its name",
        where=path,
        found=f"a file packed with {kind}",
        expected="a DICOM image",
        do="unpack it, and remove the packed file",
    )
