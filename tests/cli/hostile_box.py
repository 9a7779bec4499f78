"""A place that nothing may touch beside a folder for each option, with a model and scans."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from spgc.data.layout import Dataset
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.density.system import Density


@dataclass(frozen=True)
class Box:
    """A place with `outside`, which nothing may touch, and a folder for each option."""

    root: Path

    def __getattr__(self, name: str) -> Path:
        return self.root / "inside" / name

    @property
    def outside(self) -> Path:
        return self.root / "outside"

    def untouched(self) -> dict[str, str]:
        """Everything in `outside` and in the folder above, by path."""
        found = {}
        for place, folders, files in os.walk(self.root):
            if Path(place) == self.root:
                folders.remove("inside")
            for name in (*folders, *files):
                path = Path(place, name)
                content = path.read_bytes() if path.is_file() else b""
                found[str(path)] = f"{path.is_symlink()} {hashlib.sha256(content).hexdigest()}"
        return found


@pytest.fixture(scope="module")
def density(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(labelled_scans(dataset, prepared, dataset.cases("train")), [], folder)
    return folder


@pytest.fixture
def box(
    cohort: Path,
    density: Path,
    prepared: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Box:
    """Two scans, a model, and links out of every folder that a command writes to."""
    made = Box(tmp_path)
    made.outside.mkdir()
    for name in ("profile", "submission-test2.csv", "precious.csv"):
        (made.outside / name).write_text("precious")
    scan = cohort / "Test_Data" / "Test-2" / "syn-T2-001"
    for name in ("syn-T2-001", "syn-T2-002"):
        shutil.copytree(scan, made.data / "Test-2" / name)
    shutil.copytree(density, made.model)
    for folder in (made.out, made.store, made.parts, made.rows, made.cwd):
        folder.mkdir()
        (folder / "link").symlink_to(made.outside)
        for name in ("submission-test2.csv", "submission.csv", "submission.run.json"):
            (folder / name).symlink_to(made.outside / "precious.csv")
    monkeypatch.chdir(made.cwd)
    monkeypatch.setenv("HOME", str(made.outside))
    monkeypatch.setenv("MPLCONFIGDIR", str(made.cwd))
    return made


def write_manifest(box: Box, name: str) -> None:
    """One manifest row with the name as split, one with it as case ID."""
    (box.data / "manifests").mkdir(exist_ok=True)
    with (box.data / "manifests" / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("case", "label", "split", "source", "certainty"),
                ("syn-T2-001", "CAP", name, "drawn", "synthetic"),
                (name or "y", "CAP", "test2", "drawn", "synthetic"),
                ("syn-T2-002", "CAP", "test2", "drawn", "synthetic"),
            ]
        )
