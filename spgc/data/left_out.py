"""Scans under names that are left out: hidden files and folders, DICOMDIR, `__MACOSX`.

Only the first bytes of such files are read, and only a few of them where nothing else explains the
folder: systems and tools leave files like these everywhere.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from spgc.ct.stray_images import is_stray_image
from spgc.data.folder_content import look
from spgc.data.folders import Place, Walk, spread
from spgc.data.scan_single import ENDINGS, holds_volume
from spgc.errors import DataError

_TOOLS = frozenset({".git", ".venv"})
"""Hidden folders of tools, which have test images of their own."""

_HIDDEN_PLACES = 100
"""Folders within a hidden one that are looked into."""


def scans_in_strays(place: Place) -> list[Path]:
    """What files that are left out hide: the folder, where they are slices, and volumes."""
    shadows = [name for name in place.strays if name.startswith("._")]
    others = [name for name in place.strays if not name.startswith("._")]
    few = [place.path / name for name in (*spread(shadows), *spread(others))]
    if any(is_stray_image(path) for path in few):
        return [place.path]
    if not any(holds_volume(path) for path in few):
        return []
    return [path for name in place.strays if holds_volume(path := place.path / name)]


def hides_scans(folder: Path, walk: Walk) -> bool:
    """Whether a folder that is left out, or one of the first folders in it, holds scans.

    Folders that `walk` has been in are not in it, although a link may lead there.
    """
    if folder.name in _TOOLS:
        return False
    places = islice(Walk(folder, everything=True, seen=walk.seen).places(), _HIDDEN_PLACES)
    try:
        return any(_holds_scans(place) for place in places if not _TOOLS & {*place.path.parts})
    except OSError:
        return False


def _holds_scans(place: Place) -> bool:
    slices, odd = look(place)
    if slices or odd or scans_in_strays(place):
        return True
    named = [place.path / name for name in place.files if name.lower().endswith(ENDINGS)]
    return any(holds_volume(path) for path in spread(named))


def hidden_folder(path: Path) -> DataError:
    """Why what lies in a folder that is left out can't be taken."""
    hidden = path.name.startswith(".")
    return DataError(
        "scans in a hidden folder" if hidden else "scans in a folder that is left out for its name",
        where=path,
        expected="a name without a dot at its beginning" if hidden else "a name of its own",
        do="rename or remove it",
    )


def stray_scan(path: Path) -> DataError:
    """Why slices in hidden files, or a volume in one, can't be taken."""
    return DataError(
        "slices in files that are left out for their names"
        if path.is_dir()
        else "scan in a file that is left out for its name",
        where=path,
        expected="names without a dot at their beginning, and other than DICOMDIR",
        do="rename or remove them" if path.is_dir() else "rename or remove it",
    )
