"""`spgc report` on a phantom run: a page, and the same in 80 columns."""

import json
import shutil
from pathlib import Path

import pytest

from spgc.ct.store import SliceStore
from spgc.text.synthetic import SYNTHETIC_DATA
from tests.cli.conftest import Spgc


@pytest.fixture
def run(spgc: Spgc, cohort: Path, model: Path, store: SliceStore, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    ran = spgc(
        "predict",
        "--split",
        "test2",
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--out",
        folder,
        "--probabilities",
        "--slices",
        folder / "slices.csv",
    )
    assert ran.code == 0, ran.err
    return folder


def test_the_page(
    spgc: Spgc, run: Path, cohort: Path, model: Path, store: SliceStore, tmp_path: Path
) -> None:
    record = json.loads((run / "submission.run.json").read_text())
    assert record["run"]["scans"] == 3
    own = shutil.copytree(model, tmp_path / "model")
    (own / "MODEL_CARD.md").write_text("# The card\n")
    ran = spgc("report", run, "--data", cohort, "--store", store.root, "--model", own)
    assert (ran.code, ran.out) == (0, f"wrote {run / 'report.html'}\n"), ran.err
    page = (run / "report.html").read_text()
    assert SYNTHETIC_DATA in page
    assert "<h1>The card</h1>" in page
    assert "checking files and store" in page
    wrong = page.count("<article")
    assert page.count("data:image/jpeg") == wrong
    assert f"Wrong predictions ({wrong})" in page


def test_the_terminal(spgc: Spgc, run: Path, cohort: Path) -> None:
    ran = spgc("report", run, "--manifests", cohort / "manifests", "--terminal")
    assert ran.code == 0, ran.err
    for words in (
        "SYNTHETIC",
        "Accuracy by set",
        "Wrong predictions",
        "Signature",
        "Time and machine",
    ):
        assert words in ran.out
    assert not (run / "report.html").exists()


def test_no_run(spgc: Spgc, tmp_path: Path) -> None:
    ran = spgc("report", tmp_path)
    assert ran.code == 1
    assert "no run" in ran.err
