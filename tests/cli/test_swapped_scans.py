"""What the store keeps is believed in its own place alone, and answers for no other scan."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.data.layout import Dataset
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.density.system import Density
from tests.cli.conftest import Spgc


@pytest.fixture(scope="module")
def density(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(labelled_scans(dataset, prepared, dataset.cases("train")), [], folder)
    return folder


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def copy(one: Path, other: Path) -> None:
    (shutil.rmtree if one.is_dir() else Path.unlink)(one)
    (shutil.copytree if other.is_dir() else shutil.copyfile)(other, one)


def pairs(store: Path) -> list[tuple[Path, Path]]:
    """Two folders of scans of each kind, what is in them one level below, and two kept answers."""
    found = []
    for kind in sorted(path for path in store.iterdir() if not path.name.startswith(".")):
        one, other, *_ = sorted(kind.iterdir())
        found.append((one, other))
        if one.is_dir():
            found.append((min(one.iterdir()), min(other.iterdir())))
    return found


@pytest.mark.parametrize("change", [swap, copy])
def test_every_answer_stays_its_scans_own(
    change: Callable[[Path, Path], None], cohort: Path, density: Path, spgc: Spgc, tmp_path: Path
) -> None:
    words = ["predict", "--data", cohort, "--model", density, "--jobs", "1", "--probabilities"]
    whole, store, out = tmp_path / "whole", tmp_path / "store", tmp_path / "out"
    assert spgc(*words, "--store", whole, "--out", out).code == 0
    wanted = (out / "submission.csv").read_bytes()
    names = [pair[0].relative_to(whole) for pair in pairs(whole)]
    assert len(names) >= 3
    for number in range(len(names)):
        shutil.copytree(whole, store)
        change(*pairs(store)[number])
        ran = spgc(*words, "--store", store, "--out", out)
        assert (ran.code, (out / "submission.csv").read_bytes() == wanted) == (0, True), names[
            number
        ]
        shutil.rmtree(store)
