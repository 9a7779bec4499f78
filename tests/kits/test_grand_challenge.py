"""The kit for grand-challenge.org: its forge takes it, and its program runs at the true paths."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from spgc.kits.algorithm_kit import OUTPUT_FILE
from spgc.kits.embedded_cases import facts_of
from spgc.kits.grand_challenge_faults import EVALUATION, PACK, SETTINGS, TRUTHS, unpacked
from spgc.kits.grand_challenge_kit import GRAND_CHALLENGE
from spgc.kits.grand_challenge_program import _class_of, _job_rows
from spgc.kits.kit_material import KitMaterial
from spgc.kits.scorer_program import Scorer, SubmissionRefused
from spgc.kits.written_kit import WrittenKit
from spgc.submissions.write import submission_text
from tests.kits.conftest import written
from tests.kits.true_paths import run_at
from tests.outside_tools import run_tool

TRUTH_FOLDER = "/opt/ml/input/data/ground_truth"

COLUMNS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["title", "path", "order"],
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string"},
            "path": {"type": "string"},
            "error_path": {"type": "string"},
            "order": {"enum": ["asc", "desc"]},
            "exclude_from_ranking": {"type": "boolean"},
        },
    },
}
"""What the platform's own schema asks of extra columns, in short."""


@pytest.fixture
def kit(open_material: KitMaterial, tmp_path: Path) -> WrittenKit:
    return written(GRAND_CHALLENGE, open_material, tmp_path / "kit")


@pytest.fixture
def scorer(open_material: KitMaterial) -> Scorer:
    return Scorer(facts_of(open_material.challenge, open_material.cases, "challenge.toml"))


def run_phase(kit: WrittenKit, phase: str, given: Path, tmp_path: Path) -> dict[str, Any] | str:
    """metrics.json of a phase at the platform's paths, or the reason of a refusal."""
    out, truth = tmp_path / "out" / phase, tmp_path / "truth" / phase
    for folder in (out, truth):
        folder.mkdir(parents=True)
    for name, data in unpacked(kit.read(TRUTHS[phase])).items():
        (truth / name).write_bytes(data)
    places = {"/input": given, "/output": out, TRUTH_FOLDER: truth}
    places["/opt/app"] = kit.folder / EVALUATION
    command = (sys.executable, "-I", "/opt/app/evaluate.py")
    done = run_at(places, *command, writable=("/output",))
    if done.returncode:
        assert not list(out.iterdir())
        return done.stderr.splitlines()[-1]
    metrics: dict[str, Any] = json.loads((out / "metrics.json").read_text())
    return metrics


def answers_of(material: KitMaterial, wrong: int = 0) -> dict[str, str]:
    """The right class of each ranked case, but for the first few."""
    names = material.challenge.names
    cases = [case for case in material.truth if case.split in material.challenge.ranked]
    right = {case.case_id: case.label or "" for case in cases}
    for case in list(right)[:wrong]:
        right[case] = names[names.index(right[case]) - 1]
    return right


def jobs(folder: Path, answers: dict[str, Any], ending: str = ".mha") -> Path:
    """The input of a phase of algorithms, jobs in no order of the cases."""
    folder.mkdir()
    listed = []
    for number, (case, answer) in enumerate(sorted(answers.items(), key=lambda one: one[0][::-1])):
        place = folder / f"job-{number}" / "output"
        place.mkdir(parents=True)
        (place / "class.json").write_text(json.dumps(answer))
        image = {"slug": "ct", "super_kind": "Image", "relative_path": "images/ct"}
        output = {"slug": "class", "super_kind": "File", "relative_path": "class.json"}
        listed.append(
            {
                "pk": f"job-{number}",
                "status": "Succeeded",
                "inputs": [{"image": {"name": f"{case}{ending}"}, "interface": image}],
                "outputs": [{"image": None, "file": "url", "interface": output}],
            }
        )
    (folder / "predictions.json").write_text(json.dumps(listed))
    return folder


def test_the_forge_makes_a_pack_of_the_context(
    kit: WrittenKit, scorer: Scorer, tmp_path: Path
) -> None:
    """Its schema takes the context, and our program reads the input that it makes for tests."""
    run_tool("unzip", "-v")  # which the forge calls
    done = run_tool("grand-challenge-forge", "pack", "-o", tmp_path / "pack", kit.folder / PACK)
    assert done.returncode == 0, done.stderr
    (program,) = (tmp_path / "pack").rglob("inference.py")
    assert OUTPUT_FILE in program.read_text()
    (jobs_file,) = (tmp_path / "pack").rglob("predictions.json")
    read = list(_job_rows(scorer, jobs_file.parent))
    assert len(read) > 1
    name = "the_original_filename_of_the_file_that_was_uploaded.suffix"
    assert set(read) == {(name, scorer.challenge.written[scorer.challenge.names[0]])}


def test_extra_columns_pass_the_schema_of_the_platform(kit: WrittenKit) -> None:
    for name in SETTINGS.values():
        told = json.loads(kit.read(name))
        jsonschema.validate(told["extra_results_columns"], COLUMNS)
        assert len(told["extra_results_columns"]) > 3


def test_both_kinds_of_phases_give_the_same_metrics(
    kit: WrittenKit, open_material: KitMaterial, tmp_path: Path
) -> None:
    answers = answers_of(open_material, wrong=3)
    (tmp_path / "csv").mkdir()
    text = submission_text(answers, manifest=open_material.cases)
    (tmp_path / "csv" / "predictions.csv").write_text(text)
    made = jobs(tmp_path / "jobs", answers)
    for phase in TRUTHS:
        one = run_phase(kit, phase, tmp_path / "csv", tmp_path / "1")
        assert one == run_phase(kit, phase, made, tmp_path / "2")
        assert isinstance(one, dict)
        assert 0 < one["score"] < 1
    assert one["right"] == len(answers) - 3


def test_a_case_without_an_answer_is_refused(
    kit: WrittenKit, open_material: KitMaterial, tmp_path: Path
) -> None:
    answers = answers_of(open_material)
    del answers[min(answers)]
    reason = run_phase(kit, "during", jobs(tmp_path / "jobs", answers), tmp_path)
    assert isinstance(reason, str)
    assert "missing" in reason


def test_during_the_challenge_nothing_hidden_is_written(
    material: KitMaterial, tmp_path: Path
) -> None:
    """Teams can see all of metrics.json: where no score is shown it holds none."""
    hidden = written(GRAND_CHALLENGE, material, tmp_path / "kit")
    (tmp_path / "csv").mkdir()
    text = submission_text(answers_of(material), manifest=material.cases)
    (tmp_path / "csv" / "predictions.csv").write_text(text)
    metrics = run_phase(hidden, "during", tmp_path / "csv", tmp_path)
    assert isinstance(metrics, dict)
    assert set(metrics) == {"answered"}
    assert json.loads(hidden.read(SETTINGS["during"]))["score_jsonpath"] == "answered"


@pytest.fixture
def read(scorer: Scorer, tmp_path: Path) -> Callable[[str], str]:
    """The class that an answer is read as, by the program before it becomes one file."""

    def read_answer(text: str) -> str:
        (tmp_path / "answer.json").write_text(text)
        return _class_of(scorer, tmp_path / "answer.json")

    return read_answer


def test_forms_of_an_answer(read: Callable[[str], str], open_material: KitMaterial) -> None:
    first, second = open_material.challenge.names[:2]
    written_as = open_material.challenge.written[first]
    for answer in (
        first,
        first.upper(),
        {"class": first, "probabilities": {second: 1.0}},
        {first: 0.5, second: 0.25},
        {first: 1},
    ):
        assert read(json.dumps(answer)) == written_as


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "1",
        "[]",
        "{}",
        '"Surname"',
        '{"class": null}',
        '{"class": ["Aster"]}',
        '{"Aster": NaN}',
        '{"Aster": true}',
        '{"Aster": 0.5, "Surname": 0.5}',
        '{"Aster": 1e999}',
        '{"Aster": 1' + "0" * 400 + "}",
        '{"Surname": 0.9, "Aster": 0.1}',
        "[" * 100_000,
        '"' + "x" * 2**21 + '"',
    ],
    ids=range(17),
)
def test_other_answers_are_refused_and_not_quoted(read: Callable[[str], str], text: str) -> None:
    with pytest.raises(SubmissionRefused, match="answer of the algorithm") as caught:
        read(text)
    assert "Surname" not in str(caught.value)


@pytest.mark.parametrize("ending", ["", ".mha", ".nii.gz", ".TIF"])
def test_images_are_known_by_their_names(
    kit: WrittenKit, open_material: KitMaterial, tmp_path: Path, ending: str
) -> None:
    made = jobs(tmp_path / "jobs", answers_of(open_material), ending)
    metrics = run_phase(kit, "final", made, tmp_path)
    assert isinstance(metrics, dict), metrics
    assert metrics["score"] == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (f"{EVALUATION}/Dockerfile", "USER 10001", "USER root", "runs as root"),
        (f"{EVALUATION}/Dockerfile", "COPY evaluate.py", "COPY other.py", "copies other.py"),
        (SETTINGS["final"], '"desc"', '"down"', "none of asc, desc"),
        (SETTINGS["during"], '"score_jsonpath": "score"', '"score_jsonpath": ""', "nothing is"),
        (PACK, '"super_kind"', '"kinds"', "a socket in"),
        (PACK, "{", "", "can't be checked"),
    ],
)
def test_the_check_finds_what_the_platform_would_refuse(
    kit: WrittenKit, name: str, old: str, new: str, fault: str
) -> None:
    path = kit.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert any(fault in one for one in GRAND_CHALLENGE.faults(kit))
    path.write_text(text)
    assert [*GRAND_CHALLENGE.faults(kit)] == []


def test_hadolint_finds_nothing(kit: WrittenKit) -> None:
    done = run_tool("hadolint", kit.folder / EVALUATION / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
