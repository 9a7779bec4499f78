"""Other systems than CNR-IEMN through the command line, that of docs/own-system.md among them."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.ct.store import SliceStore
from spgc.version import __version__
from tests.cli.conftest import Ran, Spgc
from tests.cli.test_start import loaded_after

DOCS = Path(__file__).parents[2] / "docs" / "own-system.md"


def train(spgc: Spgc, cohort: Path, store: SliceStore, model: Path, *more: object) -> Ran:
    return spgc(
        "train", "--data", cohort, "--store", store.root, "--model", model, "--jobs", 1, *more
    )


def predict(spgc: Spgc, cohort: Path, store: SliceStore, model: Path, *more: object) -> Ran:
    return spgc(
        "predict",
        "--data",
        cohort,
        "--store",
        store.root,
        "--model",
        model,
        "--jobs",
        1,
        "--split",
        "test2",
        "--out",
        model.parent,
        *more,
    )


@pytest.fixture(scope="module")
def density(cohort: Path, store: SliceStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A density model, and the answers it gives to test2 beside it."""
    model = tmp_path_factory.mktemp("baseline") / "model"
    script = "import sys\nfrom spgc.cli.main import main\nsys.argv[1:] = {!r}\nmain()"
    words = [
        "train",
        "--system",
        "density",
        "--data",
        str(cohort),
        "--store",
        str(store.root),
        "--model",
        str(model),
        "--jobs",
        "1",
        "--option",
        "bin_width=25",
        "-q",
    ]
    assert loaded_after(_guarded(script.format(words)), "torch", "torchvision", "xgboost") == []
    return model


def _guarded(code: str) -> str:
    body = "\n".join(f"    {line}" for line in code.splitlines())
    return f"try:\n{body}\nexcept SystemExit as stop:\n    assert not stop.code"


def test_density_the_whole_way(spgc: Spgc, cohort: Path, store: SliceStore, density: Path) -> None:
    """Train without loading torch; predict finds the system in model.json; score its model."""
    document = json.loads((density / "model.json").read_text())
    assert (document["system"], document["config"]["bin_width"]) == ("density", 25)
    ran = predict(spgc, cohort, store, density, "--probabilities", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["model_hash"] == document["model_hash"]
    scored = spgc("score", density.parent / "submission.csv", "--manifests", cohort / "manifests")
    assert f"|model:{document['model_hash'][:12]}|" in scored.out
    assert document["model_hash"][:12] in (density / "MODEL_CARD.md").read_text()


def test_train_prints_one_document(
    spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path
) -> None:
    ran = train(spgc, cohort, store, tmp_path / "m", "--system", "density", "--json")
    document = json.loads(ran.out)
    assert [document.pop(name) for name in ("schema", "command")] == ["spgc-train/1", "train"]
    assert document.pop("version") == __version__
    known = {"model", "card", "val", "val_trained_on", "val_chose", "int8"}
    assert set(document) == known | {"remarks", "failures", "missing"}
    assert document["card"]["synthetic"] is True
    assert set(document["val"]) == {"hits", "scans", "synthetic", "classes"}
    assert ran.err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--system", "densety"], "did you mean 'density'"),
        (["--system", "density", "--epochs", "3"], "system density has none of that name"),
        (["--system", "density", "--option", "epochs=3"], "density has no option 'epochs'"),
        (["--epoch", "3"], "--epochs"),
        (["--epochs", "0"], "too small"),
        (["--folds", "-1"], "folds"),
        (["--micro-batch", "1"], "too small"),
        (["--evaluate-every", "0"], "too small"),
        (["--seed", "-1"], "too small"),
        (["--system", "density", "--bin-width", "wide"], "expected a whole number"),
        (["--system", "density", "--option", "bin_width=wide"], "expected a whole number"),
        (["--system", "density", "--option", "bin_width=0"], "bin_width out of range"),
        (["--system", "density", "--option", "bin_width"], "expected name=value"),
        (["--epochs", "3", "--option", "epochs=4"], "option epochs given twice"),
        (["--system", "density", "--unlabelled", "test2"], "can't learn from unlabelled scans"),
        (["--option", "learning_speed=1"], "did you mean 'learning_rate'"),
        (["--device", "tpu"], "unknown device"),
    ],
)
def test_wrong_usage_of_systems(
    words: list[str], message: str, spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path
) -> None:
    """Refused before any scan is read; exit code 2."""
    if "--device" in words:
        pytest.importorskip("torch")
    ran = train(spgc, cohort, store, tmp_path / "m", *words)
    assert (ran.code, message in ran.err) == (2, True), ran.err
    assert not (tmp_path / "m").exists()


def test_slices_need_a_slice_model(
    spgc: Spgc, cohort: Path, store: SliceStore, density: Path
) -> None:
    ran = predict(spgc, cohort, store, density, "--slices", density.parent / "slices.csv")
    assert ran.code == 2
    assert "system density answers for whole scans only" in ran.err
    ran = predict(spgc, cohort, store, density, "--classifier", "svm")
    assert (ran.code, "system density has none of that name" in ran.err) == (2, True)


def test_list(spgc: Spgc) -> None:
    ran = spgc("systems")
    assert ran.code == 0
    assert re.search(r"cnr-iemn +spgc \S+ +loads", ran.out)
    found = {line["name"]: line for line in json.loads(spgc("systems", "--json").out)["systems"]}
    assert found["density"]["loads"] is True
    assert "default 50" in spgc("systems", "density").out
    assert json.loads(spgc("systems", "cnr-iemn", "--json").out)["options"]["epochs"]
    assert spgc("systems", "nothing").code == 2


def test_check(spgc: Spgc) -> None:
    """One line for each check; the rest is told by the exit code."""
    ran = spgc("systems", "density", "--check", "--option", "bin_width=100")
    assert ran.code == 0, ran.out
    lines = ran.out.splitlines()
    assert "ok      stop and resume" in lines
    assert "skipped slice answers: the system answers for whole scans only" in lines
    assert "eight times on nine phantoms" in ran.err
    assert "0 of 26 checks failed" in ran.err


def test_check_of_a_system_that_breaks_a_rule(
    spgc: Spgc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site" / "quiet-1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: quiet\nVersion: 1\n")
    entry = "whole-volume = tests.systems.broken.training:KeepsQuietOfUnlabelled"
    (site / "entry_points.txt").write_text(f"[spgc.systems]\n{entry}\n")
    monkeypatch.syspath_prepend(site.parent)
    importlib.invalidate_caches()
    ran = spgc("systems", "whole-volume", "--check", "--json")
    report = json.loads(ran.out)
    failed = [check for check in report["checks"] if check["status"] == "failed"]
    assert (ran.code, report["passed"], len(failed)) == (1, False, 1)
    assert failed[0]["name"] == "unlabelled scans"
    assert "The contract: model.json lists the case IDs" in failed[0]["found"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--check"], "no system to check"),
        (["density", "--option", "seed=1"], "--option belongs to --check"),
        (["density", "--check", "--option", "sead=1"], "did you mean 'seed'"),
    ],
)
def test_wrong_usage_of_check(words: list[str], message: str, spgc: Spgc) -> None:
    ran = spgc("systems", *words)
    assert (ran.code, message in ran.err) == (2, True), ran.err


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of docs/own-system.md, as it stands there, installed by pip."""
    place = tmp_path_factory.mktemp("example")
    source, site = place / "spgc-lung-mean", place / "site"
    source.mkdir()
    blocks = re.findall(r"```(?:toml|python)\n# (\S+)\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names = ["pyproject.toml", "spgc_lung_mean.py", "test_lung_mean.py"]
    assert [name for name, _ in blocks] == names
    for name, text in blocks:
        (source / name).write_text(text)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "--target",
            site,
            source,
        ],
        check=True,
    )
    return site


@pytest.fixture
def example(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    return site


def test_the_worked_example_of_the_docs(
    spgc: Spgc,
    cohort: Path,
    store: SliceStore,
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Installed, listed, trained, asked and scored; then uninstalled and named in the error."""
    assert re.search(r"lung-mean +spgc-lung-mean 0.3.0 +loads", spgc("systems").out)
    model = tmp_path / "out" / "model"
    options = ("--system", "lung-mean", "--option", "softness=10")
    ran = train(spgc, cohort, store, model, *options)
    assert ran.code == 0, ran.err
    card = (model / "MODEL_CARD.md").read_text()
    assert "spgc-lung-mean 0.3.0" in card
    assert "It knows one number of a scan." in card
    ran = predict(spgc, cohort, store, model, "--probabilities")
    assert ran.code == 0, ran.err
    scored = spgc("score", tmp_path / "out" / "submission.csv", "--manifests", cohort / "manifests")
    known = json.loads((model / "model.json").read_text())["model_hash"][:12]
    assert f"|model:{known}|" in scored.out
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(example)])
    importlib.invalidate_caches()
    ran = predict(spgc, cohort, store, model)
    assert ran.code == 1
    assert "install the package spgc-lung-mean (trained with 0.3.0)" in ran.err


def test_the_tests_of_the_worked_example(example: Path) -> None:
    """Its test file, run by pytest as its author would."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_lung_mean.py"],
        cwd=example.parent / "spgc-lung-mean",
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "24 passed, 2 skipped" in done.stdout


def test_transductive_answers_are_marked(
    spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system of rounds that is shown test2 without labels: card, predict and score say so."""
    site = tmp_path / "site" / "rounds-1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: rounds\nVersion: 1\n")
    entry = "rounds = tests.systems.small.rounds:Rounds"
    (site / "entry_points.txt").write_text(f"[spgc.systems]\n{entry}\n")
    monkeypatch.syspath_prepend(site.parent)
    importlib.invalidate_caches()
    assert "learn from unlabelled scans" in spgc("systems", "rounds").out
    model = tmp_path / "out" / "model"
    ran = train(spgc, cohort, store, model, "--system", "rounds", "--unlabelled", "cardiac")
    assert ran.code == 0, ran.err
    assert "**Transductive.**" in (model / "MODEL_CARD.md").read_text()
    slices = tmp_path / "slices.csv"
    ran = predict(spgc, cohort, store, model, "--slices", slices)
    assert (ran.code, "TRANSDUCTIVE: 3 of these" in ran.err) == (0, True), ran.err
    assert slices.read_text().startswith("case,backbone,slice,label,")
    path = tmp_path / "out" / "submission.csv"
    scored = spgc("score", path, "--manifests", cohort / "manifests")
    assert "TRANSDUCTIVE: 3 of these scans were used for training" in scored.out
    path.write_text(path.read_text() + "\n")
    scored = spgc("score", path, "--manifests", cohort / "manifests")
    assert "TRANSDUCTIVE" not in scored.out
