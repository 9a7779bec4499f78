"""Small manifests and submissions that the scoring tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.protocol import CAP, COVID19, NORMAL

WriteFile = Callable[[str | bytes], Path]


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """The manifests that come with spgc."""
    return read_manifests()


@pytest.fixture
def tiny() -> Manifest:
    """Two splits: `test2` with one case per class, `test1` without CAP."""
    rows = [
        ("T2-001", COVID19, "test2"),
        ("T2-002", CAP, "test2"),
        ("T2-003", NORMAL, "test2"),
        ("T1-001", COVID19, "test1"),
        ("T1-002", NORMAL, "test1"),
    ]
    return Manifest({c: Case(c, label, split, "made up", "own") for c, label, split in rows})


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Writes a submission file and returns its path."""

    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "submission.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file
