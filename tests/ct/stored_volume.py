"""A small volume with a mask, settings that a key follows, and a store of its own for each test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from tests.ct.dicom_files import images


@dataclass(frozen=True)
class Settings:
    method: str = "one"


HU = images(4)
MASK = HU > 0
VOLUME = Volume(HU, (2.0, 0.5, 0.75), np.array([6.0, 4.0, 2.0, 0.0]), ("a remark",))


@pytest.fixture
def store(tmp_path: Path) -> SliceStore:
    return SliceStore(tmp_path / "store")


def every_file(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
