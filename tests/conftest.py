"""A tiny phantom cohort and a model trained on it, made once and shared by the tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset, open_dataset
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.runs.scans import Prepared, labelled_scans, prepare
from spgc.systems.cnr_iemn.config import DEMO, Config
from spgc.systems.cnr_iemn.system import CnrIemn

TINY_PLAN = CohortPlan(
    {"train": (2, 2, 2), "val": (1, 1, 1), "test2": (1, 1, 1)}, slices=(5, 6), size=128
)
TINY_CONFIG = dataclasses.replace(DEMO, image_size=32, epochs=1, batch_size=8)

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"

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


@pytest.fixture(scope="session", autouse=True)
def _engine() -> Iterator[None]:
    """torch, where a test does not say otherwise: converting networks takes seconds each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPGC_ENGINE", "torch")
        yield


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
def prepared(dataset: Dataset, store: SliceStore) -> Prepared:
    return prepare(dataset, dataset.cases(None), store)


@pytest.fixture(scope="session")
def tiny_config() -> Config:
    return TINY_CONFIG


@pytest.fixture(scope="session")
def model(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a whole system, all four backbones, barely trained."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("model")
    train, val = (labelled_scans(dataset, prepared, dataset.cases(s)) for s in ("train", "val"))
    CnrIemn(TINY_CONFIG).fit(train, val, folder)
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real CT beside the checkout; tests that need it are skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real CT at {REAL_DATA}")
    return REAL_DATA
