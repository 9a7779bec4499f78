"""DICOM images under names that are left out: hidden files, DICOMDIR, all that lies in `__MACOSX`.

Systems and viewers leave such files everywhere, and none of them is an image. Where one is all the
same, its scan says so: a slice is missing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

from spgc.ct.archive import first_bytes, is_archive, opened_archive, stray_members
from spgc.errors import SeriesError
from spgc.files.file_kinds import BARE, DICOM, HEAD, is_directory, kind_of
from spgc.files.regular import open_regular
from spgc.files.stray import is_stray


def stray_notes(source: Path) -> list[str]:
    """What to say of the images that a folder or archive holds under names that are left out."""
    counts = stray_images(source)
    return [f"{count} left out: {reason}" for reason, count in sorted(counts.items())]


def stray_images(source: Path) -> Counter[str]:
    """How many images a folder or zip archive holds under names that are left out, by reason.

    The first bytes of files of such names are read. What can't be opened is no image here: the
    reader of the scan names it.
    """
    counts: Counter[str] = Counter()
    with suppress(OSError, SeriesError):
        if is_archive(source):
            with opened_archive(source) as (opened, _):
                counts.update(_reason(name) for name in strays_of_archive(source, opened))
        else:
            with os.scandir(source) as entries:  # an object of Path for each file would take long
                strays = [Path(entry) for entry in entries if is_stray(entry.name)]
            counts.update(_reason(path.name) for path in strays if is_stray_image(path))
    return counts


def strays_of_archive(archive: Path, opened: ZipFile) -> Iterator[str]:
    """The names of the images among the files of an archive that are left out."""
    for member in stray_members(archive, opened):
        if holds_image(first_bytes(opened, member)):
            yield member.path.name


def is_stray_image(path: Path) -> bool:
    """Whether a file is a DICOM image by its first bytes; False where it can't be opened."""
    with suppress(OSError), open_regular(path) as file:
        return holds_image(file.read(HEAD))
    return False


def holds_image(head: bytes) -> bool:
    """Whether a file with these first bytes is DICOM, and not the list of a disc's files."""
    return kind_of(head) in (DICOM, BARE) and not is_directory(head)


def _reason(name: str) -> str:
    if name.startswith("."):
        return "hidden files that are DICOM"
    return f"files called {name} that are DICOM" if is_stray(name) else "DICOM files in __MACOSX"
