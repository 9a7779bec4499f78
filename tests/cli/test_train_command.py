"""`spgc train` and `spgc reproduce` find out early what would fail late, and pass bad rows by."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.nets.training import shared_memory
from spgc.runs.scans import Prepared
from tests.cli.conftest import Spgc

pytest.importorskip("torch")


@pytest.mark.parametrize("command", [("train", "--model"), ("reproduce", "all", "--out")], ids=str)
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--weights", "EMPTY"], 1, "weights file missing"),
        (["--labels-release", "2022"], 2, "expected first | updated"),
        (["--precision", "int8"], 2, "unknown precision"),
    ],
    ids=str,
)
def test_nothing_is_read_first(
    command: tuple[str, ...],
    words: list[str],
    code: int,
    message: str,
    spgc: Spgc,
    cohort: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").mkdir()
    given = [str(tmp_path / "empty") if word == "EMPTY" else word for word in words]
    ran = spgc(*command, tmp_path / "out", "--data", cohort, "--store", tmp_path / "store", *given)
    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert ran.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]


def test_an_unknown_engine_is_found_before_training(
    spgc: Spgc, cohort: Path, tmp_path: Path
) -> None:
    ran = spgc(
        "train",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--model",
        tmp_path / "m",
        "--weights",
        "none",
        "--engine",
        "onnx",
    )
    assert (ran.code, "unknown engine" in ran.err) == (2, True), ran.err
    assert not list(tmp_path.iterdir())


def test_small_shared_memory_is_said(
    spgc: Spgc, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_memory, "free_shared_memory", lambda: 1 << 20)
    ran = spgc(
        "train",
        "--data",
        tmp_path,
        "--store",
        tmp_path / "store",
        "--model",
        tmp_path / "m",
        "--weights",
        "none",
        "--workers",
        2,
    )
    assert ran.code == 1  # no data
    assert "too little for --workers 2: a thread loads slices instead" in ran.err


def test_a_scan_whose_labels_do_not_fit_is_left_out(
    spgc: Spgc,
    cohort: Path,
    dataset: Dataset,
    prepared: Prepared,
    store: SliceStore,
    tmp_path: Path,
) -> None:
    own = Path(shutil.copytree(cohort, tmp_path / "own"))
    names = [c.case_id for c in dataset.cases("val") if dataset.slice_labels(c.case_id) is not None]
    slices = {name: prepared.scans[name].n_slices + (name == names[0]) for name in names}
    rows = [f"{name},{k},{int(k == n - 1)}" for name, n in slices.items() for k in range(n)]
    (own / "slice_labels.csv").write_text("\n".join(["case,slice,infected", *rows]) + "\n")
    ran = spgc(
        "train",
        "--system",
        "density",
        "--data",
        own,
        "--store",
        store.root,
        "--model",
        tmp_path / "m",
        "--jobs",
        1,
    )
    assert ran.code == 1, "the model is there, and a scan was left out"
    assert f"left out 1 scan ({names[0]}): slice labels of {names[0]} do not fit" in ran.err
    assert re.search(r"val: accuracy \d/2", ran.out)
