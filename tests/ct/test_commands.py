"""`spgc preprocess` and `spgc view` as a user runs them: output, exit codes, no traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from spgc.cli.app import app
from spgc.ct.store import SliceStore
from spgc.errors import DataError, SeriesError, UsageError
from tests.ct.dicom_files import write_scan
from tests.ct.test_watershed import two_lungs

SCAN = np.stack([two_lungs()] * 3)
SCAN[1:] += np.arange(1, 3, dtype=np.int16)[:, None, None]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for case in ("T1-001", "T1-002"):
        write_scan(tmp_path / "data" / "Test-1" / case, SCAN)
    return tmp_path / "data"


def spgc(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_preprocess_stores_and_reuses(data: Path) -> None:
    first, second = spgc("preprocess"), spgc("preprocess")
    assert first.exit_code == second.exit_code == 0
    assert "Scans: 2 stored, 0 in the store already, 0 failed." in first.stdout
    assert "Scans: 0 stored, 2 in the store already, 0 failed." in second.stdout


def test_bad_scan_is_named_and_exit_is_1(data: Path) -> None:
    (data / "Test-1" / "T1-002" / "IM0002.dcm").write_bytes(b"text")
    result = spgc("preprocess", "--quiet")
    assert result.exit_code == 1
    assert "Scans: 1 stored" in result.stdout
    assert "T1-002" in result.stderr
    assert "Traceback" not in result.stderr


def test_json_is_one_document(data: Path) -> None:
    (data / "Test-1" / "T1-002" / "IM0002.dcm").write_bytes(b"text")
    result = spgc("preprocess", "--json")
    report = json.loads(result.stdout)
    assert (report["done"], report["reused"]) == (["T1-001"], [])
    assert report["failures"]["T1-002"]["error"] == "SeriesError"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["--split", "test9"], UsageError),
        (["--split", "test2"], DataError),
        (["--lungs", "threshold"], UsageError),
        (["--data", "nowhere"], DataError),
    ],
)
def test_wrong_requests(data: Path, words: list[str], kind: type[Exception]) -> None:
    result = spgc("preprocess", *words)
    assert isinstance(result.exception, kind)
    assert not Path("store").exists()


def test_view_folder(data: Path) -> None:
    result = spgc("view", str(data / "Test-1" / "T1-001"), "--slice", "2", "-o", "two.png")
    assert (result.exit_code, result.stdout) == (0, "two.png: 1 slice\n")
    with Image.open("two.png") as picture:
        assert picture.size[0] > 100


def test_without_lungs(data: Path) -> None:
    """Stored without a word of doubt, and drawn without outlines and without the strip of areas."""
    result = spgc("preprocess", "--lungs", "none")
    assert (result.exit_code, "remark" in result.stderr) == (0, False)
    assert "Scans: 2 stored" in result.stdout
    assert not SliceStore(Path("store")).read("T1-001").arrays()[1].any()
    assert spgc("view", "T1-001", "-o", "lungs.png").exit_code == 0
    assert spgc("view", "T1-001", "-o", "none.png", "--lungs", "none").exit_code == 0
    with Image.open("lungs.png") as lungs, Image.open("none.png") as none:
        assert none.height < lungs.height
        assert reddish(lungs) > 100 > reddish(none)


def reddish(picture: Image.Image) -> int:
    """Pixels in the colour of outlines."""
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB"), int), -1, 0)
    return int(((red > 200) & (green < 200) & (blue < 60)).sum())


def test_view_case_from_data_then_store(data: Path) -> None:
    assert spgc("view", "T1-001", "-o", "data.png").exit_code == 0
    spgc("preprocess")
    assert spgc("view", "T1-001", "-o", "both.png").exit_code == 0
    shutil.rmtree(data)
    assert spgc("view", "T1-001", "-o", "store.png").exit_code == 0
    assert Path("both.png").read_bytes() == Path("data.png").read_bytes()
    assert Path("store.png").read_bytes() == Path("data.png").read_bytes()


def test_view_shows_the_scan_of_the_data_folder_that_is_named(data: Path) -> None:
    """Not the one of that name that another data set has left in the store."""
    other = np.roll(SCAN, 5, axis=1)
    write_scan(Path("other/Test-1/T1-001"), other)
    assert spgc("view", "other/Test-1/T1-001", "-o", "wanted.png").exit_code == 0
    spgc("preprocess")
    assert spgc("view", "T1-001", "--data", "other", "-o", "other.png").exit_code == 0
    assert Path("other.png").read_bytes() == Path("wanted.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["T1-009"], DataError),
        (["some/where"], SeriesError),
        (["T1-001", "--slice", "4"], UsageError),
        (["T1-001", "--slice", "0"], UsageError),
    ],
)
def test_wrong_views(data: Path, words: list[str], kind: type[Exception]) -> None:
    result = spgc("view", *words, "-o", "out.png")
    assert isinstance(result.exception, kind)
    assert not Path("out.png").exists()


def test_what_looks_like_a_scan_and_cant_be_read_is_named(data: Path) -> None:
    """In preprocess and in data check alike: name and exit code 1; the others are stored."""
    (data / "Test-1" / "T1-003.mha").write_bytes(b"ObjectType = Image\n")
    (data / "Test-1" / "T1-004").symlink_to("nowhere")
    result = spgc("preprocess", "--quiet")
    assert result.exit_code == 1
    assert "Scans: 2 stored, 0 in the store already, 2 failed." in result.stdout
    for name in ("T1-003", "T1-004"):
        assert name in result.stderr
        assert f"error: {name}: " in spgc("data", "check", "data", "--quiet").stdout
    document = json.loads(spgc("preprocess", "--json").stdout)
    assert set(document["failures"]) == {"T1-003", "T1-004"}


def test_a_case_that_cant_be_told_apart_fails_alone(data: Path) -> None:
    shutil.copytree(data / "Test-1", data / "copy" / "Test-1")
    write_scan(data / "Test-1" / "T1-009", SCAN)
    result = spgc("preprocess", "--quiet")
    assert result.exit_code == 1
    assert "Scans: 1 stored, 0 in the store already, 2 failed." in result.stdout
    assert "case ID T1-001 stands for 2 scans" in result.stderr
    shown = spgc("view", "T1-001")
    assert "stands for 2 scans" in str(shown.exception)
