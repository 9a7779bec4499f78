"""Problems of a submission, one by one, in one form for people and programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["repaired", "remark", "refused"]
"""`repaired`: put right, no answer can change by it; `remark`: worth knowing, nothing changed;
`refused`: the file can't be scored until someone who knows the answer puts it right."""


@dataclass(frozen=True, slots=True)
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


MAX_OF_A_KIND = 10_000
"""Problems of one kind that are kept; a file with more is of another kind as a whole."""


@dataclass
class Findings:
    """Gathers problems in the order in which they are met, at most `MAX_OF_A_KIND` of each."""

    problems: list[Problem] = field(default_factory=list)
    _met: Counter[tuple[str, Severity]] = field(default_factory=Counter)

    def repaired(self, kind: str, what: str, **parts: Any) -> None:
        self._add(kind, "repaired", what, parts)

    def remark(self, kind: str, what: str, **parts: Any) -> None:
        self._add(kind, "remark", what, parts)

    def refused(self, kind: str, what: str, **parts: Any) -> None:
        self._add(kind, "refused", what, parts)

    def _add(self, kind: str, severity: Severity, what: str, parts: dict[str, Any]) -> None:
        self._met[kind, severity] += 1
        if self._met[kind, severity] <= MAX_OF_A_KIND:
            self.problems.append(Problem(kind, severity, what, **parts))

    def all(self) -> list[Problem]:
        """What was met, then what `beyond` says."""
        return [*self.problems, *self.beyond()]

    def beyond(self) -> list[Problem]:
        """How many problems of a kind there are beyond those kept."""
        return [
            Problem(
                kind,
                severity,
                f"and {count - MAX_OF_A_KIND:,} more of this kind",
                fix="put the first ones right" if severity == "refused" else None,
            )
            for (kind, severity), count in self._met.items()
            if count > MAX_OF_A_KIND
        ]


def of_severity(problems: Iterable[Problem], severity: Severity) -> list[Problem]:
    return [problem for problem in problems if problem.severity == severity]


def shown(text: str, limit: int = 40) -> str:
    """`text` as a quoted, one-line, printable excerpt of at most about `limit` characters."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(short)
