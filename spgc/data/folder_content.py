"""Whether the files directly in a folder are slices or volumes, by a few of each ending."""

from __future__ import annotations

from pathlib import Path

from spgc.data.folders import Place, spread
from spgc.data.scan_single import ENDINGS, holds_volume
from spgc.files.file_kinds import BARE, DICOM, GZIP, META, NIFTI, NRRD, UNPACKERS, peek

SLICE_ENDINGS = (".dcm", ".dicom", ".ima")

_PACKED_SLICES = (".dcm.bz2", ".dcm.xz", ".dcm.zst", ".ima.bz2", ".ima.xz")

_OTHER_FILES = frozenset(
    {
        "csv",
        "doc",
        "docx",
        "gif",
        "html",
        "jpeg",
        "jpg",
        "json",
        "log",
        "md",
        "mp4",
        "pdf",
        "png",
        "pptx",
        "py",
        "pt",
        "pth",
        "safetensors",
        "toml",
        "tsv",
        "txt",
        "xls",
        "xlsx",
        "xml",
        "yaml",
        "yml",
    }
)
"""Endings that are common and never those of a scan: one such file is looked into for all."""


def look(place: Place) -> tuple[bool, list[Path]]:
    """Whether a folder holds slices, and scans in one file that are called like nothing known.

    Where a name says that a file is DICOM none is opened. Otherwise a few of each ending are, for
    a name's ending may be a part of a UID.
    """
    if any(name.lower().endswith(SLICE_ENDINGS) for name in (*place.files, *place.others)):
        return True, []
    groups: dict[str, list[Path]] = {}
    for name in place.files:
        if not name.lower().endswith(ENDINGS):
            groups.setdefault(_group(name), []).append(place.path / name)
    odd: list[Path] = []
    for ending, paths in groups.items():
        volumes = False
        for path in paths[:1] if ending in _OTHER_FILES else spread(paths):
            kind = _peek(path)
            if kind in _SLICES:
                return True, []  # one is enough: folders on network disks are slow to look into
            volumes |= bool(kind) and (ending not in _OTHER_FILES or kind in _NEVER_OTHERS)
        if volumes:
            odd += [path for path in paths if holds_volume(path)]
    return False, odd


_PACKED_SLICE = "packed slice"
_SLICES = {_PACKED_SLICE, DICOM, BARE} | {f"{p} of {k}" for p in UNPACKERS for k in (DICOM, BARE)}

_NEVER_OTHERS = {NIFTI, f"{GZIP} of {NIFTI}", META, NRRD}
"""Kinds that documents are never of, whatever the ending."""


def _group(name: str) -> str:
    """The ending of a name if it is one: IM0001, 1.2.840.113619.2 and 4a5b.6c7d have none."""
    ending = Path(name).suffix[1:].lower()
    return ending if ending.isalpha() or len(ending) == 2 else ""


def _peek(path: Path) -> str:
    if path.name.lower().endswith(_PACKED_SLICES):
        return _PACKED_SLICE
    try:
        return peek(path)
    except OSError:
        return DICOM  # nobody knows: its reader says why it can't be opened
