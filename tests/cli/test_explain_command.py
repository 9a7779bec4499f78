"""`spgc explain` and `spgc figure` as users call them."""

from __future__ import annotations

import json
from inspect import signature
from pathlib import Path

import pytest

from spgc.cli.explain_command import explain
from spgc.cli.figure_command import figure
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.data.manifests import read_manifests
from spgc.explain.classifier_map import RiseSettings
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.text.purpose import PURPOSE
from tests.cli.conftest import Spgc


def _infected(dataset: Dataset) -> tuple[str, int]:
    """A case of the tiny cohort with labelled slices, and its first infected slice."""
    for case in dataset.cases(None):
        marks = dataset.slice_labels(case.case_id)
        if marks is not None and marks.any():
            return case.case_id, int(marks.argmax())
    raise AssertionError("the tiny cohort has no infected slice")


def test_a_named_slice(
    spgc: Spgc, cohort: Path, dataset: Dataset, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    case, index = _infected(dataset)
    ran = spgc(
        "explain",
        case,
        "--slice",
        index + 1,
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--out",
        tmp_path,
        "--masks",
        70,
        "--cells",
        4,
        "--engine",
        "torch",
    )
    assert ran.code == 0, ran.err
    assert f"SYNTHETIC · {case}, slice {index + 1} of" in ran.out
    assert "Settled: split-half reliability" in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"{case}-slice-{index + 1}.{kind}" for kind in ("json", "pdf", "png", "svg")
    ]
    found = json.loads((tmp_path / f"{case}-slice-{index + 1}.json").read_text())
    assert (found["case"], found["slice"]) == (case, index + 1)
    assert found["model_hash"] == json.loads((model / "model.json").read_text())["model_hash"]
    assert (found["synthetic"], found["infected"]) == (True, True)
    assert list(found["classifiers"]) == [
        "resnext50",
        "densenet161",
        "inception_v3",
        "wide_resnet50",
    ]
    for one in found["classifiers"].values():
        assert (one["target"], one["masks"], one["settled"]) == (found["target"], 70, False)
        assert one["probability"] == one["probabilities"][found["target"]]
        assert 0 <= one["share_in_lungs"] <= 1


def test_searched_slices(
    spgc: Spgc, cohort: Path, dataset: Dataset, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    """Two slices of one backbone; the first is the surest of the class."""
    case, _ = _infected(dataset)
    common = (
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--out",
        tmp_path,
        "--backbone",
        "resnext50",
        "--masks",
        2,
        "--engine",
        "torch",
    )
    ran = spgc("explain", case, "--top", 2, "--target", "cap", *common, "--json")
    assert ran.code == 0, ran.err
    first, second = json.loads(ran.out)["slices"]
    assert list(first["classifiers"]) == ["resnext50"]
    assert {first["target"], second["target"]} == {"CAP"}
    assert first["slice"] != second["slice"]
    ran = spgc("explain", case, "--worst", "--infected", *common, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["slices"][0]["infected"] is True


def test_without_options_the_answer_to_the_scan_is_explained(
    spgc: Spgc, cohort: Path, dataset: Dataset, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    """A slice with lung that speaks for what `spgc predict` answers, not any sure slice."""
    case, _ = _infected(dataset)
    scan = store.read(case)
    system = CnrIemn.load(model)
    label = system.predict([(case, scan)])[case].label
    ran = spgc(
        "explain",
        case,
        "--top",
        2,
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--out",
        tmp_path,
        "--backbone",
        "resnext50",
        "--masks",
        2,
        "--engine",
        "torch",
        "--json",
    )
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["slices"]
    assert {one["target"] for one in found} == {label}
    areas = scan.arrays()[1].sum(axis=(1, 2))
    assert all(areas[one["slice"] - 1] >= areas.max() / 2 for one in found)


def test_answers_to_the_slice_itself_are_those_of_prediction(
    dataset: Dataset, store: SliceStore, model: Path
) -> None:
    """The function that RISE asks is the one that `spgc predict` uses."""
    case, index = _infected(dataset)
    system, scan = CnrIemn.load(model), store.read(case)
    known = system.slice_probabilities(case, scan)
    for name, given in system.slice_inputs(scan, index).items():
        assert given.image.shape == (3, *given.image.shape[1:])
        answer = given.answer(given.image[None])
        assert answer.shape == (1, len(CLASSES))
        assert answer[0] == pytest.approx(known[name][index], abs=1e-5)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nobody"], 1, "no such scan"),
        (["CASE", "--slice", 99], 2, "no such slice"),
        (["CASE", "--slice", 1, "--worst"], 2, "give either --slice or --worst, not both"),
        (["CASE", "--target", "flu"], 2, "expected COVID-19 | CAP | Normal"),
        (["CASE", "--slice", 1, "--backbone", "vgg"], 2, "expected resnext50 | densenet161"),
        (["CASE", "--slice", 1, "--cells", 90], 2, "impossible number of cells"),
        (["CASE", "--slice", 1, "--probability", 1.5], 2, "below 1"),
    ],
)
def test_bad_input_of_explain(
    words: list[object],
    code: int,
    message: str,
    spgc: Spgc,
    cohort: Path,
    dataset: Dataset,
    store: SliceStore,
    model: Path,
    tmp_path: Path,
) -> None:
    case, _ = _infected(dataset)
    ran = spgc(
        "explain",
        *[case if word == "CASE" else word for word in words],
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--out",
        tmp_path / "out",
        "--engine",
        "torch",
    )
    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert not (tmp_path / "out").exists()


def test_figures_of_the_data(spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path) -> None:
    ran = spgc(
        "figure",
        1,
        3,
        "figure5",
        11,
        12,
        "--data",
        cohort,
        "--store",
        store.root,
        "--out",
        tmp_path,
    )
    assert ran.code == 0, ran.err
    assert {p.stem for p in tmp_path.iterdir()} == {f"figure{n}" for n in (1, 3, 5, 11, 12)}
    drawn = (tmp_path / "figure11.svg").read_text()
    assert drawn.count("TheSaviours") == 1
    for number in (1, 3, 5, 12):
        text = (tmp_path / f"figure{number}.svg").read_text()
        assert "SYNTHETIC" in text
        assert PURPOSE in text


def test_figure_of_a_run(spgc: Spgc, tmp_path: Path) -> None:
    folder = tmp_path / "runs/table4"
    folder.mkdir(parents=True)
    matrix = [[7, 1, 0], [2, 3, 1], [0, 0, 9]]
    record = {
        "unit": "slices",
        "synthetic": True,
        "title": "multi-task",
        "matrices": {"resnext50": matrix, "a$_{$b": matrix},
    }
    (folder / "reproduce.json").write_text(json.dumps(record))
    words = ("--runs", tmp_path / "runs", "--out", tmp_path / "out")
    ran = spgc("figure", 9, *words)
    assert ran.code == 0, ran.err
    drawn = (tmp_path / "out/figure9.svg").read_text()
    assert "resnext50: 19/23 correct" in drawn
    assert drawn.count("19/23 correct") == 2  # the second network's name is no formula
    ran = spgc("figure", 6, *words)
    assert (ran.code, "spgc reproduce table1" in ran.err) == (1, True)
    (folder / "reproduce.json").write_text("{}")
    ran = spgc("figure", 9, *words)
    assert (ran.code, "record of a run is damaged" in ran.err) == (1, True)


def test_figure_11_takes_a_submission_for_the_three_sets(spgc: Spgc, tmp_path: Path) -> None:
    manifest = read_manifests()
    files = []
    for split in ("test1", "test2", "test3"):
        rows = "".join(f"{case.case_id},{case.label}\n" for case in manifest.split(split))
        files.append(tmp_path / f"{split}.csv")
        files[-1].write_text("Study,Label\n" + rows)
    words = [word for path in files for word in ("--submission", path)]
    ran = spgc("figure", 11, *words, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "test1 + test2 + test3" in (tmp_path / "out/figure11.svg").read_text()
    ran = spgc("figure", 11, *words[:2], "--out", tmp_path / "none")
    assert (ran.code, "repeat --submission" in ran.err) == (1, True), ran.err


def test_figure_list_and_unknown_ones(spgc: Spgc) -> None:
    ran = spgc("figure", "list")
    assert ran.code == 0
    assert "heat maps, COVID-19" in ran.out
    ran = spgc("figure", 4)
    assert (ran.code, "expected 1 | 3 | 5 | 6" in ran.err) == (2, True)


def test_defaults_of_the_options_are_those_of_the_method() -> None:
    options = signature(figure).parameters
    asked = [options[name].default for name in ("masks", "cells", "probability", "seed")]
    assert RiseSettings(*asked) == RiseSettings()
    for name, value in vars(RiseSettings()).items():
        assert signature(explain).parameters[name].default in (None, value)  # None: by the system
