"""Every Eval Ever records hold the score's own numbers and intervals, and their schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from statsmodels.stats.proportion import proportion_confint

from spgc.data.manifests import Manifest
from spgc.errors import UsageError
from spgc.protocol import CLASSES
from spgc.scoring.every_eval_ever import eee_record
from spgc.scoring.result import Score
from spgc.scoring.score import score
from tests.outside_tools import run_tool

SCHEMA = Path(__file__).parent / "every_eval_ever" / "eval.schema.json"
NOW = 1_800_000_000
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

RESAMPLES = 100


def own(manifest: Manifest) -> Score:
    answers = {case.case_id: "covid-19" for case in manifest}
    return score(answers, manifest, resamples=RESAMPLES)


def phantoms(manifest: Manifest) -> Score:
    cases = {name: replace(case, certainty="synthetic") for name, case in manifest.cases.items()}
    return own(Manifest(cases))


def ranked(manifest: Manifest, **options: Any) -> Score:
    """Every CAP scan called normal, with probabilities: 70 of 90."""
    shares = {
        case.case_id: (0.8, 0.1, 0.1) if case.label == "COVID-19" else (0.1, 0.2, 0.7)
        for case in manifest
        if case.split in ("test1", "test2", "test3")
    }
    options = {"resamples": RESAMPLES, "model": "0123456789ab"} | options
    return score(None, manifest, probabilities=shares, argmax=True, **options)


def part(manifest: Manifest) -> Score:
    return score(
        {f"T2-{n:03d}": "cap" for n in range(1, 21)}, manifest, partial=True, resamples=RESAMPLES
    )


Made = Callable[[Manifest], Score]


@pytest.fixture(params=[own, phantoms, ranked, part])
def record(request: pytest.FixtureRequest, tiny: Manifest, manifest: Manifest) -> dict[str, Any]:
    """A record of each kind of score."""
    made: Made = request.param
    return eee_record(made(tiny if made in (own, phantoms) else manifest), NOW, "group/model.v1")


def results(record: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """The results of one set by the last part of their ID."""
    return {
        one["evaluation_result_id"].rsplit("/", 1)[1]: one
        for one in record["evaluation_results"]
        if one["evaluation_name"] == name
    }


def test_records_keep_the_published_schema(record: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["version"] == record["schema_version"]
    jsonschema.validate(record, schema, jsonschema.Draft7Validator)
    names = [one["evaluation_result_id"] for one in record["evaluation_results"]]
    assert len(names) == len(set(names))


def test_their_own_validator_accepts_the_records(record: dict[str, Any], tmp_path: Path) -> None:
    """The place that it wants: data, data set, developer, model, a random UUID."""
    data_set = record["evaluation_results"][0]["source_data"]["dataset_name"]
    path = tmp_path / "data" / data_set / "group" / "model.v1" / f"{UUID}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record), encoding="utf-8")
    done = run_tool("every_eval_ever", "validate", "--format", "json", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_intervals_are_the_exact_ones(manifest: Manifest) -> None:
    record = eee_record(ranked(manifest), NOW)
    found = results(record, "spgc.overall")
    for key, hits, total in (
        ("accuracy", 70, 90),
        ("sensitivity:COVID-19", 35, 35),
        ("sensitivity:CAP", 0, 20),
        ("specificity:Normal", 35, 55),
    ):
        details = found[key]["score_details"]
        interval = details["uncertainty"]["confidence_interval"]
        exact = proportion_confint(hits, total, method="beta")
        low, high = (0.0 if hits == 0 else exact[0]), (1.0 if hits == total else exact[1])
        assert details["score"] == hits / total
        assert (interval["lower"], interval["upper"]) == pytest.approx((low, high))
        assert interval["confidence_level"] == 0.95
        assert (details["details"]["hits"], details["details"]["total"]) == (str(hits), str(total))
    drawn = found["macro_f1"]["score_details"]["uncertainty"]
    assert drawn["num_bootstrap_samples"] == RESAMPLES
    assert "bootstrap" in drawn["confidence_interval"]["method"]


def test_every_number_of_the_score_is_there_and_no_other(manifest: Manifest) -> None:
    """test1 has no CAP scan: no sensitivity and no AUC of CAP there, rather than a zero."""
    result = ranked(manifest)
    record = eee_record(result, NOW)
    expected = {"accuracy", "balanced_accuracy", "macro_f1", "log_loss", "brier", "calibration"}
    expected |= {f"{kind}:{c}" for kind in ("sensitivity", "specificity", "auc") for c in CLASSES}
    expected |= {"auc:macro"}
    assert set(results(record, "spgc.overall")) == expected
    assert set(results(record, "spgc.test1")) == expected - {"sensitivity:CAP", "auc:CAP"}
    (overall,) = (g for g in result.as_dict()["groups"] if g["set"] == "overall")
    found = {k: v["score_details"]["score"] for k, v in results(record, "spgc.overall").items()}
    for key in ("balanced_accuracy", "macro_f1", "log_loss", "brier"):
        assert found[key] == overall[key]["value"]
    assert found["auc:macro"] == overall["auc"]["macro"]["value"]
    assert found["calibration"] == overall["calibration"]["expected_calibration_error"]


@pytest.mark.parametrize(("made", "mark"), [(phantoms, "SYNTHETIC"), (own, "own-scans")])
def test_no_set_but_the_challenges_is_called_so(made: Made, mark: str, tiny: Manifest) -> None:
    record = eee_record(made(tiny), NOW)
    for one in record["evaluation_results"]:
        assert mark in one["evaluation_name"]
        assert mark in one["source_data"]["dataset_name"]
        assert one["source_data"]["source_type"] == "other"
        assert mark.replace("own-scans", "OWN") in one["metric_config"]["evaluation_description"]
    assert "kaggle" not in json.dumps(record)


def test_a_part_says_so(manifest: Manifest) -> None:
    found = results(eee_record(part(manifest), NOW), "spgc.test2.PARTIAL")
    assert found["accuracy"]["score_details"]["details"]["answered_of"] == "30"


def test_marked_answers_are_counted_and_no_case_is_named(manifest: Manifest) -> None:
    marked = replace(
        ranked(manifest),
        filled_in=("T1-001", "T2-001"),
        transductive=("T1-002", "T1-003"),
        trained_on=("T1-004",),
        chosen_by=("T1-005", "T1-006", "T1-007"),
    )
    record = eee_record(marked, NOW)
    details = results(record, "spgc.test1")["accuracy"]["score_details"]["details"]
    assert details["answers_that_no_model_gave"] == "1"
    assert details["shown_to_the_model_without_label"] == "2"
    assert details["learnt_by_the_model"] == "1"
    assert details["the_model_was_chosen_by_them"] == "3"
    assert not [case for case in manifest.cases if case in json.dumps(record)]


def test_the_same_score_is_the_same_record_but_for_the_time(manifest: Manifest) -> None:
    one, two = (eee_record(ranked(manifest), when) for when in (NOW, NOW + 1))
    assert two.pop("retrieved_timestamp") == str(NOW + 1)
    assert one.pop("retrieved_timestamp") == str(NOW)
    assert one == two
    other = eee_record(ranked(manifest, seed=1), NOW)
    assert other["evaluation_id"] != one["evaluation_id"]


def test_the_model_is_called_as_said_or_by_its_hash(manifest: Manifest) -> None:
    assert eee_record(ranked(manifest), NOW)["model_info"]["id"] == "unstated/model-0123456789ab"
    unknown = eee_record(ranked(manifest, model=None), NOW)["model_info"]
    assert unknown["id"] == "unstated/model-unknown"
    assert "model_hash" not in unknown["additional_details"]
    named = eee_record(ranked(manifest), NOW, "my-group/net")["model_info"]
    assert (named["developer"], named["name"]) == ("my-group", "net")
    assert named["additional_details"]["model_hash"] == "0123456789ab"


@pytest.mark.parametrize("name", ["net", "a/b/c", "/net", "a/", "../net", "a b/c", "a/b\n"])
def test_other_names_are_refused(name: str, manifest: Manifest) -> None:
    with pytest.raises(UsageError, match="DEVELOPER/MODEL"):
        eee_record(part(manifest), NOW, name)
