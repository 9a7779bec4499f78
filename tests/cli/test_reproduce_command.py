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
