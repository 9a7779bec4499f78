"""Reading one chest CT in any form: DICOM folder or zip archive, NIfTI, MetaImage, `.npy`."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from spgc.ct.archive import first_bytes, is_archive, opened_archive
from spgc.ct.cut_images import cut_images_noted
from spgc.ct.field_padding import padding_as_air
from spgc.ct.folder_files import claims_dicom, files_in, open_file
from spgc.ct.image_files import VOLUMES, check_large_files, has_image_size
from spgc.ct.metaimage_file import (
    METAIMAGE_ENDINGS,
    check_metaimage,
    metaimage_files,
    read_metaimage,
)
from spgc.ct.npy_volume import check_npy, read_npy, sidecar
from spgc.ct.plain_volumes import NIFTI_ENDINGS, check_nifti, read_nifti
from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.ct.same_patient import check_one_patient
from spgc.ct.series import Volume, read_series
from spgc.ct.stray_images import stray_notes
from spgc.errors import SeriesError
from spgc.files.file_kinds import (
    BARE,
    DICOM,
    GZIP,
    META,
    NIFTI,
    NPY,
    NRRD,
    PACKED,
    PAIR,
    TAR,
    ZIP,
    kind_of,
    peek,
)
from spgc.files.regular import is_folder, is_listed


def read_scan(source: Path) -> Volume:
    """Read a scan: a folder or zip archive of DICOM, NIfTI (gzipped or not), MetaImage, or `.npy`.

    What a file is, its first bytes say; only a damaged one goes by its name. Raises SeriesError
    when it can't become one volume in HU.
    """
    return padding_as_air(cut_images_noted(_as_stored(source)))


def _as_stored(source: Path) -> Volume:
    kind = _kind(source)
    if kind == "folder" or is_archive(source):
        return read_series(source)
    if kind == NIFTI:
        return read_nifti(source)
    if kind == META:
        return read_metaimage(source)
    if kind == NPY:
        return read_npy(source)
    raise _not_a_scan(source, kind)


def files_of(source: Path) -> list[Path]:
    """The files that a scan depends on, by name. Raises SeriesError when it can't be read."""
    return _files_of(source, _kind(source))


def _files_of(source: Path, kind: str) -> list[Path]:
    if kind == "folder":
        return files_in(source)
    if kind == NPY:
        return [source, _spacing_file(source)]
    if kind in (ZIP, NIFTI):
        return [source]
    if kind == META:
        return metaimage_files(source)
    raise _not_a_scan(source, kind)


def check_scan_file(source: Path) -> None:
    """Look at the headers of a scan in one file, and at the checksums of a gzipped one.

    Raises SeriesError for what they show would make `read_scan` fail; pixels are not looked at.
    """
    kind = _kind(source)
    _files_of(source, kind)
    _check_file(source, kind, whole=True)


def _check_file(source: Path, kind: str, whole: bool) -> None:
    if kind == ZIP:
        _check_archive(source)
    elif kind == NIFTI:
        check_nifti(source, whole)
    elif kind == META:
        check_metaimage(source, whole)
    elif kind == NPY:
        check_npy(source)


def files_to_hash(source: Path) -> list[Path]:
    """As `files_of`, after a look at what says at once that a scan can't be read.

    Before gigabytes are hashed. Raises SeriesError for a file that can't be opened or is larger
    than any scan, for a volume whose header `check_scan_file` refuses, for an archive that holds
    too much, and for a folder with a small image in a large file. Takes some milliseconds: scans
    that are in the store already go through it as well.
    """
    kind = _kind(source)
    files = _files_of(source, kind)
    for path in files:
        with open_file(path):
            pass
    if kind == "folder":
        check_large_files(files)
    elif kind == ZIP:
        with opened_archive(source):
            pass
    else:
        _check_file(source, kind, whole=False)
    return files


def _check_archive(source: Path) -> None:
    firsts: dict[str, BytesIO] = {}
    kinds: set[str] = set()
    with opened_archive(source) as (opened, listed):
        for member in listed:
            head = first_bytes(opened, member, _HEADER)
            kinds.add(kind_of(head))
            if kind_of(head) in (DICOM, BARE) or (
                claims_dicom(member.path) and has_image_size(BytesIO(head))
            ):
                firsts.setdefault(member.folder, BytesIO(head))
            elif claims_dicom(member.path):
                raise SeriesError(
                    "not a DICOM file, despite its name",
                    where=member.path,
                    expected="a DICOM image",
                    do="pack the archive again without it",
                )
    if not firsts:
        raise SeriesError(
            "no DICOM file in archive",
            where=source,
            found="; ".join(strays := stray_notes(source)) or None,
            expected="DICOM files of one CT series",
            do=_what_to_do(kinds, bool(strays)),
        )
    with quiet_pydicom():
        check_one_patient(source, firsts)


def _what_to_do(kinds: set[str], strays: bool) -> str:
    """What helps where an archive has no image, by the kinds of its files."""
    if strays:
        return "rename the files that are left out for their names"
    if kinds & {NIFTI, META, NPY, GZIP}:
        return f"unpack it: {VOLUMES}"
    return "unpack it, and what is packed in it" if kinds & PACKED else _UNPACK


def _spacing_file(source: Path) -> Path:
    beside = sidecar(source)
    if not is_listed(beside):
        raise SeriesError(
            "no spacing for the .npy volume",
            where=beside,
            found="no such file",
            expected='{"spacing": [z, y, x]} in mm',
            do="write this file next to the volume",
        )
    return beside


def _kind(source: Path) -> str:
    """Folder, or a file's kind by its first bytes; by its name where these say nothing."""
    if is_folder(source) or not is_listed(source):
        return "folder"
    try:
        kind = peek(source)
    except OSError as error:
        raise SeriesError(
            "can't open scan",
            where=source,
            found=error.strerror,
            expected=_EXPECTED,
            do="copy it again from its source, or remove it",
        ) from error
    if kind == f"{GZIP} of {NIFTI}":
        return NIFTI
    if kind in ("", GZIP):
        name = source.name.lower()
        known = (
            (NIFTI_ENDINGS, NIFTI),
            (METAIMAGE_ENDINGS, META),
            ((".npy",), NPY),
            ((".zip",), ZIP),
        )
        return next((other for endings, other in known if name.endswith(endings)), kind)
    return kind


def _not_a_scan(source: Path, kind: str) -> SeriesError:
    found, do = _OTHERS.get(kind, (f"{kind} file" if kind else "a file", _UNPACK))
    inside = kind.partition(" of ")[2]
    if inside:
        found = f"a {inside} file packed with {kind.partition(' of ')[0]}"
        do = _UNPACK if inside in (DICOM, BARE, TAR) else "unpack it"
    if not kind and source.suffix.lower() == ".mnc":
        found, do = "a MINC file", _CONVERT
    elif not kind:
        do = "name the folder that holds the .dcm files"
    return SeriesError(
        "not a scan that can be read",
        where=source,
        found=found,
        expected=_EXPECTED,
        do=do,
    )


_EXPECTED = "a folder of DICOM, .zip, .nii, .nii.gz, .mha, .mhd or .npy"

_HEADER = 64 * 1024
"""Bytes of a DICOM file that hold the patient's ID."""

_UNPACK = "unpack it into a folder of its own, or pack it again as .zip"
_CONVERT = "convert it to NIfTI in one file (.nii or .nii.gz)"
_FOLDER = "put it into a folder of its own and name that"

_OTHERS = {
    PAIR: ("a NIfTI or Analyze pair (.hdr and .img)", _CONVERT),
    NRRD: ("an NRRD file", _CONVERT),
    DICOM: ("a single DICOM file", _FOLDER),
    BARE: ("a single DICOM file", _FOLDER),
}
