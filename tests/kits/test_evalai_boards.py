"""EvalAI's form: names of the evaluation are those of the configuration, under every Python."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from spgc.challenge.definition import Ranking
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Manifest
from spgc.kits.evalai_boards import evalai_boards, evalai_result
from spgc.kits.evalai_config import evalai_config
from spgc.kits.platform_programs import EVALAI, platform_text
from spgc.kits.scorer_file import truth_text
from spgc.scoring.score_submission import score_submission
from spgc.submissions.validate import validate
from spgc.text.yaml_text import yaml_lines
from tests.challenge.flowers import CLASSES, answers, labels, submission
from tests.kits.loaded import flower_cases, loaded
from tests.kits.pythons import pythons

FEEDBACKS = ("none", "ladder", "hits", "sets", "classes")
KINDS = list(product(FEEDBACKS, ("accuracy", "balanced accuracy")))

RUN = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); from evaluation import evaluate; "
    "print(json.dumps(evaluate(sys.argv[2], sys.argv[3], 'submissions', submission_metadata={}), "
    "allow_nan=False))"
)


def written(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """The evaluation as a package with its truth, and what YAML says of the configuration."""
    package = folder / "evaluation"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("from .main import evaluate\n")
    (package / "main.py").write_text(platform_text(EVALAI, manifest.challenge, manifest))
    (folder / "truth.csv").write_text(truth_text(manifest.challenge, manifest))
    made = evalai_config(manifest.challenge, date(2030, 1, 1), date(2030, 2, 1))
    read: dict[str, Any] = yaml.safe_load("\n".join(yaml_lines(made)))
    return read


def evaluated(folder: Path, python: Path, given: Path) -> dict[str, Any]:
    command = [str(python), "-I", "-c", RUN, folder, folder / "truth.csv", given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_names_and_numbers_under_every_python(tmp_path: Path) -> None:
    manifest = flower_cases(tmp_path, feedback="classes", ranking=Ranking("balanced accuracy"))
    config = written(tmp_path, manifest)
    given = submission(tmp_path / "team.csv", answers(0.7, 3))
    columns = {one["id"]: one["schema"]["labels"] for one in config["leaderboard"]}
    of = {one["id"]: one["codename"] for one in config["dataset_splits"]}
    labelled = {
        of[one["dataset_split_id"]]: columns[one["leaderboard_id"]]
        for one in config["challenge_phase_splits"]
    }
    read = validate(given, "overall", manifest).submission
    assert read is not None
    whole = score_submission(read, manifest, resamples=1)
    for python in pythons().values():
        made = evaluated(tmp_path, python, given)
        values = {name: one for part in made["result"] for name, one in part.items()}
        halves = {name: one for part in made["error"] for name, one in part.items()}
        codenames = [one["codename"] for one in config["dataset_splits"]]
        assert list(values) == list(halves) == codenames
        for name in codenames:
            assert list(values[name]) == labelled[name]
            assert list(halves[name]) == [f"error_{label}" for label in labelled[name]]
        assert whole.overall is not None
        sizes = {"final": whole.overall, "public": whole.splits["garden"]}
        for name, counted in sizes.items():
            rate = counted.confusion.accuracy
            assert rate.exact is not None
            low, high = rate.exact
            assert values[name]["accuracy"] == rate.value
            assert values[name]["balanced accuracy"] == counted.confusion.balanced_accuracy
            assert values[name]["correct"] == rate.hits
            assert halves[name]["error_accuracy"] == pytest.approx((high - low) / 2, abs=1e-15)
            wanted = pytest.approx((high - low) / 2 * rate.total, abs=1e-12)
            assert halves[name]["error_correct"] == wanted
            each = [values[name][f"correct {label}"] for label in CLASSES]
            assert sum(each) == rate.hits


@pytest.mark.parametrize(("feedback", "rule"), KINDS)
def test_participants_see_what_the_challenge_shows(
    tmp_path: Path, feedback: str, rule: Any
) -> None:
    manifest = flower_cases(tmp_path, feedback=feedback, ranking=Ranking(rule))
    shown = {one.codename for one in evalai_boards(manifest.challenge) if one.visibility == 3}
    assert shown == ({"public"} if feedback in ("hits", "sets", "classes") else set())
    config = written(tmp_path, manifest)
    with loaded(tmp_path, platform_text(EVALAI, manifest.challenge, manifest)) as module:
        given = submission(tmp_path / "team.csv", answers(0.7, 3))
        made = module.evaluate(tmp_path / "truth.csv", given, "submissions")
    names = {one["codename"]: one["name"] for one in config["dataset_splits"]}
    assert set(made["submission_result"]) == {names[name] for name in shown}
    hosts, everybody = (set(one["schema"]["labels"]) for one in config["leaderboard"])
    assert ("correct Rose" in everybody) == (feedback == "classes")
    assert ("balanced accuracy" in everybody) == (feedback == "classes" and rule != "accuracy")
    assert {rule, "correct Rose"} <= hosts


def test_a_class_without_cases_has_finite_numbers() -> None:
    """As CAP on test1: 0 of 0 is 0, with an error of 0."""
    rows = [[3, 0, 1], [0, 0, 0], [1, 1, 4]]
    scored = {"sets": {name: {"confusion": rows} for name in SPGC.ranked}}
    made = evalai_result(replace(SPGC, feedback="classes"), scored)
    values = {name: one for part in made["result"] for name, one in part.items()}
    halves = {name: one for part in made["error"] for name, one in part.items()}
    assert values["set test1"]["correct CAP"] == halves["set test1"]["error_correct CAP"] == 0
    numbers = [n for one in (*values.values(), *halves.values()) for n in one.values()]
    assert all(map(math.isfinite, numbers))


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_sets_are_shown_one_by_one_where_the_challenge_shows_them(feedback: str) -> None:
    """Of SPGC, whose ranked sets are all public: what ranks is for hosts all the same."""
    boards = evalai_boards(replace(SPGC, feedback=feedback))
    names = ["final", "public", "set test1", "set test2", "set test3"]
    assert [board.codename for board in boards] == names
    shown = {"hits": names[1:2], "sets": names[1:], "classes": names[1:]}.get(feedback, [])
    assert [board.codename for board in boards if board.shown] == shown


def test_the_configuration_sorts_the_largest_first(tmp_path: Path) -> None:
    """Metadata of a label without `sort_ascending` would turn the board round."""
    config = written(tmp_path, flower_cases(tmp_path))
    for schema in (one["schema"] for one in config["leaderboard"]):
        assert schema["default_order_by"] == schema["labels"][0] == "accuracy"
        assert {one["sort_ascending"] for one in schema["metadata"].values()} == {False}
        assert list(schema["metadata"]) == schema["labels"]


def test_a_refused_file_raises_a_reason_that_no_label_changes(tmp_path: Path) -> None:
    manifest = flower_cases(tmp_path)
    written(tmp_path, manifest)
    few = submission(tmp_path / "few.csv", dict(list(answers(0.5, 1).items())[1:]))
    turned = tmp_path / "other.csv"
    rows = [f"{case},{label}" for case, (_, label) in labels(2).items()]
    turned.write_text("\n".join(["case,label", *rows]) + "\n")
    with loaded(tmp_path, platform_text(EVALAI, manifest.challenge, manifest)) as module:
        told = set()
        for truth in (tmp_path / "truth.csv", turned):
            with pytest.raises(module.SubmissionRefused) as refused:
                module.evaluate(truth, few, "submissions")
            told.add(str(refused.value))
        assert len(told) == 1
        with pytest.raises(module.BrokenScorer):
            module.evaluate(few, submission(tmp_path / "all.csv", answers(0.5, 1)), "submissions")
