"""The files of a scan folder by their first bytes, and copies among all of them."""

from __future__ import annotations

import filecmp
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from spgc.data.findings import Finding, number, some
from spgc.stray import is_stray

_BLOCK = 1024
"""Bytes read from a file's middle and end: two images of one size differ there."""

_BARE_STARTS = (b"\x02\x00", b"\x08\x00")
"""First group number of a DICOM file without preamble, little endian (PS3.5, section 7.1)."""


@dataclass(frozen=True)
class ScanFile:
    """What a file looks like.

    `kind` is dicom, bare (no preamble), foreign, empty, broken or whole (a scan in one file).
    """

    path: Path
    kind: str
    sample: bytes = b""

    @property
    def is_slice(self) -> bool:
        return self.kind in ("dicom", "bare")


def scan_files(folder: Path) -> list[ScanFile]:
    """The files of a scan folder, by name, less those that systems leave behind.

    A scan that is one file (an archive or a volume) is of kind `whole`.
    """
    if folder.is_file():
        return [ScanFile(folder, "whole" if folder.stat().st_size else "empty")]
    paths = (p for p in sorted(folder.iterdir()) if p.is_symlink() or p.is_file())
    return [_sniff(p) for p in paths if not is_stray(p.name)]


def _sniff(path: Path) -> ScanFile:
    try:
        size = path.stat().st_size
        if not size:
            return ScanFile(path, "empty")
        with path.open("rb") as file:
            head = file.read(132)
            file.seek(size // 2)
            middle = file.read(_BLOCK)
            file.seek(max(0, size - _BLOCK))
            sample = blake2b(head + middle + file.read(), digest_size=16)
    except OSError:  # a link that leads nowhere, no right to read
        return ScanFile(path, "broken")
    sample.update(size.to_bytes(8, "big"))
    kind = "dicom" if head[128:] == b"DICM" else "bare" if head[:2] in _BARE_STARTS else "foreign"
    return ScanFile(path, kind, sample.digest())


@dataclass
class Copies:
    """Finds equal files while scans go by: equal samples first, then byte by byte."""

    _firsts: dict[bytes, list[tuple[str, Path]]] = field(default_factory=lambda: defaultdict(list))

    def findings(self, case_id: str, files: list[ScanFile]) -> Iterator[Finding]:
        """Doubts on the files of one scan that were seen before, in it or in another scan."""
        twins: dict[str, list[str]] = defaultdict(list)
        for file in files:
            if (other := self._seen(case_id, file)) is not None:
                twins[other].append(file.path.name)
        for other, names in twins.items():
            place = "in the same folder" if other == case_id else f"in {other}"
            what = f"{number(len(names), 'file')} also {place}, byte for byte: {some(names)}"
            yield Finding("doubt", case_id, what)

    def _seen(self, case_id: str, file: ScanFile) -> str | None:
        if not file.is_slice:
            return None
        firsts = self._firsts[file.sample]
        for other, path in firsts:
            if _equal(path, file.path):
                return other
        firsts.append((case_id, file.path))
        return None


def _equal(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
