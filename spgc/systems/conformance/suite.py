"""Run the conformance checks on a system: one named check per rule of the contract."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spgc.contract.system import Options, System
from spgc.systems.conformance.answer_checks import ANSWER_CHECKS
from spgc.systems.conformance.class_checks import CLASS_CHECKS
from spgc.systems.conformance.folder_checks import FOLDER_CHECKS
from spgc.systems.conformance.resume_checks import RESUME_CHECKS
from spgc.systems.conformance.training_checks import TRAINING_CHECKS
from spgc.systems.conformance.trial import ContractError, NotChecked, Trial, captured

Check = Callable[[Trial], None]

Status = Literal["ok", "failed", "skipped"]

_CHECKS: tuple[Check, ...] = (
    *CLASS_CHECKS,
    *TRAINING_CHECKS,
    *ANSWER_CHECKS,
    *FOLDER_CHECKS,
    *RESUME_CHECKS,
)


@dataclass(frozen=True)
class Result:
    """What came of one check.

    found: empty when ok, else one sentence or two: what was found and what the contract says, or
    why the check does not apply.
    """

    name: str
    status: Status
    found: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}: {self.status}" + (f": {self.found}" if self.found else "")


@dataclass(frozen=True)
class Report:
    """What came of all checks on one system."""

    system: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.status == "failed")

    def __str__(self) -> str:
        return "\n".join([f"system {self.system}", *map(str, self.results)])

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "system": self.system,
            "passed": self.passed,
            "checks": [vars(result) for result in self.results],
        }


def checks() -> list[tuple[str, Check]]:
    """Name and function of every check, in the order in which they are best run.

    A function takes a `Trial` and raises `ContractError` (an AssertionError) where the contract is
    broken, `NotChecked` (a SkipTest) where it does not apply. What the system raises goes through.
    """
    return [(check.__name__.replace("_", " "), check) for check in _CHECKS]


def check_system(
    system_class: type[System], options: Options | None = None, *, folder: Path | None = None
) -> Report:
    """Run every check on a system, with `options` that make its training small.

    About eight trainings on nine phantoms of six or seven slices. Models are written below
    `folder`, a temporary one if None, and removed. Raises nothing for a system that fails.
    """
    with Trial(system_class, options, folder=folder) as trial:
        return Report(str(getattr(system_class, "name", system_class)), tuple(run_checks(trial)))


def run_checks(trial: Trial) -> Iterator[Result]:
    """The results one after another, each as soon as it is there."""
    for name, check in checks():
        start = time.monotonic()
        status, found = _outcome(check, trial)
        yield Result(name, status, found, round(time.monotonic() - start, 2))


def _outcome(check: Check, trial: Trial) -> tuple[Status, str]:
    """Status and finding; what the system prints meanwhile is dropped."""
    try:
        with captured(io.StringIO()):
            check(trial)
    except NotChecked as reason:
        return "skipped", str(reason)
    except ContractError as breach:
        return "failed", str(breach)
    except (Exception, SystemExit) as error:
        # Any line of a foreign system may fail; that too is a result.
        return "failed", f"{type(error).__name__}: {str(error) or 'no message'}"
    return "ok", ""
