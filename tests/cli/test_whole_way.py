"""From scans to a scored submission through the command line, and every kind of bad input."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

from spgc.classifiers.feature_table import read_features
from spgc.classifiers.groups import scan_features
from spgc.classifiers.svm import SvmClassifier
from spgc.ct.store import SliceStore
from spgc.phantoms.dicom import write_series
from spgc.protocol import CAP, CLASSES, class_named
from spgc.systems.cnr_iemn.config import BACKBONES
from tests.cli.conftest import Spgc


def predict(spgc: Spgc, cohort: Path, model: Path, out: Path, *more: object):
    return spgc(
        "predict",
        "--data",
        cohort,
        "--store",
        out / "store",
        "--model",
        model,
        "--out",
        out,
        "--device",
        "cpu",
        *(() if "--jobs" in more else ("--jobs", 1)),
        *more,
    )


def test_predict_validate_score(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    """The way of the README, on phantoms: each command's output feeds the next."""
    ran = predict(spgc, cohort, model, tmp_path, "--split", "test2")
    assert ran.code == 0, ran.err
    assert "SYNTHETIC" in ran.err
    text = (tmp_path / "submission.csv").read_text()
    assert text.splitlines()[0] == "Study,Label"
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [
        "syn-T2-001",
        "syn-T2-002",
        "syn-T2-003",
    ]
    assert (tmp_path / "submission-test2.csv").read_text() == text
    manifests = ("--manifests", cohort / "manifests")
    assert spgc("validate", tmp_path / "submission.csv", *manifests).code == 0
    scored = spgc("score", tmp_path / "submission.csv", *manifests, "--json")
    assert scored.code == 0, scored.err
    assert '"synthetic": true' in scored.out
    known = json.loads((model / "model.json").read_text())["model_hash"][:12]
    assert f"|model:{known}|" in scored.out
    named = spgc("score", tmp_path / "submission.csv", *manifests, "--model", model)
    assert f"|model:{known}|" in named.out


def test_same_input_same_bytes(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    """Two runs in two places, the second with other batches and workers: the same bytes."""
    for name, batch, jobs in (("a", 64, 1), ("b", 3, 2)):
        (tmp_path / name).mkdir()
        ran = predict(spgc, cohort, model, tmp_path / name, "--batch-size", batch, "--jobs", jobs)
        assert ran.code == 0, ran.err
    for file in ("submission.csv", "submission-train.csv", "submission-test2.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_json_and_probabilities(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    ran = predict(spgc, cohort, model, tmp_path, "--split", "test2", "--json", "--probabilities")
    document = json.loads(ran.out)
    assert document["scans"] == 3
    assert document["trained_on_synthetic"] is True
    assert ran.err == ""
    rows = (tmp_path / "submission.csv").read_text().splitlines()
    assert rows[0] == "Study,Label,p_covid19,p_cap,p_normal"
    assert sum(float(v) for v in rows[1].split(",")[2:]) == pytest.approx(1, abs=1e-5)


def test_slice_table(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    """One row per case, backbone and slice; probabilities add up; labels are the largest."""
    path = tmp_path / "slices.csv"
    ran = predict(spgc, cohort, model, tmp_path, "--split", "test2", "--slices", path)
    assert ran.code == 0, ran.err
    table = pd.read_csv(path)
    columns = ["p_covid19", "p_cap", "p_normal"]
    slices = sum(
        len(list((cohort / "Test_Data/Test-2" / c).glob("*.dcm"))) for c in set(table.case)
    )
    assert len(table) == 4 * slices
    assert table.groupby(["case", "backbone"])["slice"].min().eq(1).all()
    assert table[columns].sum(axis=1).between(0.999, 1.001).all()
    assert [CLASSES[k] for k in table[columns].to_numpy().argmax(axis=1)] == list(table.label)


def test_svm_answers_too(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    """scikit-learn's SVM, fitted to the model's own table of features, answers the same."""
    slices = tmp_path / "slices.csv"
    words = ("--split", "test2", "--classifier", "svm", "--slices", slices)
    ran = predict(spgc, cohort, model, tmp_path, *words)
    assert ran.code == 0, ran.err
    learned = read_features(model / "training-features.csv", BACKBONES)
    machine = SVC().fit(learned.features, learned.classes)
    columns = ["p_covid19", "p_cap", "p_normal"]
    expected = {}
    for case, rows in pd.read_csv(slices).groupby("case"):
        by_backbone = {name: part[columns].to_numpy() for name, part in rows.groupby("backbone")}
        (label,) = machine.predict(scan_features(by_backbone, BACKBONES)[None])
        expected[case] = CLASSES[label]
    assert answers(tmp_path) == expected


def test_the_named_classifier_answers(
    spgc: Spgc, cohort: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An SVM that knows one class only: all answers are its own, and none without --classifier."""
    monkeypatch.setattr(
        SvmClassifier, "predict", lambda self, rows: (np.full(len(rows), CLASSES.index(CAP)), None)
    )
    ran = predict(spgc, cohort, model, tmp_path, "--split", "test2", "--classifier", "svm")
    assert ran.code == 0, ran.err
    assert set(answers(tmp_path).values()) == {CAP}
    monkeypatch.setattr(SvmClassifier, "predict", None)
    (tmp_path / "other").mkdir()
    ran = predict(spgc, cohort, model, tmp_path / "other", "--split", "test2")
    assert ran.code == 0, ran.err


def answers(folder: Path) -> dict[str, str]:
    """Class by case of a submission, however its labels are spelt."""
    table = pd.read_csv(folder / "submission.csv")
    return {row.Study: class_named(row.Label) for row in table.itertuples()}


def broken(cohort: Path, place: Path) -> Path:
    """A copy of the cohort in which one test2 scan is empty."""
    root = place / "broken"
    shutil.copytree(cohort, root)
    for path in (root / "Test_Data" / "Test-2" / "syn-T2-002").iterdir():
        path.unlink()
    return root


def test_no_submission_with_a_hole(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    root = broken(cohort, tmp_path)
    ran = predict(spgc, root, model, tmp_path, "--split", "test2")
    assert ran.code == 1
    assert "missing cases, submission not written" in ran.err
    assert "syn-T2-002" in ran.err
    assert not list(tmp_path.glob("submission*"))
    ran = predict(spgc, root, model, tmp_path, "--split", "test2", "--allow-missing")
    assert ran.code == 1
    assert "missing cases: syn-T2-002" in ran.out
    assert len((tmp_path / "submission.csv").read_text().splitlines()) == 3


def test_a_hole_holds_back_its_own_split_only(
    spgc: Spgc, cohort: Path, model: Path, tmp_path: Path
) -> None:
    """A scan that fails is told, and the rest is written: the other split, and no joint file."""
    root = broken(cohort, tmp_path)
    ran = predict(spgc, root, model, tmp_path, "--split", "test2", "--split", "val")
    assert ran.code == 1
    assert "left out 1 scan (syn-T2-002): " in ran.err
    assert "not written: submission-test2.csv, submission.csv: missing cases: syn-T2-002" in ran.out
    assert sorted(path.name for path in tmp_path.glob("submission*")) == [
        "submission-val.csv",
        "submission.run.json",
    ]
    record = json.loads((tmp_path / "submission.run.json").read_text())
    assert record["left_out"] == ["syn-T2-002"]


def test_a_filled_hole_is_told_wherever_it_counts(
    spgc: Spgc, cohort: Path, model: Path, tmp_path: Path
) -> None:
    """By predict, in the record, and by score."""
    root = broken(cohort, tmp_path)
    words = ("--split", "test2", "--allow-missing", "--fill", "cap")
    ran = predict(spgc, root, model, tmp_path, *words)
    assert ran.code == 1
    assert ran.out.startswith("2 scans: ")
    assert "FILLED IN as CAP, not predicted by the model: syn-T2-002" in ran.out
    assert "syn-T2-002,cap" in (tmp_path / "submission.csv").read_text().splitlines()
    scored = spgc("score", tmp_path / "submission.csv", "--manifests", cohort / "manifests")
    assert scored.code == 0, scored.err
    assert "FILLED IN: 1 of these labels were filled in" in scored.out
    told = json.loads(predict(spgc, root, model, tmp_path, *words, "--json").out)
    assert (told["scans"], told["filled_in"]) == (2, {"syn-T2-002": "CAP"})


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--split", "test9"], 2, "unknown split: found 'test9', expected train | val | test2"),
        (["--split", "tst2"], 2, "did you mean 'test2'"),
        (["--split", "test1"], 1, "no scan of test1"),
        (["--device", "tpu"], 2, "unknown device"),
        (["--precision", "fp7"], 2, "unknown precision"),
        (["--classifier", "forest"], 2, "unknown patient classifier"),
        (["--split", "test2", "--fill", "cap"], 2, "--fill needs --allow-missing"),
        (["--allow-missing", "--fill", "flu"], 2, "no such class to fill in: found 'flu'"),
        (["--allow-missing", "--fill", "cap", "--probabilities"], 2, "has no probabilities"),
    ],
)
def test_bad_options(
    words: list[str], code: int, message: str, spgc: Spgc, cohort: Path, model: Path, tmp_path: Path
) -> None:
    ran = spgc(
        "predict",
        "--data",
        cohort,
        "--store",
        tmp_path / "s",
        "--model",
        model,
        "--out",
        tmp_path,
        *words,
    )
    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert not list(tmp_path.glob("submission*"))


def test_missing_folders(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert "no such data folder" in predict(spgc, nothing, model, tmp_path).err
    assert "no such model folder" in predict(spgc, cohort, nothing, tmp_path).err
    assert "not a model folder" in predict(spgc, cohort, tmp_path, tmp_path).err


@pytest.mark.parametrize("slices", [1, 3, 19])
def test_short_scans_are_answered(slices: int, spgc: Spgc, model: Path, tmp_path: Path) -> None:
    import numpy as np

    hu = np.full((slices, 96, 96), -1000, np.int16)
    hu[:, 10:86, 10:86] = 40
    hu[:, 30:66, 20:40] = hu[:, 30:66, 56:76] = -850
    write_series(
        hu,
        tmp_path / "data" / "short",
        pixel_mm=3.0,
        slice_mm=5.0,
        style="ordered",
        rng=np.random.default_rng(0),
    )
    ran = predict(spgc, tmp_path / "data", model, tmp_path)
    assert ran.code == 0, ran.err
    assert (tmp_path / "submission-own.csv").read_text().startswith("Study,Label\nshort,")


def test_foreign_files_are_one_line(spgc: Spgc, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "case"
    folder.mkdir(parents=True)
    (folder / "a.dcm").write_text("no image at all")
    ran = predict(spgc, tmp_path / "data", model, tmp_path)
    assert ran.code == 1
    assert sum(line.startswith("error:") for line in ran.err.splitlines()) == 1
    assert not list(tmp_path.glob("submission*"))


def test_train_from_the_command_line(spgc: Spgc, cohort: Path, tmp_path: Path) -> None:
    """Trains one epoch, tells hits on validation, writes a model that says it is synthetic."""
    pytest.importorskip("torch")
    ran = spgc(
        "train",
        "--preset",
        "demo",
        "--epochs",
        1,
        "--data",
        cohort,
        "--jobs",
        1,
        "--store",
        tmp_path / "store",
        "--model",
        tmp_path / "model",
        "--device",
        "cpu",
        "--lungs",
        "watershed-one-region",
    )
    assert ran.code == 0, ran.err
    assert "SYNTHETIC val: " in ran.out
    assert "/3 (COVID-19 " in ran.out
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    assert card["synthetic"] is True
    assert card["config"]["lung_method"] == "watershed-one-region"  # prediction follows it


def test_training_without_weights_stops(
    spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    (tmp_path / "weights").mkdir()
    ran = spgc(
        "train",
        "--preset",
        "demo",
        "--weights",
        tmp_path / "weights",
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        tmp_path / "model",
    )
    assert ran.code == 1
    assert "weights file missing" in ran.err


def test_phantoms_never_replace_other_files(spgc: Spgc, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    for folder in (tmp_path, tmp_path / "new" / ".."):
        ran = spgc("phantom", folder)
        assert ran.code == 1
        assert "won't write phantoms into a folder that holds other files" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_data_commands(spgc: Spgc, cohort: Path, tmp_path: Path) -> None:
    ran = spgc("data", "check", cohort, "--json")
    assert json.loads(ran.out)["ok"] is True
    assert spgc("data", "info", "cardiac").out.startswith("test2: heart disease or operation")
    ran = spgc("data", "index", cohort / "Test_Data", "--out", tmp_path)
    assert "3 cases, 3 without a class" in ran.out


@pytest.mark.real
def test_real_series_go_through_predict(
    spgc: Spgc, model: Path, real_data: Path, tmp_path: Path
) -> None:
    """Three COVID-CT-MD cases (JPEG Lossless) and two Lung-PET-CT-Dx series, other scanners."""
    for folder, cases in (
        ("covid-ct-md-sample", {"P002", "cap002", "normal002"}),
        ("lung-pet-ct-dx", {"A0001_5mm_kernelL", "A0002_8mm_B40f"}),
    ):
        ran = predict(spgc, real_data / folder, model, tmp_path / folder)
        assert ran.code == 0, ran.err
        rows = (tmp_path / folder / "submission.csv").read_text().splitlines()
        assert {row.split(",")[0] for row in rows[1:]} == cases
