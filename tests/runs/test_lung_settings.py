"""What a lung method lacks ends a run in one line before any scan is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spgc.cli.app import app
from spgc.ct.preprocess import preprocess
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_key import scan_key
from spgc.ct.store import SliceStore
from spgc.errors import MissingExtraError, ModelError, UsageError
from spgc.jobs import extras
from spgc.jobs.extras import has
from spgc.runs.cases import DataFolder
from spgc.runs.lung_settings import lung_settings
from spgc.runs.predict import Predicting, predict
from spgc.runs.train import Training, train
from spgc.systems.density.system import Density
from tests.ct.dicom_files import write_scan
from tests.systems.small.scans import array_cohort

NEEDS_LUNGS = pytest.mark.skipif(not has("lungs"), reason="needs what [lungs] brings")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without weights; no scan may be read."""

    def refuse(*_: object) -> None:
        raise AssertionError("a scan was read")

    monkeypatch.setattr("spgc.ct.scan_to_store.read_scan", refuse)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write_scan(tmp_path / "data" / "Test-1" / "T1-001", np.zeros((3, 32, 32), np.int16))
    return tmp_path / "empty"


def by_command(empty: Path) -> None:
    words = ["preprocess", "--data", "data", "--lungs", "r231", "--lung-weights", str(empty)]
    app(words, standalone_mode=False)


def by_training(empty: Path) -> None:
    options = {"lung_method": "r231"}
    train(
        Training(
            DataFolder(Path("data")),
            Path("store"),
            Path("m"),
            "density",
            options,
            lung_weights=empty,
        )
    )


def by_predicting(empty: Path) -> None:
    Density.create({"lung_method": "r231"}).fit(array_cohort(2, seed=1), [], Path("model"))
    predict(Predicting(DataFolder(Path("data")), Path("store"), Path("model"), lung_weights=empty))


WAYS = pytest.mark.parametrize("way", [by_command, by_training, by_predicting])


@NEEDS_LUNGS
@WAYS
def test_missing_weights(empty: Path, way: Callable[[Path], None]) -> None:
    with pytest.raises(ModelError, match="weights of lung method r231 are missing"):
        way(empty)
    assert not Path("store/scans").exists()


@WAYS
def test_a_missing_package(
    empty: Path, way: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda n: None if n == "lungmask" else found(n))
    with pytest.raises(MissingExtraError, match=r"found lungmask. Do: pip install 'spgc\[lungs\]'"):
        way(empty)
    assert not Path("store/scans").exists()


def test_methods_without_a_network_take_no_weights() -> None:
    assert lung_settings("none") == PreprocessSettings("none")
    with pytest.raises(UsageError, match="unknown lung method"):
        lung_settings("threshold")


def test_the_weights_are_part_of_the_key(tmp_path: Path) -> None:
    """And where they lie is not."""
    folder = write_scan(tmp_path / "scan", np.zeros((3, 32, 32), np.int16))

    def segment(*_: object) -> np.ndarray:
        raise AssertionError

    def other(*_: object) -> np.ndarray:
        raise AssertionError

    keys = [
        scan_key(folder, PreprocessSettings("r231", sha256 * 64, method))
        for sha256, method in (("a", segment), ("b", segment), ("a", other))
    ]
    assert keys[0] == keys[2] != keys[1]


@NEEDS_LUNGS
def test_masks_of_the_network_are_stored(tmp_path: Path) -> None:
    from tests.nets.lung_bands import chest, write_bands

    hu, _ = chest(3, 64)
    folders = {"P001": write_scan(tmp_path / "scan", hu)}
    store, said = SliceStore(tmp_path / "store"), []
    settings = lung_settings("r231", write_bands(tmp_path / "weights"), said.append)
    assert ["is not the published" in line for line in said] == [True]
    report = preprocess(folders, store, settings)
    stored, mask = store.read("P001", report.keys["P001"]).arrays()
    np.testing.assert_array_equal(stored, hu)
    assert settings.segment is not None
    np.testing.assert_array_equal(mask, settings.segment(hu, (2.0, 1.0, 1.0), 1))
    assert mask.any()
    assert preprocess(folders, store, settings).reused == ("P001",)
    moved = lung_settings("r231", write_bands(tmp_path / "elsewhere"))
    assert preprocess(folders, store, moved).reused == ("P001",)
