"""Data folders of every layout, with files just good enough to be taken for DICOM."""

from __future__ import annotations

from pathlib import Path

DICOM = b"\0" * 128 + b"DICM"


def scan(folder: Path, slices: int = 25) -> Path:
    """A scan folder of `slices` header-only files and a stray one."""
    folder.mkdir(parents=True)
    (folder / ".DS_Store").write_bytes(b"Bud1")
    for number in range(1, slices + 1):
        (folder / f"IM{number:04d}.dcm").write_bytes(DICOM + str(folder / str(number)).encode())
    return folder


def tree(root: Path, *names: str, slices: int = 25) -> Path:
    """A root with a scan at each of `names`, such as `Cap subjects/cap001`."""
    for name in names:
        scan(root / name, slices)
    return root
