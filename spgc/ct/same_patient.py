"""One patient or several: compares the images of a scan and keeps no identity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from spgc.errors import SeriesError

_KEYWORD = "PatientID"

_PAIR = 2
"""Images of which two IDs are two patients, though no ID comes twice."""


def check_one_patient(source: Path, firsts: Mapping[str, BytesIO]) -> None:
    """Refuse an archive whose folders hold images of more than one patient.

    firsts: one image of each folder inside. By PatientID, or by StudyInstanceUID where no image
    has one. Raises SeriesError; it quotes neither.
    """
    if len(firsts) < 2:
        return
    for keyword, found in ((_KEYWORD, "patients"), ("StudyInstanceUID", "studies")):
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


def check_patients(source: Path, patients: Iterable[bytes]) -> None:
    """Refuse a scan whose images are of more than one patient: its class would be nobody's.

    patients: `taken_patient` of each image. IDs that differ in every file were made up with them,
    as UIDs are, and tell nothing. Raises SeriesError; it quotes no ID.
    """
    seen = Counter(patient for patient in patients if patient)
    made_up = max(seen.values(), default=0) == 1 and len(seen) > _PAIR
    if len(seen) > 1 and not made_up:
        raise SeriesError(
            "one folder for several patients",
            where=source,
            found=f"{len(seen)} PatientIDs in {seen.total()} images",
            expected="one scan of one patient",
            do="put each patient into a folder of its own",
        )


def taken_patient(dataset: Dataset) -> bytes:
    """The PatientID of an image, taken out of it, as a number that tells nothing of it.

    Empty where there is none, or a damaged one.
    """
    if _KEYWORD not in dataset:
        return b""
    try:
        value = dataset[_KEYWORD].value
    except Exception:  # pydicom raises many types for damaged values
        value = ""
    del dataset[_KEYWORD]
    return hashed(value)


def _digest(file: BinaryIO, keyword: str) -> bytes:
    """The tag's value as a number that tells nothing of it; empty where there is none."""
    file.seek(0)
    try:
        value = dcmread(file, force=True, stop_before_pixels=True, specific_tags=[keyword]).get(
            keyword
        )
    except Exception:  # pydicom raises many types; the file's reader names worse damage
        return b""
    return hashed(value)


def hashed(value: object) -> bytes:
    """A tag's value as a number that tells nothing of it; empty where it is."""
    text = str(value or "").strip()
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() if text else b""
