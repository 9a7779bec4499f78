"""What was wrong with a file, for people: one line per problem, like kinds gathered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from spgc.report.tables import compress
from spgc.scoring.problems import Problem, of_severity
from spgc.scoring.validate import ValidationReport

MAX_LINES = 200
"""Refused problems printed for one file; `--json` lists all."""

_GATHERED = {"missing-case": "no answer for {} cases", "unknown-case": "{} rows for no such case"}

_STYLES = {"refused": "bold red", "repaired": "yellow", "remark": "cyan"}


def report_lines(report: ValidationReport, *, remarks: bool = True) -> Iterator[Text]:
    """A headline, then every problem; without `remarks` only what refuses the file."""
    yield headline(report)
    lines = [_line(p) for p in _gathered(of_severity(report.problems, "refused"))]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield Text(f"  … and {len(lines) - MAX_LINES} more; --json lists all")
    if remarks:
        for severity in ("repaired", "remark"):
            ordered = of_severity(report.problems, severity)
            yield from (_line(p, n) for p, n in _by_kind(ordered))


def headline(report: ValidationReport) -> Text:
    """`my.csv: fine, 30 cases of test2`."""
    if report.submission is None:
        count = len(report.refused)
        verdict = (f"refused, {count} problem{'s' if count != 1 else ''}", "bold red")
    else:
        where = " + ".join(report.splits)
        verdict = (f"can be scored, {len(report.submission)} cases of {where}", "bold green")
    mark = ("SYNTHETIC ", "bold yellow") if report.synthetic else ""
    return Text.assemble(f"{report.path}: ", mark, verdict)


def _gathered(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Runs of missing cases, and of unknown cases with one and the same remedy, as one line."""
    for key, run in groupby(problems, key=lambda p: (p.kind, p.fix, p.expected)):
        members = list(run)
        if key[0] not in _GATHERED or len(members) == 1:
            yield from members
            continue
        first = members[0]
        yield Problem(
            first.kind, first.severity, _GATHERED[first.kind].format(len(members)), first.line,
            case=compress(p.case or "" for p in members), expected=first.expected, fix=first.fix,
        )  # fmt: skip


def _by_kind(problems: Sequence[Problem]) -> Iterator[tuple[Problem, int]]:
    """The first problem of each kind and how many rows it stands for."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        key = (problem.kind, problem.what if problem.line is None else "")
        kinds.setdefault(key, []).append(problem)
    yield from ((members[0], len(members)) for members in kinds.values())


def _line(problem: Problem, rows: int = 1) -> Text:
    where = f"line {problem.line}: " if problem.line is not None else ""
    text = Text.assemble(
        "  ", (f"{problem.severity:8} ", _STYLES[problem.severity]), where, problem.what
    )
    if problem.case:
        text.append(f" [{problem.case}]")
    facts = []
    if problem.found is not None:
        facts.append(f"found {problem.found}")
    if problem.expected is not None:
        facts.append(f"expected {problem.expected}")
    if facts:
        text.append(": " + ", ".join(facts))
    if rows > 1:
        text.append(f" ({rows} rows; the first is shown)")
    if problem.fix:
        text.append(f". Fix: {problem.fix}")
    return text
