"""All scans below a data folder, by case ID."""

from __future__ import annotations

from pathlib import Path

from spgc.data.case_ids import FoundScans, name_cases
from spgc.data.scan_places import scan_places
from spgc.errors import DataError


def find_scans(root: Path) -> FoundScans:
    """All scans below `root`.

    A scan is a folder with DICOM files, whatever these are called, an empty folder in a class or
    test folder, or a file of its own: see `spgc.data.scan_single`. What holds a scan in a form
    that can't be read counts as well: reading it says what to do.
    Raises DataError when `root` is no folder that can be listed.
    """
    if not root.is_dir():
        raise DataError(
            "no such data folder",
            where=root,
            found="a file" if root.exists() else "nothing",
            expected="a folder of scans",
            do="check the path (ROOT, --data or SPGC_DATA)",
        )
    return name_cases(root, scan_places(root))
