"""Every check of the conformance suite catches the systems that break its rule."""

from __future__ import annotations

import importlib.util

import pytest

from spgc.contract import System
from spgc.systems.conformance import ContractError, NotChecked, Trial, check_system, checks
from spgc.systems.conformance.fresh_process import look_at
from tests.systems.broken import BROKEN
from tests.systems.broken.meddling import BringsOthers, Meddling
from tests.systems.broken.training import Declared
from tests.systems.small.whole_volume import WholeVolume

CHECKS = dict(checks())


@pytest.mark.parametrize(
    ("check", "found", "kind"), BROKEN, ids=[f"{kind.__name__}" for _, _, kind in BROKEN]
)
def test_a_broken_rule_is_found(check: str, found: str, kind: type[System]) -> None:
    """By the check of that rule, in a sentence that says what was found and what is right."""
    with Trial(kind) as trial, pytest.raises(ContractError) as breach:
        CHECKS[check](trial)
    assert found in str(breach.value)
    assert ". The contract: " in str(breach.value)


def test_no_check_that_can_not_fail() -> None:
    elsewhere = {"import and creation"}
    assert {check for check, _, _ in BROKEN} | elsewhere == set(CHECKS)


def test_what_importing_and_creating_changes() -> None:
    """In processes of their own: nothing of it reaches this one."""
    assert importlib.util.find_spec("tests.systems.broken.loud")
    loud = type("Loud", (WholeVolume,), {"__module__": "tests.systems.broken.loud"})
    loud.__qualname__ = "Loud"
    seen = look_at(loud, {})
    assert seen.printed == "loud is here\n"
    assert list(seen.changed) == ["environment variable LOUD (absent became 1)"]
    with Trial(Meddling) as trial, pytest.raises(ContractError) as breach:
        CHECKS["import and creation"](trial)
    for changed in ("warning filters", "root logger (WARNING became DEBUG)"):
        assert changed in str(breach.value)


def test_what_other_packages_change_is_theirs() -> None:
    with Trial(BringsOthers) as trial:
        CHECKS["import and creation"](trial)


def test_a_class_that_can_not_be_imported_is_left_alone() -> None:
    class Local(WholeVolume):
        """Known to this function alone."""

    with Trial(Local) as trial, pytest.raises(NotChecked, match="can't be imported"):
        CHECKS["import and creation"](trial)


def test_what_a_system_says_of_itself_is_no_breach() -> None:
    with Trial(Declared) as trial:
        for check in ("training order", "validation is not learnt from"):
            with pytest.raises(NotChecked, match="the system says that"):
                CHECKS[check](trial)


def test_a_system_that_crashes_fails_once(capfd: pytest.CaptureFixture[str]) -> None:
    """Its error is the result of the first check that trains; nothing is printed or raised."""

    class Crashing(WholeVolume):
        def fit(self, *_: object, **__: object) -> None:
            print("crashing")
            raise ZeroDivisionError("no scans")

    report = check_system(Crashing)
    found = {result.name: result for result in report.results}
    assert not report.passed
    assert [r.name for r in report.failures if "ZeroDivisionError" in r.found] == [
        "training",
        "unlabelled scans",
    ]
    assert found["answers"].status == "skipped"
    assert found["answers"].found == "the system could not be trained"
    assert "training: failed: ZeroDivisionError: no scans" in str(report)
    assert report.as_dict()["passed"] is False
    assert capfd.readouterr() == ("", "")
