"""The fast gate, for every push: no CNNs, and no images but three phantoms.

Features and patient classifier are computed again from frozen slice probabilities, and the phantoms
are read from DICOM to network input. Takes some seconds on two cores.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from spgc.errors import DataError
from spgc.gate.baseline import Baseline, new_baseline
from spgc.gate.frozen import Frozen, read_frozen, write_frozen
from spgc.gate.judge import Verdict, judge
from spgc.gate.published_scores import check_published
from spgc.gate.reading import check_reading, read_phantoms
from spgc.gate.refitting import check_features, features_now, refit
from spgc.gate.speed import check_speed, measure
from spgc.gate.thresholds import FLOOR_REASON
from spgc.jobs.machine import versions


def run_fast(
    baseline: Baseline, folder: Path, *, speed: bool = False, published: bool = False
) -> Verdict:
    """Judge today's code against `baseline`, whose frozen file lies in `folder`.

    published: score the published answers again as well, and compare with their frozen figures.
    Raises DataError when the frozen file is missing or is not the one the baseline names.
    """
    frozen = _frozen(baseline, folder)
    features = features_now(frozen)
    broken = [
        *check_features(frozen, features),
        *check_reading(baseline.checks["reading"], read_phantoms()),
    ]
    if published:
        broken += check_published(baseline.challenge)
    if speed:
        broken += check_speed(baseline.speed, baseline.thresholds.slower, frozen)
    return judge(baseline, refit(frozen, features), frozen.manifest, tuple(broken))


def _frozen(baseline: Baseline, folder: Path) -> Frozen:
    checks = baseline.checks
    if baseline.frozen is None or not {"frozen_sha256", "reading"} <= checks.keys():
        raise DataError(
            "baseline has no frozen slice probabilities",
            where=baseline.name,
            expected="one made from a model",
            do="pass --submission or --model, or --update it",
        )
    return read_frozen(folder / baseline.frozen, str(checks["frozen_sha256"]))


def renew_fast(
    name: str, folder: Path, old: Baseline | None, frozen: Frozen | None = None
) -> Baseline:
    """A new fast baseline; with `frozen`, from new slice probabilities, which are written too.

    Limits of an old baseline of the same patients are kept, since a person may have set them.
    """
    if frozen is None:
        if old is None:
            raise DataError("nothing to renew", where=name, do="pass --model and --data")
        frozen = _frozen(old, folder)
        frozen = dataclasses.replace(frozen, features=features_now(frozen))
    digest = write_frozen(folder / f"{name}.safetensors", frozen)
    answers = refit(frozen, frozen.features)
    judged = tuple(case for case in frozen.cases if case.case_id in answers)
    made = new_baseline(
        name,
        judged,
        answers,
        {**frozen.made_with, **versions(("spgc", "xgboost"))},
        challenge=frozen.manifest.challenge,
        frozen=f"{name}.safetensors",
        checks={"frozen_sha256": digest, "reading": read_phantoms()},
        speed=measure(frozen),
    )
    return keep_limits(made, old)


def keep_limits(made: Baseline, old: Baseline | None) -> Baseline:
    """`made` with the limits of `old`, if both are of the same patients.

    Floors that only follow from the baseline, as their reason tells, follow the new one.
    """
    if old is None or set(old.answers) != set(made.answers):
        return made
    floors = {
        name: made.thresholds.floors.get(name, limit) if limit.reason == FLOOR_REASON else limit
        for name, limit in old.thresholds.floors.items()
    }
    return dataclasses.replace(made, thresholds=dataclasses.replace(old.thresholds, floors=floors))
