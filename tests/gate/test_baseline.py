"""A baseline file: what is written is read back, what is not one is refused with its place."""

import json
from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.gate.baseline import (
    Baseline,
    baseline_path,
    baselines_dir,
    new_baseline,
    read_baseline,
    write_baseline,
)
from spgc.protocol import CAP, COVID19, NORMAL

CASES = (
    Case("a", COVID19, "val", "baseline", "own"),
    Case("b", CAP, "test2", "baseline", "synthetic"),
    Case("c", None, "val", "baseline", "own"),
)
ANSWERS = {"a": COVID19, "b": NORMAL, "c": CAP}


def made() -> Baseline:
    return new_baseline(
        "mine",
        CASES,
        ANSWERS,
        {"spgc": "1"},
        frozen="mine.safetensors",
        checks={"frozen_sha256": "00"},
        speed={"read": 1.5},
        challenge=SPGC,
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_baseline(tmp_path / "b.json", made())
    assert read_baseline(tmp_path / "b.json", SPGC) == made()


def test_only_labelled_cases_are_kept() -> None:
    """The unlabelled case leaves with its answer; floors are one below the right answers."""
    baseline = made()
    assert [case.case_id for case in baseline.cases] == ["a", "b"]
    assert baseline.answers == {"a": COVID19, "b": NORMAL}
    assert baseline.submission.predictions == baseline.answers
    assert {name: f.value for name, f in baseline.thresholds.floors.items()} == {COVID19: 0, CAP: 0}
    assert baseline.splits == ("val", "test2")
    assert baseline.synthetic  # one phantom is enough


def test_a_path_or_the_name_of_one_that_comes_along() -> None:
    assert baseline_path("some/mine.json") == Path("some/mine.json")
    assert baseline_path("demo-fast") == baselines_dir() / "demo-fast.json"
    assert read_baseline(baseline_path("demo-fast"), SPGC).name == "demo-fast"


def test_a_frozen_file_lies_beside_its_baseline(tmp_path: Path) -> None:
    """Of a path only the name counts, so that no baseline leads elsewhere."""
    document = made().as_dict() | {"frozen": "../../etc/x.safetensors"}
    (tmp_path / "b.json").write_text(json.dumps(document))
    assert read_baseline(tmp_path / "b.json", SPGC).frozen == "x.safetensors"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"schema": "spgc-baseline/9"}, "schema 'spgc-baseline/9'"),
        ({"cases": {}}, "no cases"),
        ({"cases": {"a": {"truth": "flu", "answer": CAP}}}, "case a has no known class"),
        ({"thresholds": {"floors": {}}}, "no field 'lost'"),
        ({"speed": {"read": "fast"}}, "could not convert"),
        ({"speed": {"read": 10**400}}, "too large to convert"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], found: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(made().as_dict() | changes))
    with pytest.raises(DataError, match="can't read baseline") as caught:
        read_baseline(path, SPGC)
    assert found in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_baseline(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such baseline"):
        read_baseline(tmp_path / "none.json", SPGC)
