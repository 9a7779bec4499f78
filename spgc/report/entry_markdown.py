"""Check of a leaderboard entry as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spgc.board.bounds import Bound
from spgc.board.entry import Entry, EntryStanding
from spgc.report.board_formats import pipe_table
from spgc.report.board_tables import rank_text, set_title
from spgc.report.compare_tables import p_range_text
from spgc.report.problem_lines import report_lines
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.text.markdown import code, item, plain

_WORDS = (
    ("exact", "separable", 1, "Significantly better than, exact test"),
    ("exact", "separable", -1, "Significantly worse than, exact test"),
    ("exact", "not separable", 0, "Not significantly different, exact test"),
    ("bound", "separable", 1, "Significantly better than, for any predictions they may have made"),
    ("bound", "separable", -1, "Significantly worse than, for any predictions they may have made"),
    (
        "bound",
        "not separable",
        0,
        "Not significantly different, for any predictions they may have made",
    ),
    (
        "bound",
        "undetermined",
        0,
        "Undetermined, because their predictions per patient are unpublished",
    ),
)


def entry_markdown(entry: Entry) -> str:
    """Valid or not and why, counts with intervals, rank, comparisons, what is lacking."""
    verdict = "valid" if entry.valid else "NOT VALID"
    parts = [f"### Leaderboard entry {plain(entry.name)}: {verdict}", ""]
    parts += [item(reason) for reason in entry.reasons]
    for report in entry.reports:
        first, *rest = report_lines(report)
        parts.append(item(first.plain))
        parts += [f"  {item(line.plain)}" for line in rest]
    if entry.standings:
        rows, classes = (
            [_row(one) for one in entry.standings],
            entry.standings[0].row.challenge.names,
        )
        head = ("Set", "Accuracy", "%", "95% CI", *classes, "Rank", "# 95%", "May be best")
        align = ("left", *("right",) * (len(head) - 2), "left")
        parts += ["", pipe_table(rows, head, align)]
        parts += _comparisons(entry.standings)
    if entry.valid:
        parts += ["", "Lacks:" if entry.lacks else "Lacks nothing."]
        parts += ["", *map(item, entry.lacks)] if entry.lacks else []
    if entry.score is not None:
        parts += ["", code(str(entry.score.signature))]
    return "\n".join(parts).strip() + "\n"


def _row(one: EntryStanding) -> list[str]:
    row, placed = one.row, one.placed
    rates = [hits(row.sensitivity(i)) for i in range(len(row.cases))]
    interval = placed.interval if placed else None
    return [
        plain(row.set_name),
        hits(row.accuracy),
        percent(row.accuracy.value),
        percent_range(row.accuracy.exact),
        *rates,
        placed.label if placed else ABSENT,
        rank_text(interval) if interval else ABSENT,
        one.may_be_best or ABSENT,
    ]


def _comparisons(standings: Sequence[EntryStanding]) -> Iterator[str]:
    """On all ranked scans where they are answered, else on each set."""
    pools = {pool.name for one in standings if (pool := one.row.challenge.overall)}
    pooled = [one for one in standings if one.row.set_name in pools]
    for one in pooled or standings:
        if one.bounds:
            title = plain(set_title(one.row.set_name, one.row.challenge))
            yield from ("", f"{title}, exact McNemar test at 5 %, without correction:")
            yield from ("", *(f"- {line}" for line in _lines(one.bounds)))


def _lines(bounds: Sequence[Bound]) -> Iterator[str]:
    for basis, verdict, sign, words in _WORDS:
        found = [
            bound
            for bound in bounds
            if (bound.basis, bound.verdict) == (basis, verdict) and sign * bound.difference >= 0
        ]
        if found:
            yield f"{words}: {', '.join(map(_named, found))}."


def _named(bound: Bound) -> str:
    text = p_range_text(bound)
    return f"{plain(bound.team)} ({bound.difference:+d}, p {'' if text[0] == '<' else '= '}{text})"
