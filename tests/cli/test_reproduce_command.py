"""`spgc reproduce` as users call it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc


def test_json_of_a_small_run(spgc: Spgc, cohort: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    ran = spgc(
        "reproduce",
        "table2",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--out",
        tmp_path / "runs",
        "--preset",
        "demo",
        "--backbones",
        "resnext50",
        "--jobs",
        1,
        "--json",
    )
    assert ran.code == 0, ran.err
    (record,) = json.loads(ran.out)["tables"]
    assert (record["scenario"], record["synthetic"]) == ("table2", True)
    assert record["accuracies"][0]["paper"]["percent"] == 87.86
    assert (tmp_path / "runs/table2/figure7.png").is_file()


def test_wrong_words_end_in_one_line(spgc: Spgc) -> None:
    pytest.importorskip("torch")
    for words, code, said in (
        (("table6",), 2, "table5 | all"),
        (("winter-table6",), 2, "all | winter-table1"),
        (("table1", "winter-table1"), 2, "tables of several papers"),
        (("winter-table1", "--preset", "large"), 2, "paper | demo"),
        (("table1", "--lungs", "mine"), 2, "watershed-two-regions"),
        (("table1", "--preset", "large"), 2, "paper | demo"),
        (("table1", "--backbones", "resnet18"), 1, "resnext50 | densenet161"),
        (("table1", "--backbones", ","), 1, "resnext50 | densenet161"),
    ):
        ran = spgc("reproduce", *words)
        assert ran.code == code
        assert said in ran.err
        assert ran.err.count("\n") == 1


def test_rivals(spgc: Spgc, cohort: Path, tmp_path: Path) -> None:
    """The same call as any experiment: tables, notes, files; JSON; an exit code of its own."""
    words = ["reproduce", "rivals", "--data", cohort, "--store", tmp_path / "store"]
    words += ["--out", tmp_path / "runs", "--preset", "demo", "--jobs", 1, "--systems", "density"]
    ran = spgc(*words)
    assert ran.code == 0, ran.err
    assert "SYNTHETIC · test2: 3 scans" in ran.out
    assert f"wrote {tmp_path / 'runs' / 'rivals'}" in ran.out.replace("\n", "")
    again = spgc(*words, "--json")
    (record,) = json.loads(again.out)["experiments"]
    assert [one["system"] for one in record["systems"]] == ["density"]
    (tmp_path / "runs/rivals/density/tests").rename(tmp_path / "away")
    (tmp_path / "runs/rivals/density/tests").write_text("a file where a folder has to be")
    failed = spgc(*words, "--json")
    assert failed.code == 1
    (record,) = json.loads(failed.out)["experiments"]
    assert record["systems"][0]["failure"].startswith("prediction: ")


def test_rivals_and_wrong_words(spgc: Spgc, cohort: Path) -> None:
    for words, said in (
        (("table1", "--systems", "density"), "--systems and --option belong to rivals"),
        (("table1", "--option", "density.seed=1"), "--systems and --option belong to rivals"),
        (("rivals", "table1"), "tables of several papers at once"),
        (("rivals", "--systems", "nobody"), "unknown system"),
        (("rivals", "--systems", "density", "--option", "density.bins=3"), "bins"),
        (("rivals", "--preset", "large"), "paper | demo"),
        (("rivals", "--backbones", "resnext50"), "--backbones"),
    ):
        ran = spgc("reproduce", *words, "--data", cohort)
        assert ran.code == 2, ran.err
        assert said in ran.err
        assert ran.err.count("\n") == 1
