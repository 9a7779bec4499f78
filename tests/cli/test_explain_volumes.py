"""`spgc explain` of systems whose networks read whole scans, as users call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.text.purpose import PURPOSE
from tests.cli.conftest import Ran, Spgc
from tests.explain.looking_regions import Regions

Explain = Callable[..., Ran]


@pytest.fixture
def case(dataset: Dataset) -> str:
    return next(iter(dataset.cases(None))).case_id


@pytest.fixture
def explain(
    spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Explain:
    """The command for a model whose networks look at regions of a scan."""
    monkeypatch.setattr("spgc.report.explained_case.load_system", lambda model, run: Regions())
    words = ("--data", cohort, "--store", store.root, "--out", tmp_path / "out")
    return lambda *more: spgc("explain", *more, *words)


def test_a_whole_scan(explain: Explain, case: str, tmp_path: Path) -> None:
    ran = explain(case, "--masks", 8, "--cells", 3)
    assert ran.code == 0, ran.err
    files = [f"{case}-volume.{kind}" for kind in ("json", "pdf", "png", "svg")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files
    found = json.loads((tmp_path / "out" / files[0]).read_text())
    assert (found["target"], found["settings"]["masks"]) == ("CAP", 8)
    assert list(found["classifiers"]) == ["high", "low"]
    drawn = (tmp_path / "out" / files[3]).read_text()
    for words in ("SYNTHETIC", "axial, slice", "coronal, row", "sagittal, column", PURPOSE):
        assert words in drawn
    assert f"SYNTHETIC · {case}, the whole scan: RISE for CAP" in ran.out
    assert f"the answer to {case} is CAP\n" in ran.err
    assert "2 networks, at most 54 passes each" in ran.err
    assert "Settled: split-half reliability" in ran.err
    assert "checked every 32 masks from 96 on" in ran.err
    for name, one in found["classifiers"].items():
        doubt = f"{name}: reliability {one['reliability']:.2f}: other masks would give another map"
        assert (doubt in ran.err) == (one["reliability"] < 0.5)
    assert min(one["reliability"] for one in found["classifiers"].values()) < 0.5


def test_json_has_the_form_of_slices(explain: Explain, case: str) -> None:
    words = ("--masks", 4, "--cells", 2, "--network", "low", "--target", "normal")
    ran = explain(case, *words, "--json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert (found["schema"], found["slices"]) == ("spgc-explanations/1", [])
    (volume,) = found["volumes"]
    assert (volume["target"], list(volume["classifiers"])) == ("Normal", ["low"])


@pytest.mark.parametrize(
    "words", [("--slice", 2), ("--worst",), ("--infected",), ("--top", 1)], ids=lambda w: w[0]
)
def test_options_of_slices_are_refused(
    words: tuple[object, ...], explain: Explain, tmp_path: Path
) -> None:
    """Before any scan is read: the case need not exist."""
    ran = explain("nobody", *words)
    assert ran.code == 2
    message = "system regions reads whole scans and has no slice classifiers"
    assert f"{message}: found {words[0]}" in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_network_is_refused(explain: Explain, case: str, tmp_path: Path) -> None:
    ran = explain(case, "--network", "middle")
    assert (ran.code, "expected high | low" in ran.err) == (2, True), ran.err
    assert not (tmp_path / "out").exists()


def test_a_stop_leaves_nothing(
    explain: Explain, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, left = Regions._answer, iter(range(20))

    def stopped(self: Regions, volumes: np.ndarray, part: tuple[slice, ...]) -> np.ndarray:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return whole(self, volumes, part)

    monkeypatch.setattr(Regions, "_answer", stopped)
    ran = explain(case, "--masks", 96, "--cells", 3)
    assert ran.code == 130
    assert not (tmp_path / "out").exists()
