"""A tiny phantom cohort and a model trained on it, made once and shared by the tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset, open_dataset
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.runs.scans import Prepared, labelled_scans, prepare
from spgc.systems.cnr_iemn.config import DEMO, Config

TINY_PLAN = CohortPlan(
    {"train": (2, 2, 2), "val": (1, 1, 1), "test2": (1, 1, 1)}, slices=(5, 6), size=128
)
TINY_CONFIG = dataclasses.replace(DEMO, image_size=32, epochs=1, batch_size=8)


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of 12 phantoms of 5 or 6 small slices."""
    root = tmp_path_factory.mktemp("cohort") / "phantoms"
    write_cohort(root, TINY_PLAN, seed=1)
    return root


@pytest.fixture(scope="session")
def dataset(cohort: Path) -> Dataset:
    return open_dataset(cohort)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> SliceStore:
    return SliceStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def prepared(dataset: Dataset, store: SliceStore, _kept: Kept) -> Prepared:
    scans = prepare(dataset, dataset.cases(None), store)
    _kept.update({file: _stamp(file) for file in store.root.glob("*/*/*/scan.json")})
    return scans


Kept = dict[Path, tuple[int, int] | None]
"""Each shared scan's file in the store, and its inode and time of writing."""


@pytest.fixture(scope="session")
def _kept() -> Kept:
    return {}


def _stamp(file: Path) -> tuple[int, int] | None:
    return (file.stat().st_ino, file.stat().st_mtime_ns) if file.is_file() else None


@pytest.fixture(scope="module", autouse=True)
def _shared_scans_stay(_kept: Kept) -> Iterator[None]:
    """Whoever stores other scans under the cohort's names needs a store of their own."""
    yield
    changed = [file.parts[-3] for file, stamp in _kept.items() if _stamp(file) != stamp]
    assert not changed, f"the tests of this file made shared scans anew: {changed}"


@pytest.fixture(scope="session")
def tiny_config() -> Config:
    return TINY_CONFIG


def _small_backbones(patch: pytest.MonkeyPatch) -> None:
    """Each backbone of the system in miniature; ImageNet weights are asked for as before."""
    from spgc.nets.slices import backbones
    from tests.nets.slices.tiny_stages import TinyStages

    small = {
        name: dataclasses.replace(backbones.SPECS[name], build=TinyStages, head="fc", options={})
        for name in TINY_CONFIG.backbones
    }
    patch.setattr(backbones, "SPECS", {**backbones.SPECS, **small})


@pytest.fixture(scope="session")
def _trained(
    dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    pytest.importorskip("torch")
    from spgc.systems.cnr_iemn.system import CnrIemn

    folder = tmp_path_factory.mktemp("model")
    train, val = (labelled_scans(dataset, prepared, dataset.cases(s)) for s in ("train", "val"))
    with pytest.MonkeyPatch.context() as patch:
        _small_backbones(patch)
        CnrIemn(TINY_CONFIG).fit(train, val, folder)
    return folder


@pytest.fixture(scope="module")
def model(_trained: Path) -> Iterator[Path]:
    """Folder of a whole system, barely trained: four networks in miniature, which stand in the
    place of their backbones until the file's tests are through."""
    with pytest.MonkeyPatch.context() as patch:
        _small_backbones(patch)
        yield _trained
