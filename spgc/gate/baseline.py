"""A baseline file: the answers to compare with, and how much worse is too much.

Plain JSON under `leaderboard/baselines/`, or wherever a team keeps its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError
from spgc.files.json_documents import read_json
from spgc.files.shipped import leaderboard_dir
from spgc.files.whole import write_text
from spgc.gate.thresholds import Thresholds, default_thresholds, thresholds_from
from spgc.scoring.counts import confusion
from spgc.submissions.submission import Submission

SCHEMA = "spgc-baseline/1"
FAST, FULL = "demo-fast", "demo-full"
"""Names of the baselines that come with spgc; both are of synthetic phantoms."""


@dataclass(frozen=True)
class Baseline:
    """Answers of an earlier run by case, and the limits.

    cases: with truth and split; answers: by case ID; made_with: versions and what was scored;
    checks: SHA-256 of the frozen file, and the phantoms as read (`spgc.gate.reading`); speed: by
    stage (`spgc.gate.speed`); challenge: whose classes and sets these are.
    """

    name: str
    cases: tuple[Case, ...]
    answers: Mapping[str, str]
    thresholds: Thresholds
    made_with: Mapping[str, str] = field(default_factory=dict)
    frozen: str | None = None
    checks: Mapping[str, Any] = field(default_factory=dict)
    speed: Mapping[str, float] = field(default_factory=dict)
    challenge: Challenge = field(kw_only=True, compare=False, repr=False)

    @property
    def manifest(self) -> Manifest:
        return Manifest({case.case_id: case for case in self.cases}, challenge=self.challenge)

    @property
    def submission(self) -> Submission:
        return Submission(self.answers)

    @property
    def synthetic(self) -> bool:
        return any(case.synthetic for case in self.cases)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.manifest.splits())

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "name": self.name,
            "synthetic": self.synthetic,
            **({} if self.challenge.shipped else {"classes": list(self.challenge.names)}),
            "made_with": dict(self.made_with),
            "thresholds": self.thresholds.as_dict(),
            "frozen": self.frozen,
            "checks": dict(self.checks),
            "speed": dict(self.speed),
            "cases": {
                case.case_id: {
                    "split": case.split,
                    "truth": case.label,
                    "answer": self.answers[case.case_id],
                    "certainty": case.certainty,
                }
                for case in self.cases
            },
        }


def new_baseline(
    name: str,
    cases: tuple[Case, ...],
    answers: Mapping[str, str],
    made_with: Mapping[str, str],
    challenge: Challenge,
    **parts: Any,
) -> Baseline:
    """A baseline with default limits from labelled and answered `cases`."""
    truth = {case.case_id: case.label for case in cases if case.label is not None}
    known = {case: answers[case] for case in truth}
    limits = default_thresholds(confusion(truth, known, challenge.names), challenge.names)
    good = tuple(case for case in cases if case.case_id in truth)
    return Baseline(name, good, known, limits, made_with, challenge=challenge, **parts)


def baselines_dir() -> Path:
    """Folder of the baselines that come with spgc."""
    return leaderboard_dir() / "baselines"


def baseline_path(name: str) -> Path:
    """A baseline's file: `name` is a path that ends in .json, or a name of one that came along."""
    return Path(name) if name.endswith(".json") else baselines_dir() / f"{name}.json"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, all or nothing."""
    write_text(path, json.dumps(baseline.as_dict(), indent=1, ensure_ascii=False) + "\n")


def read_baseline(path: Path, challenge: Challenge) -> Baseline:
    """Read a baseline of a challenge.

    Raises DataError when it is missing or not what it should be, or has another challenge's
    classes.
    """
    try:
        return _baseline(read_json(path), challenge)
    except FileNotFoundError as error:
        known = sorted(one.stem for one in path.parent.glob("*.json"))
        near = get_close_matches(path.stem, known, n=1) if path.parent == baselines_dir() else []
        raise DataError(
            "no such baseline",
            where=path,
            do=f"did you mean {near[0]!r}?" if near else "make one with spgc regress --update",
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise DataError(
            "can't read baseline",
            where=path,
            found=_reason(error),
            expected=SCHEMA,
            do="make it again with spgc regress --update",
        ) from error


def _baseline(document: Mapping[str, Any], challenge: Challenge) -> Baseline:
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}")
    names = document.get("classes", list(challenge_given(None).names))
    if names != list(challenge.names):
        raise ValueError(f"classes {names!r}, those of {challenge.title} are {challenge.names!r}")
    cases, answers = [], {}
    for case_id, part in document["cases"].items():
        if part["truth"] not in names or part["answer"] not in names:
            raise ValueError(f"case {case_id} has no known class")
        cases.append(
            Case(case_id, part["truth"], str(part["split"]), "baseline", str(part["certainty"]))
        )
        answers[case_id] = part["answer"]
    if not cases:
        raise ValueError("no cases")
    return Baseline(
        str(document["name"]),
        tuple(cases),
        answers,
        thresholds_from(document["thresholds"], challenge.names),
        {k: str(v) for k, v in document["made_with"].items()},
        None if document["frozen"] is None else Path(str(document["frozen"])).name,
        dict(document["checks"]),
        {k: float(v) for k, v in document["speed"].items()},
        challenge=challenge,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no field {error}"
    return str(error)[:200] or type(error).__name__
