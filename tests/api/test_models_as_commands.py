"""Calls on trained models give what their commands give: files, tables and JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import spgc
from spgc.contract.scan import NamedScan
from spgc.jobs.extras import has

if not (has("train") and has("report")):
    pytest.skip("needs what [train,report] brings", allow_module_level=True)

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.nets.engines.int8 import QuantisedNetwork
from tests.api.test_same_as_commands import document, plain, shows
from tests.cli.conftest import Spgc
from tests.cli.conftest import spgc as command
from tests.explain.looking_regions import Regions

cli = command


@pytest.fixture
def case(dataset: Dataset) -> str:
    return next(iter(dataset.cases(None))).case_id


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose networks look at regions of a whole scan."""
    monkeypatch.setattr("spgc.report.explained_case.load_system", lambda model, run: Regions())


@pytest.mark.usefixtures("regions", "prepared")
def test_explain_scan(
    cohort: Path, store: SliceStore, case: str, cli: Spgc, tmp_path: Path
) -> None:
    """The same numbers and the same picture, byte for byte."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    given: dict[str, Any] = {
        "masks": 4,
        "cells": 2,
        "networks": "low",
        "target": "normal",
        "dpi": 20,
    }
    result = spgc.explain_scan(case, cohort, store.root, "model", out=ours, **given)
    words = ("--masks", 4, "--cells", 2, "--network", "low", "--target", "normal", "--dpi", 20)
    folders = ("--data", cohort, "--store", store.root, "--out", theirs)
    assert plain(result) == document(cli, "explain", case, *words, *folders)
    assert result.pictures == (ours / f"{case}-volume.png",)
    for name in (f"{case}-volume.png", f"{case}-volume.json"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert [row["network"] for row in result._rows()] == ["low"]
    assert "Better than random maps" in str(result)
    assert result.plot()._repr_png_().startswith(b"\x89PNG")
    assert "SYNTHETIC" in result._repr_html_()
    shows(result)


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"masks": 1}, "masks"),
        ({"cells": 0}, "cells"),
        ({"seed": -1}, "seed"),
        ({"top": 0}, "top"),
        ({"slices": ["a"]}, "a slice"),
        ({"dpi": 0}, "dpi"),
        ({"target": "flu"}, "unknown class"),
        ({"slices": [1]}, "reads whole scans"),
    ],
    ids=str,
)
def test_what_explain_scan_refuses(
    options: dict[str, Any], said: str, case: str, cohort: Path, store: SliceStore, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(spgc.UsageError, match=said):
        spgc.explain_scan(case, cohort, store.root, "model", out=out, **options)
    assert not out.exists()


def test_importance(model: Path, cli: Spgc, tmp_path: Path) -> None:
    result = spgc.importance(model, out=tmp_path / "ours", dpi=20)
    words = ("--model", model, "--out", tmp_path / "theirs", "--dpi", 20)
    said = document(cli, "importance", *words)
    assert json.loads(json.dumps(result.as_dict()).replace("/ours/", "/theirs/")) == said
    for path in result.files:
        assert path.read_bytes() == (tmp_path / "theirs" / path.name).read_bytes()
    assert [row["group"] for row in result._rows()] == [row["group"] for row in said["top"]]
    assert "Largest contributions" in str(result)
    assert result.plot().figure.axes
    shows(result)


class Networks(Regions):
    """Two networks, of which one keeps float32's labels."""

    lung_method = "watershed-two-regions"

    def network_names(self) -> Sequence[str]:
        return "one", "two"

    def no_int8(self) -> None:
        return None

    def is_quantised(self, folder: Path) -> bool:
        return False

    def quantise(
        self, folder: Path, calibrating: Sequence[NamedScan], checking: Sequence[NamedScan]
    ) -> Iterator[QuantisedNetwork]:
        count = len(calibrating) + len(checking)
        yield QuantisedNetwork("one", count, count - 1, 1, count, 0.1, 0.0, used=True)
        yield QuantisedNetwork("two", count, 0, 0, 1, 0.1, 0.7, used=False)


@pytest.mark.skipif(not (has("openvino") and has("int8")), reason="needs [openvino,int8]")
@pytest.mark.usefixtures("prepared")
def test_quantise(
    cohort: Path, store: SliceStore, cli: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spgc.runs.quantise.load_system", lambda model: Networks())
    result = spgc.quantise(cohort, store.root, "model", jobs=1)
    words = ("quantise", "--data", cohort, "--store", store.root, "--jobs", 1)
    assert plain(result) == document(cli, *words)
    ran = cli(*words)
    printed = [line.rstrip() for line in ran.out.rstrip("\n").split("\n")]
    assert str(result).split("\n")[: len(printed)] == printed
    assert repr(result) == "<Quantised 2 networks: 1 keep float32's labels>"
    assert [row["slices"] for row in result._rows()] == [9, 9]
    shows(result)


def test_quantise_without_its_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spgc.jobs.extras.find_spec", lambda name: None)
    with pytest.raises(spgc.MissingExtraError, match=r"pip install 'spgc\[train,openvino,int8\]'"):
        spgc.quantise("data", "store", "model")
    for call in (spgc.explain_scan, spgc.importance):
        with pytest.raises(spgc.MissingExtraError, match=r"pip install 'spgc\[train,report\]'"):
            call("P002")


TRUTH = {"P1": "covid-19", "P2": "cap", "P3": "normal"}


def test_regress(cli: Spgc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline of one's own: written alike, judged alike, and failed where a patient is lost."""
    monkeypatch.chdir(tmp_path)
    for name, labels in (("truth", TRUTH), ("good", TRUTH), ("bad", dict.fromkeys(TRUTH, "cap"))):
        rows = "".join(f"{one},{label}\n" for one, label in labels.items())
        Path(f"{name}.csv").write_text(f"Study,Label\n{rows}")
    words = ("regress", "ours.json", "--truth", "truth.csv", "--submission")
    said = document(cli, *words, "good.csv", "--update")
    theirs = Path("ours.json").read_bytes()
    Path("ours.json").unlink()
    made = spgc.update_baseline("ours.json", TRUTH, submission="good.csv")
    assert Path("ours.json").read_bytes() == theirs
    assert plain(made) == said
    assert made._rows()[1] == {"case": "P2", "answer": "CAP", "before": None}
    shows(made)
    good = spgc.regress("ours.json", "truth.csv", submission=["good.csv"])
    assert good
    assert plain(good) == document(cli, *words, "good.csv")
    bad = spgc.regress("ours.json", "truth.csv", submission="bad.csv")
    assert not bad
    assert plain(bad) == document(cli, *words, "bad.csv", code=1)
    assert "FAILED" in bad.to_markdown()
    assert [row["now"] for row in bad._rows()] == [0, 1, 0]
    printed = cli(*words, "bad.csv").out.rstrip("\n").split("\n")
    assert str(bad).split("\n") == [line.rstrip() for line in printed]
    shows(bad)
    with pytest.raises(spgc.UsageError, match="--truth goes with --submission"):
        spgc.regress(truth=TRUTH)
