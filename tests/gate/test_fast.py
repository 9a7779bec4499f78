"""The fast gate: passes on an unchanged tree, and catches each planted bug by name."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from spgc.challenge.spgc_challenge import SPGC
from spgc.classifiers import groups
from spgc.cli.app import app
from spgc.data.layout import Dataset
from spgc.data.manifests import Case, write_manifest
from spgc.errors import DataError, UsageError
from spgc.gate import reading, refitting
from spgc.gate.baseline import Baseline, read_baseline, write_baseline
from spgc.gate.fast import renew_fast, run_fast
from spgc.gate.frozen import Frozen, read_frozen, write_frozen
from spgc.gate.judge import judge
from spgc.gate.models import freeze_model
from spgc.protocol import CLASSES
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.config import BACKBONES
from spgc.systems.cnr_iemn.system import CnrIemn


@pytest.fixture(scope="module")
def frozen(model: Path, dataset: Dataset, prepared: Prepared) -> Frozen:
    """Slice probabilities of the shared tiny model."""
    return freeze_model(CnrIemn.load(model), dataset, dataset.cases(None), prepared)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the fast baseline `tiny` of clear-cut probabilities."""
    place = tmp_path_factory.mktemp("baselines")
    write_baseline(place / "tiny.json", renew_fast("tiny", place, None, clear()))
    return place


def clear() -> Frozen:
    """24 training and 12 other scans, infected in the head half only: easy to tell apart."""
    rng = np.random.default_rng(0)
    cases = []
    for number in range(36):
        label, split = CLASSES[number % 3], "train" if number < 24 else "val"
        case = Case(f"syn-{number:02d}", label, split, "test", "synthetic")
        rows = rng.uniform(0, 0.1, (int(rng.integers(5, 50)), len(BACKBONES), 3))
        half = (len(rows) + 1) // 2
        rows[:half, :, CLASSES.index(label)] += 0.5
        rows[half:, :, 2] += 0.5
        by_name = {b: rows[:, i].astype(np.float32) for i, b in enumerate(BACKBONES)}
        cases.append((case, by_name))
    return refitting.freeze(cases, {})


@pytest.fixture
def baseline(folder: Path) -> Baseline:
    return read_baseline(folder / "tiny.json", SPGC)


def test_unchanged_code_passes(baseline: Baseline, folder: Path) -> None:
    verdict = run_fast(baseline, folder)
    assert verdict.reasons == ()
    assert not verdict.changed


def test_flipped_groups_are_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups counted from the feet: a refit learns them so, the frozen features don't."""
    honest = groups.group_bounds
    monkeypatch.setattr(groups, "group_bounds", lambda n, g=20: honest(n, g)[::-1])
    reasons = run_fast(baseline, folder).reasons
    assert any("changed from the same slice probabilities" in reason for reason in reasons)


def test_changed_group_count_is_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = groups.group_bounds
    monkeypatch.setattr(groups, "group_bounds", lambda n, g=10: honest(n, g))
    reasons = run_fast(baseline, folder).reasons
    assert any("features, were 240" in reason for reason in reasons)


def test_swapped_class_order_is_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = (CLASSES[1], CLASSES[0], CLASSES[2])
    monkeypatch.setattr(refitting, "CLASSES", swapped)
    reasons = run_fast(baseline, folder).reasons
    assert any(reason.startswith("classes stand in the order CAP, COVID-19") for reason in reasons)


def test_slices_read_feet_first_are_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spgc.ct.store import StoredScan

    honest = StoredScan.arrays

    def feet_first(scan: StoredScan) -> tuple[np.ndarray, np.ndarray]:
        hu, mask = honest(scan)
        return hu[::-1], mask[::-1]

    monkeypatch.setattr(StoredScan, "arrays", feet_first)
    reasons = run_fast(baseline, folder).reasons
    assert sum("feet first" in reason for reason in reasons) == 3


def test_slice_labels_in_the_wrong_order_are_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Dataset.slice_labels

    def backwards(dataset: Dataset, case_id: str) -> np.ndarray | None:
        labels = honest(dataset, case_id)
        if labels is None:
            return None
        last = len(baseline.checks["reading"][case_id]["infected"])
        return np.concatenate([labels[:last][::-1], labels[last:]])

    monkeypatch.setattr(Dataset, "slice_labels", backwards)
    reasons = run_fast(baseline, folder).reasons
    assert any("slice labels are" in reason for reason in reasons)


def test_relabelled_training_scans_are_caught(
    baseline: Baseline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COVID-19 and CAP swapped while fitting: every answer of the two turns round."""
    honest = refitting.KINDS["xgboost"]

    class Swapped(honest):  # type: ignore[misc, valid-type]
        def fit(self, features: np.ndarray, classes: np.ndarray, seed: int) -> None:
            super().fit(features, np.array([1, 0, 2])[classes], seed)

    monkeypatch.setitem(refitting.KINDS, "xgboost", Swapped)
    verdict = run_fast(baseline, folder)
    assert any("lost" in reason for reason in verdict.reasons)
    assert any(reason.startswith("CAP: 0/") for reason in verdict.reasons)


def test_worse_slice_model_is_caught(folder: Path) -> None:
    """CNNs that call everything normal: the gate names what was lost."""
    honest = clear()
    worse = {case: np.zeros_like(rows) for case, rows in honest.probabilities.items()}
    for rows in worse.values():
        rows[..., 2] = 1
    dull = dataclasses.replace(honest, probabilities=worse)
    verdict = judge(
        read_baseline(folder / "tiny.json", SPGC),
        refitting.refit(dull, refitting.features_now(dull)),
    )
    assert any("8 patients lost" in reason for reason in verdict.reasons)


def test_frozen_file_is_the_one_the_baseline_names(
    baseline: Baseline, folder: Path, tmp_path: Path, frozen: Frozen
) -> None:
    write_frozen(tmp_path / "tiny.safetensors", frozen)
    with pytest.raises(DataError, match="SHA-256"):
        run_fast(baseline, tmp_path)
    (tmp_path / "tiny.safetensors").write_bytes(b"\x08" * 40)
    with pytest.raises(DataError, match="frozen"):
        read_frozen(tmp_path / "tiny.safetensors")


def test_a_trained_model_freezes_and_reads_back(frozen: Frozen, tmp_path: Path) -> None:
    """Every labelled scan, all four backbones, and the same bytes for the same content."""
    assert {case.split for case in frozen.cases} == {"train", "val", "test2"}
    assert frozen.features.shape == (len(frozen.cases), 240)
    first = write_frozen(tmp_path / "a.safetensors", frozen)
    again = read_frozen(tmp_path / "a.safetensors", first)
    assert write_frozen(tmp_path / "b.safetensors", again) == first


def test_two_readings_describe_the_phantoms_alike() -> None:
    first, second = reading.read_phantoms(), reading.read_phantoms()
    assert first == second
    assert list(reading.check_reading(first, second)) == []


def test_command_passes_fails_and_renews(folder: Path, tmp_path: Path) -> None:
    """Exit 0, exit 1 with a Markdown summary, and an update that shows what changes."""
    for name in ("tiny.json", "tiny.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    path, summary = tmp_path / "tiny.json", tmp_path / "summary.md"
    run = CliRunner().invoke
    good = run(app, ["regress", str(path), "--summary", str(summary)])
    assert good.exit_code == 0, good.output
    assert "PASSED" in good.output
    known = read_baseline(path, SPGC)
    sub = tmp_path / "sub.csv"
    sub.write_text("Study,Label\n" + "".join(f"{case},normal\n" for case in known.answers))
    (tmp_path / "manifests").mkdir()
    write_manifest(known.cases, tmp_path / "manifests" / "val.csv")
    bad = run(
        app,
        [
            "regress",
            str(path),
            "--submission",
            str(sub),
            "--manifests",
            str(tmp_path / "manifests"),
            "--summary",
            str(summary),
        ],
    )
    assert bad.exit_code == 1, bad.output
    assert "FAILED" in bad.output
    assert "CAP: 0/4 correct" in bad.output
    assert "gate FAILED" in summary.read_text()
    renewed = run(app, ["regress", str(path), "--update"])
    assert renewed.exit_code == 0, renewed.output
    assert "PASSED" in renewed.output
    assert read_baseline(path, SPGC).answers == known.answers
    assert read_baseline(path, SPGC).thresholds == known.thresholds


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "spgc-baseline/1"}', "nul\x00"])
def test_damaged_baseline_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    result = CliRunner().invoke(app, ["regress", str(path)])
    assert isinstance(result.exception, DataError)


def test_a_model_of_any_system_is_judged_on_its_answers(
    cohort: Path, dataset: Dataset, prepared: Prepared, tmp_path: Path
) -> None:
    """`--model` with a file of one's own: made by --update, passed by the same model."""
    from spgc.runs.scans import labelled_scans
    from spgc.systems.density.system import Density

    train = labelled_scans(dataset, prepared, dataset.cases("train"))
    Density().fit(train, [], tmp_path / "model")
    words = [
        "regress",
        str(tmp_path / "ours.json"),
        "--model",
        str(tmp_path / "model"),
        "--data",
        str(cohort),
        "--store",
        str(tmp_path / "store"),
        "--jobs",
        "1",
    ]
    run = CliRunner().invoke
    assert run(app, [*words, "--update"]).exit_code == 0
    judged = run(app, words)
    assert judged.exit_code == 0, judged.output
    assert "PASSED" in judged.output
    assert len(read_baseline(tmp_path / "ours.json", SPGC).answers) == 3
    frozen = run(app, ["regress", "--update", *words[2:]])
    assert isinstance(frozen.exception, UsageError)
