"""A good submission of three cases, and the problems that a report of one names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spgc.protocol import CAP, COVID19, NORMAL
from spgc.submissions.problems import Problem
from spgc.submissions.validate import ValidationReport

WriteFile = Callable[[str | bytes], Path]
GOOD = "Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n"
ANSWERS = {"T2-001": COVID19, "T2-002": CAP, "T2-003": NORMAL}


def kinds(report: ValidationReport, severity: str) -> list[str]:
    return [p.kind for p in report.problems if p.severity == severity]


def only(report: ValidationReport, kind: str) -> Problem:
    (problem,) = [p for p in report.problems if p.kind == kind]
    return problem
