"""The folders of the shipped manifests and leaderboard, in the installed wheel or a checkout."""

from __future__ import annotations

from pathlib import Path

from spgc.errors import DataError

_PACKAGE = Path(__file__).resolve().parents[1]


def _folder(name: str) -> Path:
    for folder in (_PACKAGE / "_installed" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise DataError(
        f"the installation lacks its {name} folder", where=_PACKAGE, do="install spgc again"
    )


def manifests_dir() -> Path:
    """Folder with train.csv, val.csv and the test splits."""
    return _folder("data_manifests")


def leaderboard_dir() -> Path:
    """Folder with one JSON per leaderboard row."""
    return _folder("leaderboard")
