"""Problems of a submission in the terminal: one line each, like kinds gathered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.table import Table
from rich.text import Text

from spgc.report.score_tables import name_text
from spgc.submissions.problems import Problem, Severity, of_severity
from spgc.submissions.validate import ValidationReport
from spgc.text.case_runs import case_runs
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC

MAX_LINES = 200
"""Refused problems printed for one file; `--json` lists all."""

_GATHERED = {
    "missing-case": "{} missing cases",
    "unknown-case": "{} rows for no such case",
    "no-label": "{} rows without a label",
    "argmax-tie": "{} rows with two classes of the same highest probability",
    "probability-sum": "{} rows whose probabilities don't sum to 1",
    "probability": "{} cells that hold no probability",
}

_QUIET: tuple[Severity, ...] = ("repaired", "remark")
_STYLES = {"refused": "bold red", "repaired": "yellow", "remark": "cyan"}


def report_lines(report: ValidationReport, *, remarks: bool = True) -> Iterator[Text]:
    """A headline, then one line per problem; without `remarks` only what refuses the file."""
    yield headline(report)
    for severity, where, text in _entries(report, remarks=remarks):
        lead = f"{where}: " if where else ""
        yield Text.assemble(
            "  ", (f"{severity:8} ", _STYLES.get(severity, "")), lead, printable(text)
        )


def report_table(report: ValidationReport, *, remarks: bool = True) -> Table:
    """The same in columns, so that long lines wrap under themselves in a terminal."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for severity, where, text in _entries(report, remarks=remarks):
        table.add_row(Text(f"  {severity}", _STYLES.get(severity, "")), where, name_text(text))
    return table


def problem_cells(report: ValidationReport) -> Iterator[tuple[str, str, str]]:
    """Severity, line and text of each line of the report, remarks as well."""
    return _entries(report, remarks=True)


def _entries(report: ValidationReport, *, remarks: bool) -> Iterator[tuple[str, str, str]]:
    """Severity, line and text of each entry."""
    refused = list(_gathered(of_severity(report.problems, "refused")))
    yield from (_entry(problem) for problem in refused[:MAX_LINES])
    if len(refused) > MAX_LINES:
        yield "…", "", f"and {len(refused) - MAX_LINES} more; --json lists all"
    if remarks:
        for severity in _QUIET:
            for problem, rows in _by_kind(of_severity(report.problems, severity)):
                yield _entry(problem, rows)


def headline(report: ValidationReport) -> Text:
    """`my.csv: fine, 30 cases of test2`."""
    if report.submission is None:
        count = len(report.refused)
        verdict = (f"refused, {count} problem{'s' if count != 1 else ''}", "bold red")
    else:
        where = " + ".join(report.splits)
        verdict = (
            f"can be scored, {len(report.submission)} cases of {printable(where)}",
            "bold green",
        )
    mark = (f"{SYNTHETIC} ", "bold yellow") if report.synthetic else ""
    return Text.assemble(printable(f"{report.path}: "), mark, verdict)


def _gathered(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Problems of one kind with one and the same remedy as one line, where the first stands."""
    alike: dict[object, list[Problem]] = {}
    for problem in problems:
        shared = (problem.kind, problem.fix, problem.expected)
        alike.setdefault(shared if problem.kind in _GATHERED else id(problem), []).append(problem)
    for members in alike.values():
        first = members[0]
        if len(members) > 1:
            cases = dict.fromkeys(p.case for p in members if p.case)
            what = _GATHERED[first.kind].format(len(members))
            first = replace(first, what=what, case=case_runs(cases), found=_common(members))
        yield first


def _common(members: Sequence[Problem]) -> str | None:
    """What all found alike; for the rest of them there is `--json`."""
    found = {problem.found for problem in members}
    return found.pop() if len(found) == 1 else None


def _by_kind(problems: Sequence[Problem]) -> Iterator[tuple[Problem, int]]:
    """The first problem of each kind and how many rows it stands for."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        key = (problem.kind, problem.what if problem.line is None else "")
        kinds.setdefault(key, []).append(problem)
    yield from ((members[0], len(members)) for members in kinds.values())


def _entry(problem: Problem, rows: int = 1) -> tuple[str, str, str]:
    text = problem.what
    if problem.case:
        text += f" [{problem.case}]"
    facts = []
    if problem.found is not None:
        facts.append(f"found {problem.found}")
    if problem.expected is not None:
        facts.append(f"expected {problem.expected}")
    if facts:
        text += ": " + ", ".join(facts)
    if rows > 1:
        text += f" ({rows} rows; the first is shown)"
    if problem.fix:
        text += f". Fix: {problem.fix}"
    return problem.severity, f"line {problem.line}" if problem.line is not None else "", text
