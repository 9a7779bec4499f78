"""File types within a scan folder, and duplicate files among all of them."""

from __future__ import annotations

import filecmp
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from sys import intern

from spgc.ct.folder_files import claims_dicom, files_in
from spgc.ct.image_files import has_image_size
from spgc.data.findings import Finding, number
from spgc.files.file_kinds import BARE, DICOM, HEAD, kind_of
from spgc.files.regular import check_regular, open_checked, open_regular
from spgc.text.shortened import FEW, some

_BLOCK = 1024
"""Bytes read from a file's middle and end: two images of one size differ there."""


@dataclass(frozen=True)
class ScanFile:
    """What a file looks like.

    `kind` is dicom, bare (no preamble), foreign, misnamed (called like DICOM), empty (and called
    so) or broken (can't be opened).
    """

    path: Path
    kind: str
    sample: bytes = b""

    @property
    def is_slice(self) -> bool:
        return self.kind in ("dicom", "bare")


def scan_files(folder: Path) -> list[ScanFile]:
    """The files of a scan folder, by name: those that its reader opens.

    Raises SeriesError when it can't be listed.
    """
    return [_sniff(path) for path in files_in(folder)]


def _sniff(path: Path) -> ScanFile:
    try:
        size = check_regular(path)
        if not size:
            return ScanFile(path, "empty" if claims_dicom(path) else "foreign")
        with open_checked(path) as file:
            head = file.read(HEAD)
            file.seek(size // 2)
            middle = file.read(_BLOCK)
            file.seek(max(0, size - _BLOCK))
            sample = blake2b(head + middle + file.read(), digest_size=16)
    except OSError:  # a link that leads nowhere, a named pipe, no right to read
        return ScanFile(path, "broken")
    sample.update(size.to_bytes(8, "big"))
    return ScanFile(path, _kind(path, head), sample.digest())


def _kind(path: Path, head: bytes) -> str:
    kind = kind_of(head)
    if kind in (DICOM, BARE):
        return "dicom" if kind == DICOM else "bare"
    if claims_dicom(path):
        with open_regular(path) as file:
            return "bare" if has_image_size(file) else "misnamed"
    return "foreign"


@dataclass
class EqualFiles:
    """Finds equal files while scans go by: equal samples first, then byte by byte.

    A large data set has millions of files, so of each only its case and name are kept: those with a
    sample of their own in `_firsts`, any further ones with the same sample in `_more`.
    """

    _folders: dict[str, Path] = field(default_factory=dict)
    _firsts: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    _more: dict[bytes, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def findings(self, case_id: str, files: list[ScanFile]) -> Iterator[Finding]:
        """Doubts on the files of one scan that were seen before, in it or in another scan."""
        twins: dict[str, list[str]] = defaultdict(list)
        if files:
            self._folders[case_id] = files[0].path.parent
        for file in files:
            if (other := self._seen(case_id, file)) is not None:
                twins[other].append(file.path.name)
        for other, names in twins.items():
            place = "in the same folder" if other == case_id else f"in {other}"
            what = f"{number(len(names), 'file')} also {place}, byte for byte: {some(names, FEW)}"
            yield Finding("doubt", case_id, what)

    def _seen(self, case_id: str, file: ScanFile) -> str | None:
        if not file.is_slice:
            return None
        own = case_id, intern(file.path.name)  # scans call their files alike
        first = self._firsts.setdefault(file.sample, own)
        if first is own:
            return None
        seen: list[tuple[str, str]] = [first, *self._more.get(file.sample, ())]
        for other, name in seen:
            if _equal(self._folders[other] / name, file.path):
                return other
        self._more[file.sample].append(own)
        return None


def _equal(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
