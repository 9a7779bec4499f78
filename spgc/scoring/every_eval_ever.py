"""A score as an "Every Eval Ever" record, the form of the EvalEval Coalition's shared results.

Schema 0.3.0: https://github.com/evaleval/every_eval_ever. Names no case and no file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.errors import UsageError
from spgc.scoring.counts import Rate
from spgc.scoring.group import OWN_SCANS, Estimate, GroupScore
from spgc.scoring.intervals import CONFIDENCE, Interval
from spgc.scoring.probability import calibration_error
from spgc.scoring.result import Score
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC

SCHEMA_VERSION = "0.3.0"

UNSTATED = "unstated"
"""Stands for who evaluated, and for the developer of a model that the user does not name."""

EXACT = "Clopper-Pearson, exact"
BOOTSTRAP = "percentiles of a bootstrap over patients, within split and class"

_NAME = re.compile(r"\w[\w.+-]{0,99}/\w[\w.+-]{0,99}")


@dataclass(frozen=True)
class _Metric:
    """What is measured. key: unique in a set; kind: the metric's common id; top: highest value."""

    key: str
    kind: str
    title: str
    lower_is_better: bool = False
    top: float | str = 1.0
    of: Mapping[str, str] | None = None


def eee_record(result: Score, created: int, name: str | None = None) -> dict[str, Any]:
    """The record of a score.

    created: seconds since 1970, the one part that does not follow from the score; name: what the
    model is called, as DEVELOPER/MODEL. Raises UsageError for another kind of name.
    """
    model = _model_id(result, name)
    known = result.signature.model
    identity = hashlib.sha256(str(result.signature).encode()).hexdigest()[:12]
    evaluation = f"spgc/{model}/{identity}"
    developer = model.split("/")[0]
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": evaluation,
        "retrieved_timestamp": str(created),
        "source_metadata": {
            "source_name": "spgc score",
            "source_type": "evaluation_run",
            "source_organization_name": UNSTATED,
            "evaluator_relationship": "other",
            "additional_details": {
                "note": "spgc does not know who ran the evaluation or how they stand to the "
                "model's developer",
                "purpose": PURPOSE,
            },
        },
        "eval_library": {
            "name": result.signature.tool,
            "version": result.signature.version,
            "additional_details": {"signature": str(result.signature)},
        },
        "model_info": {
            "name": model.split("/")[1],
            "id": model,
            "developer": developer,
            "additional_details": {
                "deployment_type": "unknown",
                "model_availability": "unknown",
                **({"model_hash": known} if known else {}),
            },
        },
        "evaluation_results": [
            one for group in result.groups for one in _results(result, group, evaluation)
        ],
    }


def _model_id(result: Score, name: str | None) -> str:
    if name is None:
        known = result.signature.model
        return f"{UNSTATED}/{f'model-{known}' if known else 'model-unknown'}"
    if not _NAME.fullmatch(name):
        raise UsageError(
            "the model's name can't stand in a record",
            found=repr(name),
            expected="DEVELOPER/MODEL in letters, digits and . _ + -",
            do="--name my-group/my-model",
        )
    return name


def _results(result: Score, group: GroupScore, evaluation: str) -> Iterator[dict[str, Any]]:
    """One result for each number of a set that has a value."""
    source, told = _source(group), _told(result, group)
    mark = {SYNTHETIC: f"{SYNTHETIC}.", OWN_SCANS: "own-scans.", None: ""}[group.foreign]
    called = f"{group.challenge.key}.{mark}{group.name}{'.PARTIAL' if group.partial else ''}"
    parts = (*_rates(group), *_estimates(result, group), *_calibration(group))
    for metric, score, uncertainty, details in parts:
        yield {
            "evaluation_result_id": f"{evaluation}/{group.name}/{metric.key}",
            "evaluation_name": called,
            "source_data": source,
            "metric_config": _config(metric, group),
            "score_details": {
                "score": score,
                "uncertainty": uncertainty,
                "details": {**details, **told},
            },
        }


def _config(metric: _Metric, group: GroupScore) -> dict[str, Any]:
    mark = f"{group.foreign}: " if group.foreign else ""
    return {
        "evaluation_description": f"{mark}{metric.title} on {group.title}, by patient",
        "metric_id": metric.kind,
        "metric_name": metric.title,
        "metric_kind": metric.kind,
        "metric_unit": "nats" if metric.kind == "log_loss" else "proportion",
        **({"metric_parameters": dict(metric.of)} if metric.of else {}),
        "lower_is_better": metric.lower_is_better,
        "score_type": "continuous",
        "min_score": 0.0,
        "max_score": metric.top,
    }


_Part = tuple[_Metric, float, dict[str, Any], dict[str, str]]


def _rates(group: GroupScore) -> Iterator[_Part]:
    counts = group.confusion
    rates = [(_Metric("accuracy", "accuracy", "accuracy"), counts.accuracy)]
    for kind, title, rate in (
        ("recall", "sensitivity", counts.sensitivity),
        ("specificity", "specificity", counts.specificity),
    ):
        for i, name in enumerate(group.challenge.names):
            metric = _Metric(f"{title}:{name}", kind, f"{name} {title}", of={"class": name})
            rates.append((metric, rate(i)))
    for metric, found in rates:
        if found.value is not None and found.exact is not None:
            yield metric, found.value, _interval(found.exact, EXACT, found.total), _hits(found)


def _hits(rate: Rate) -> dict[str, str]:
    told = {"hits": str(rate.hits), "total": str(rate.total)}
    return told | ({"wilson_interval": json.dumps(rate.wilson)} if rate.wilson else {})


_NAMED: Mapping[str, _Metric] = {
    "balanced_accuracy": _Metric("balanced_accuracy", "balanced_accuracy", "balanced accuracy"),
    "macro_f1": _Metric("macro_f1", "f1_macro", "macro F1"),
    "log_loss": _Metric("log_loss", "log_loss", "log loss", lower_is_better=True, top="Infinity"),
    "brier": _Metric("brier", "brier_score", "Brier score", lower_is_better=True, top=2.0),
}


def _estimates(result: Score, group: GroupScore) -> Iterator[_Part]:
    drawn = result.signature.resamples
    for key, estimate in group.estimates.items():
        metric = _NAMED.get(key) or _auc(key.removeprefix("auc:"))
        yield metric, estimate.value, _bootstrap(estimate, group.confusion.total, drawn), {}


def _auc(name: str) -> _Metric:
    of = {"average": "macro"} if name == "macro" else {"class": name}
    return _Metric(f"auc:{name}", "auroc", f"{name} AUC, one class against the rest", of=of)


def _bootstrap(estimate: Estimate, total: int, drawn: int) -> dict[str, Any]:
    return _interval(estimate.interval, BOOTSTRAP, total) | {"num_bootstrap_samples": drawn}


def _calibration(group: GroupScore) -> Iterator[_Part]:
    error = calibration_error(group.calibration)
    if error is not None:
        metric = _Metric(
            "calibration",
            "expected_calibration_error",
            "calibration error, 10 bins",
            lower_is_better=True,
        )
        yield metric, error, {"num_samples": group.confusion.total}, {}


def _interval(bounds: Interval, method: str, total: int) -> dict[str, Any]:
    low, high = bounds
    return {
        "confidence_interval": {
            "lower": low,
            "upper": high,
            "confidence_level": CONFIDENCE,
            "method": method,
        },
        "num_samples": total,
    }


def _source(group: GroupScore) -> dict[str, Any]:
    """Whose scans these are; phantoms and the user's own are never called the challenge's."""
    details = {"splits": "+".join(group.splits), "cases": str(group.confusion.total)}
    if group.foreign == SYNTHETIC:
        name = f"spgc-phantoms-{SYNTHETIC}"
    elif group.foreign or not set(group.splits) <= set(group.challenge.sets):
        name = "own-scans"
    elif (published := group.challenge.sets[group.splits[0]].dataset) is None:
        name = group.challenge.key
    else:
        name, place = published
        return {
            "dataset_name": name,
            "source_type": "url",
            "url": [place],
            "additional_details": details,
        }
    return {"dataset_name": name, "source_type": "other", "additional_details": details}


def _told(result: Score, group: GroupScore) -> dict[str, str]:
    """What a reader has to know of the set, without naming a case."""
    inside = {one.case for one in result.cases if one.split in group.splits}
    rows: Sequence[tuple[str, object]] = (
        (
            "confusion_rows_true_columns_called",
            json.dumps([list(r) for r in group.confusion.counts]),
        ),
        ("classes", json.dumps(list(result.challenge.names))),
        ("certainty_of_labels_and_split", json.dumps(dict(group.certainty), sort_keys=True)),
        ("doubt", group.doubt),
        ("answered_of", group.of if group.partial else None),
        ("answers_that_no_model_gave", len(inside & set(result.filled_in)) or None),
        ("shown_to_the_model_without_label", len(inside & set(result.transductive)) or None),
        ("learnt_by_the_model", len(inside & set(result.trained_on or ())) or None),
        ("the_model_was_chosen_by_them", len(inside & set(result.chosen_by)) or None),
    )
    return {name: str(value) for name, value in rows if value is not None}
