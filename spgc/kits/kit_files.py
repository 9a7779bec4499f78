"""The files of a kit, public and private ones, archives included, and how they are written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spgc.files.foreign_names import place_in
from spgc.files.new_folder import new_folder, refuse_filled

Audience = Literal["public", "private"]
"""`public`: participants may see it; `private`: for organisers and the platform alone."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of files in archives: the same kit has the same bytes."""


@dataclass(frozen=True)
class KitFile:
    """One file: its name, with slashes below the kit's folder or its archive, and what it holds.

    content: bytes, or the files of a zip archive, which stand at its root; program: whether it is
    to be run.
    """

    name: str
    content: bytes | tuple[KitFile, ...]
    audience: Audience
    program: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.content if isinstance(self.content, bytes) else zipped(self.content)


def text_file(name: str, text: str, audience: Audience, *, program: bool = False) -> KitFile:
    """A file of text in UTF-8."""
    return KitFile(name, text.encode("utf-8"), audience, program)


def archive(name: str, files: Sequence[KitFile]) -> KitFile:
    """A zip of `files`, private as soon as one of them is."""
    private = any(one.audience == "private" for one in files)
    return KitFile(name, tuple(files), "private" if private else "public")


def zipped(files: Sequence[KitFile]) -> bytes:
    """A zip archive with the files at its root, dated alike."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for one in files:
            entry = zipfile.ZipInfo(one.name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if one.program else 0o100644) << 16
            made.writestr(entry, one.data)
    return buffer.getvalue()


def every_file(files: Sequence[KitFile], inside: str = "") -> Iterator[tuple[str, KitFile]]:
    """All files with their names, those of archives as `bundle.zip!/page.md`, archives first."""
    for one in files:
        yield inside + one.name, one
        if not isinstance(one.content, bytes):
            yield from every_file(one.content, f"{inside}{one.name}!/")


def write_kit(folder: Path, files: Sequence[KitFile]) -> None:
    """Write the files into a new or empty folder: all of them or none.

    What is for organisers alone only their account can read. Raises as `refuse_filled_kit`, and
    DataError where it can't be written.
    """
    refuse_filled_kit(folder)
    with new_folder(folder) as draft:
        for one in files:
            path = place_in(draft, *one.name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.data)
            mode = 0o755 if one.program else 0o644
            path.chmod(mode & 0o700 if one.audience == "private" else mode)


def refuse_filled_kit(folder: Path) -> None:
    """Raise UsageError for anything but a new or empty folder."""
    refuse_filled(folder, "a kit", do="name another one with -o")
