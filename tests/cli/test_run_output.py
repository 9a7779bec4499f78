"""Remarks and failures name their scans; what happens to many alike is said once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pydicom
import pytest

from spgc.ct.store import SliceStore
from spgc.errors import DataError, SeriesError, StoreError
from spgc.report.scan_remarks import failure_lines, remark_lines
from tests.cli.conftest import Spgc


def test_like_remarks_are_one_line_with_their_scans() -> None:
    notes = {"a": ["thick"], "b": ["tilted", "thick"], "c": ["thick", "thick"], "d": []}
    assert list(remark_lines(notes)) == [
        "remark on 3 scans (a, b, c): thick",
        "remark on 1 scan (b): tilted",
    ]
    many = {f"P{k}": ["thick"] for k in range(12)}
    assert list(remark_lines(many)) == ["remark on 12 scans (P0, P1, P2, P3, P4 and 7 more): thick"]


def test_failures_name_their_scans() -> None:
    failures = {
        "a": SeriesError("no slices", where="x/a"),
        "b": DataError("two series", where="x/b"),
        "c": SeriesError("no slices", where="x/c"),
    }
    assert list(failure_lines(failures)) == [
        "left out 1 scan (a): no slices [x/a]",
        "left out 1 scan (c): no slices [x/c]",
        "left out 1 scan (b): two series [x/b]",
    ]


@pytest.mark.parametrize("where", [None, "store/{}"])
def test_a_full_disk_is_said_once(where: str | None) -> None:
    failures = {
        f"P{k}": StoreError("can't write", where=where and where.format(k), found="no space left")
        for k in range(40)
    }
    [line] = failure_lines(failures)
    assert line.startswith("left out 40 scans (P0, P1, P2, P3, P4 and 35 more): can't write")


@pytest.fixture
def odd(cohort: Path, tmp_path: Path) -> Path:
    """The cohort, one scan of which does not say how it lies."""
    root = tmp_path / "odd"
    shutil.copytree(cohort, root)
    for path in root.rglob("syn-T2-002/*.dcm"):
        image = pydicom.dcmread(path)
        del image.ImageOrientationPatient
        image.save_as(path)
    return root


def test_remarks_reach_the_terminal_json_and_the_record(
    spgc: Spgc, odd: Path, store: SliceStore, cohort: Path, tmp_path: Path
) -> None:
    """Of preprocess, train and predict alike; `merge` keeps those of all parts."""
    own = tmp_path / "store"
    words = ("--data", odd, "--store", own, "--jobs", 1)
    ran = spgc("preprocess", *words)
    lines = [line for line in ran.err.splitlines() if line.startswith("remark on")]
    assert any("(syn-T2-002): no ImageOrientation" in line for line in lines), ran.err
    model = tmp_path / "model"
    trained = spgc("train", "--system", "density", *words, "--model", model, "--json")
    assert trained.code == 0, trained.err
    assert json.loads(trained.out)["failures"] == {}
    out = ("--split", "test2", "--model", model, "--out", tmp_path / "out")
    said = json.loads(spgc("predict", *words, *out, "--json").out)["remarks"]
    assert said["syn-T2-002"][0].startswith("no ImageOrientation")
    record = json.loads((tmp_path / "out" / "submission.run.json").read_text())
    assert record["remarks"] == said
    for part in ("1/2", "2/2"):
        ran = spgc("predict", *words, *out[:4], "--out", tmp_path / "parts", "--shard", part)
        assert ran.code == 0, ran.err
    assert spgc("merge", tmp_path / "parts").code == 0
    merged = json.loads((tmp_path / "parts" / "submission.run.json").read_text())
    assert merged["remarks"] == said
