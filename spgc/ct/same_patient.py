"""One patient or several: compares the folders of an archive and keeps no identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread

from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.errors import SeriesError
from spgc.files.regular import open_regular


def check_one_patient(source: Path, firsts: Mapping[str, BytesIO]) -> None:
    """Refuse an archive whose folders hold images of more than one patient.

    firsts: one image of each folder inside. By PatientID, or by StudyInstanceUID where no image
    has one. Raises SeriesError; it quotes neither.
    """
    if len(firsts) < 2:
        return
    for keyword, found in (("PatientID", "patients"), ("StudyInstanceUID", "studies")):
        seen = {digest for file in firsts.values() if (digest := _digest(file, keyword))}
        if len(seen) > 1:
            raise SeriesError(
                "one archive for several scans",
                where=source,
                found=f"{len(seen)} {found} in {len(firsts)} folders",
                expected="one scan of one patient",
                do="unpack it, or pack each scan into an archive of its own",
            )
        if seen:
            return


def check_same_patient(folder: Path, chosen: Path, others: Iterable[Path]) -> None:
    """Refuse a folder whose series are of more than one patient: one of them would go unanswered.

    One image of the series taken, and one of each other. By PatientID, where both have one: that it
    is wrong in part of the released data does not matter here, since it is so within whole folders.
    Members of archives are left to `check_one_patient`. Raises SeriesError; it quotes no ID.
    """
    own = _digest_of_file(chosen)
    if own and any((other := _digest_of_file(path)) and other != own for path in others):
        raise SeriesError(
            "one folder for several patients",
            where=folder,
            found="series with different PatientIDs",
            expected="one scan of one patient",
            do="put each patient into a folder of its own",
        )


def _digest_of_file(path: Path) -> bytes:
    try:
        with quiet_pydicom(), open_regular(path) as file:
            return _digest(file, "PatientID")
    except OSError:  # a member of an archive
        return b""


def _digest(file: BinaryIO, keyword: str) -> bytes:
    """The tag's value as a number that tells nothing of it; empty where there is none."""
    file.seek(0)
    try:
        value = dcmread(file, force=True, stop_before_pixels=True, specific_tags=[keyword]).get(
            keyword
        )
        text = str(value or "").strip()
    except Exception:  # pydicom raises many types; the file's reader names worse damage
        return b""
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() if text else b""
