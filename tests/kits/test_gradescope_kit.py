"""The autograders for Gradescope write a results file that it takes, under the oldest Python."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

from spgc.kits.check_kit import BROKEN
from spgc.kits.gradescope_kit import GRADESCOPE, results_faults
from spgc.kits.kit_material import KitMaterial
from spgc.kits.run_program import laid_out
from spgc.submissions.write import submission_text
from tests.kits.conftest import written
from tests.kits.pythons import pythons
from tests.kits.true_paths import run_in

VISIBLE = {"visible", "hidden", "after_due_date", "after_published"}


def accepted(results: dict[str, Any]) -> None:
    """Fields and types as Gradescope's specification of autograders has them."""
    assert set(results) <= {
        "score",
        "output",
        "visibility",
        "stdout_visibility",
        "tests",
        "leaderboard",
    }
    assert isinstance(results["score"], float)
    assert math.isfinite(results["score"])
    assert 0 <= results["score"] <= 100
    assert isinstance(results["output"], str)
    assert {results["visibility"], results["stdout_visibility"]} <= VISIBLE
    assert results["tests"] == []
    for row in results.get("leaderboard", []):
        assert set(row) == {"name", "value", "order"}
        assert isinstance(row["name"], str)
        assert math.isfinite(row["value"])
        assert row["order"] in ("asc", "desc")
    assert list(results_faults(results)) == []


def graded(material: KitMaterial, archive: str, data: bytes, place: Path) -> dict[str, Any]:
    """`results.json` of a submission, with `run_autograder` as Gradescope starts it."""
    made = written(GRADESCOPE, material, place / "kit")
    root = place / "autograder"
    laid_out(made, archive, root / "source")
    for name in ("submission", "results"):
        (root / name).mkdir()
    (root / "submission" / "mine.csv").write_bytes(data)
    python = next(iter(pythons().values()))
    command = "/autograder/source/run_autograder"
    (scratch := place / "tools").mkdir()
    done = run_in("/autograder", command, {"/autograder": root}, python, scratch)
    assert (done.returncode, done.stderr) == (0, "")
    results: dict[str, Any] = json.loads((root / "results" / "results.json").read_text())
    accepted(results)
    return results


def answers(material: KitMaterial, wrong: int) -> bytes:
    """All right but for the first `wrong` cases."""
    names = material.challenge.names
    given = {case.case_id: case.label or "" for case in material.truth}
    for case in list(given)[:wrong]:
        given[case] = names[names.index(given[case]) - 1]
    return submission_text(given, manifest=material.cases).encode()


def test_counts_are_shown_by_class_where_the_challenge_says_so(
    open_material: KitMaterial, tmp_path: Path
) -> None:
    results = graded(open_material, "autograder.zip", answers(open_material, 1), tmp_path)
    assert "Correct predictions: 19" in results["output"]
    assert results["score"] < 100
    assert [row["name"] for row in results["leaderboard"]] == ["Score", "Correct predictions"]


def test_the_final_autograder_ranks_on_all_sets(open_material: KitMaterial, tmp_path: Path) -> None:
    results = graded(open_material, "autograder_final.zip", answers(open_material, 1), tmp_path)
    assert "Correct predictions: 49" in results["output"]
    assert [row["name"] for row in results["leaderboard"]] == [
        "Score",
        "Sensitivity Aster",
        "Correct predictions",
    ]


def test_where_nothing_is_shown_the_results_are_the_same_for_all(
    material: KitMaterial, tmp_path: Path
) -> None:
    results = []
    for wrong in (0, 20):
        (tmp_path / str(wrong)).mkdir()
        data = answers(material, wrong)
        results.append(graded(material, "autograder.zip", data, tmp_path / str(wrong)))
    assert results[0] == results[1]
    assert "leaderboard" not in results[0]
    assert results[0]["output"] == "Taken: 50 cases answered. Scores follow at the end."


def test_a_refused_file_gets_no_points_and_its_reason(
    material: KitMaterial, tmp_path: Path
) -> None:
    results = graded(material, "autograder.zip", BROKEN, tmp_path)
    assert results["score"] == 0
    assert results["output"].startswith("Refused, not scored: no row names a known case")
    assert "leaderboard" not in results


def test_the_scripts_are_shell(material: KitMaterial, tmp_path: Path) -> None:
    made = written(GRADESCOPE, material, tmp_path / "kit")
    laid_out(made, "autograder.zip", tmp_path / "source")
    for name in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n", str(tmp_path / "source" / name)], check=True)


def test_faults_of_a_results_file_are_found() -> None:
    good = {
        "score": 1.0,
        "output": "",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
    }
    assert list(results_faults(good)) == []
    for change in (
        {"score": math.nan},
        {"score": None},
        {"score": 101},
        {"output": None},
        {"visibility": "secret"},
        {"tests": None},
        {"leaderboard": [{"name": "x", "value": math.inf, "order": "asc"}]},
        {"leaderboard": [{"name": "x", "value": 1, "order": "up"}]},
    ):
        assert len(list(results_faults({**good, **change}))) == 1, change
