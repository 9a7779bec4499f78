"""One series in several folders, as discs and exports with so many files a folder have it.

Each folder counts as a scan, and a class would be told of a part of the lungs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spgc.ct.bounded_dicom import read_header
from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.ct.same_patient import hashed
from spgc.data.findings import Finding
from spgc.data.scan_files import ScanFile
from spgc.files.regular import open_regular
from spgc.text.shortened import FEW, some

_KEYWORD = "SeriesInstanceUID"


@dataclass
class DividedSeries:
    """Finds scans side by side whose first images have one SeriesInstanceUID."""

    _seen: dict[tuple[Path, bytes], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, case_id: str, files: Sequence[ScanFile]) -> None:
        """Look at the first image of a scan's folder: its header, no pixels."""
        first = next((file.path for file in files if file.is_slice), None)
        if first is not None and (uid := _series(first)):
            self._seen[first.parent.parent, uid].append(case_id)

    def findings(self) -> Iterator[Finding]:
        """A doubt for each series that several scans hold."""
        for cases in self._seen.values():
            if len(cases) > 1:
                what = (
                    f"slices of one series, by its UID, in the folders of {len(cases)} scans: "
                    f"{some(cases, FEW)}. If they are parts of one scan, put them into one folder"
                )
                yield Finding("doubt", cases[0], what, tuple(cases))


def _series(path: Path) -> bytes:
    """What tells a file's SeriesInstanceUID from others; empty where it has none."""
    try:
        with quiet_pydicom(), open_regular(path) as file:
            return hashed(read_header(file, True, [_KEYWORD]).get(_KEYWORD))
    except Exception:  # pydicom raises many types; the scan's reader names what is wrong
        return b""
