"""What is wrong with a submission, each problem by itself, in one form for people and programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["repaired", "remark", "refused"]
"""`repaired`: put right, no answer can change by it; `remark`: worth knowing, nothing changed;
`refused`: the file can't be scored until someone who knows the answer puts it right."""


@dataclass(frozen=True)
class Problem:
    """One finding. `kind` is a stable key; `line` counts from 1 and includes the header."""

    kind: str
    severity: Severity
    what: str
    line: int | None = None
    case: str | None = None
    found: str | None = None
    expected: str | None = None
    fix: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class RefusedError(Exception):
    """Reading can't go on after this problem; never leaves `spgc.scoring`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


@dataclass
class Findings:
    """Gathers problems in the order in which they are met."""

    problems: list[Problem] = field(default_factory=list)

    def repaired(self, kind: str, what: str, **parts: Any) -> None:
        self.problems.append(Problem(kind, "repaired", what, **parts))

    def remark(self, kind: str, what: str, **parts: Any) -> None:
        self.problems.append(Problem(kind, "remark", what, **parts))

    def refused(self, kind: str, what: str, **parts: Any) -> None:
        self.problems.append(Problem(kind, "refused", what, **parts))


def of_severity(problems: Iterable[Problem], severity: Severity) -> list[Problem]:
    return [problem for problem in problems if problem.severity == severity]


def shown(text: str, limit: int = 40) -> str:
    """`text` as a quoted, one-line, printable excerpt of at most about `limit` characters."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(short)
