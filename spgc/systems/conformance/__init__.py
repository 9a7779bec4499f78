"""Conformance suite: does a challenge system keep the contract? For authors of systems.

    report = check_system(LungMean, {"epochs": "1"})
    assert report.passed, report

A test suite runs each check by itself: `checks()` gives names and functions, `Trial` is what the
functions take. On the command line, `spgc systems NAME --check` does the same.
"""

from __future__ import annotations

from spgc.systems.conformance.suite import Report, Result, check_system, checks
from spgc.systems.conformance.trial import ContractError, NotChecked, Trial

__all__ = ["ContractError", "NotChecked", "Report", "Result", "Trial", "check_system", "checks"]
