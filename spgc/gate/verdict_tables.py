"""The gate's verdict in the terminal and as Markdown for a job summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text
from tabulate import tabulate

from spgc.gate.baseline import Baseline
from spgc.gate.judge import Verdict, judge
from spgc.report.compare_tables import flips_table, p_text, paired_table
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import hits
from spgc.text.markdown import item, plain
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC_DATA

BEFORE, NOW = "baseline", "now"


def gate_lines(verdict: Verdict) -> Iterator[Table | Text]:
    """Everything a person needs to judge: flips, the paired test, classes, then the verdict."""
    if verdict.comparison is not None:
        if verdict.comparison.flips:
            yield flips_table(verdict.comparison, BEFORE, NOW)
        yield paired_table(verdict.comparison, BEFORE, NOW)
        yield _class_table(verdict)
    for reason in verdict.reasons:
        yield Text.assemble(("✗ ", "bold red"), printable(reason))
    yield verdict_line(verdict)


def verdict_line(verdict: Verdict) -> Text:
    """`PASSED` or `FAILED`, with the baseline's name."""
    name = printable(verdict.baseline.name)
    if verdict.passed:
        extra = "" if not verdict.changed else "; predictions changed within the limits"
        return Text.assemble(("PASSED ", "bold green"), f"against {name}{extra}")
    return Text.assemble(
        ("FAILED ", "bold red"), f"against {name}: {len(verdict.reasons)} findings"
    )


def _class_table(verdict: Verdict) -> Table:
    table = plain_table("By class", synthetic=verdict.baseline.synthetic)
    table.add_column("Class", no_wrap=True)
    for name in (BEFORE, NOW, "floor"):
        table.add_column(name, justify="right")
    for change in verdict.classes:
        floor = "–" if change.floor is None else f"{change.floor:g}"
        style = "red" if change.below else ""
        table.add_row(change.name, hits(change.before), hits(change.now), floor, style=style)
    return table


def gate_markdown(verdict: Verdict) -> str:
    """The verdict as Markdown, for a CI job's summary; names are escaped."""
    mark = f"{SYNTHETIC_DATA} " if verdict.baseline.synthetic else ""
    head = "passed" if verdict.passed else "FAILED"
    parts = [f"### Regression gate {head}: {plain(verdict.baseline.name)}", mark]
    parts += [item(reason) for reason in verdict.reasons]
    if verdict.comparison is not None:
        parts += ["", _groups(verdict), "", _classes(verdict)]
        if verdict.comparison.flips:
            parts += ["", _flips(verdict)]
    return "\n".join(parts).strip() + "\n"


def _groups(verdict: Verdict) -> str:
    assert verdict.comparison is not None  # noqa: S101 - for the type checker
    rows = [
        (plain(g.name), g.patients, g.right_a, g.right_b, g.only_a, g.only_b, p_text(g.p))
        for g in verdict.comparison.groups
    ]
    head = ("set", "scans", "right before", "right now", "lost", "won", "exact p")
    return str(tabulate(rows, head, tablefmt="github"))


def _classes(verdict: Verdict) -> str:
    rows = [
        (plain(c.name), hits(c.before), hits(c.now), "–" if c.floor is None else f"{c.floor:g}")
        for c in verdict.classes
    ]
    return str(tabulate(rows, ("class", "before", "now", "floor"), tablefmt="github"))


def _flips(verdict: Verdict) -> str:
    assert verdict.comparison is not None  # noqa: S101 - for the type checker
    rows = [
        tuple(map(plain, (f.case, f.split, f.truth, f.a, f.b))) for f in verdict.comparison.flips
    ]
    return str(tabulate(rows, ("flipped", "set", "truth", "before", "now"), tablefmt="github"))


def changes_table(before: Mapping[str, str], now: Mapping[str, str], title: str) -> Table:
    """What an update of a baseline changes, for review."""
    table = plain_table(title)
    for name in ("", "before", "now"):
        table.add_column(name, overflow="fold")
    for key in dict.fromkeys((*before, *now)):
        if before.get(key) != now.get(key):
            cells = (key, before.get(key, "–"), now.get(key, "–"))
            table.add_row(*map(name_text, cells))
    return table


def update_parts(old: Baseline | None, new: Baseline, path: Path) -> Iterator[Table | Text]:
    """What a renewed baseline changes, for review, and where it is."""
    if old is not None and set(old.answers) <= set(new.answers):
        yield from gate_lines(judge(old, new.answers))
        if old.made_with != new.made_with:
            yield changes_table(old.made_with, new.made_with, "Made with")
        before, now = ({k: f"{v:g}" for k, v in b.speed.items()} for b in (old, new))
        if before != now:
            yield changes_table(before, now, "Speed, relative to a reference operation")
    elif old is not None:
        count = f"{len(old.answers)} before, {len(new.answers)} now"
        yield Text(f"The patients changed: {count}.")
    words = f"wrote {path}: {len(new.answers)} patients. Review it before you commit it."
    yield name_text(words)


def update_document(old: Baseline | None, new: Baseline, path: Path) -> dict[str, Any]:
    """Which baseline was written, as plain values."""
    facts = {"baseline": str(path), "new": old is None, "name": new.name}
    return {"schema": "spgc-baseline-update/1", **facts}
