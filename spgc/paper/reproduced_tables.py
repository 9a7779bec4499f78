"""Tables of a reproduced experiment, for the terminal and as Markdown: the paper's beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from spgc.paper.cohort_counts import Count, scans_here
from spgc.paper.comparison import Compared
from spgc.paper.outcome import ReproducedTable
from spgc.protocol import CLASSES
from spgc.report.score_tables import plain_table
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.text.latex import latex, latex_file, latex_table
from spgc.text.markdown import plain
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_DIFFERENCE

NOTES = {
    "slices": (
        "± slices: correct slices above the paper's accuracy; the paper's figure is treated as "
        "fixed. 95% CI of it: bootstrap over whole scans, or the exact binomial interval where "
        "that is wider."
    ),
    "scans": (
        "± scans: correct scans above the paper's accuracy; the paper's figure is treated as "
        "fixed, because its predictions per scan are not known. 95% CI of it: exact "
        "(Clopper-Pearson)."
    ),
}


DENSITY_NOTE = (
    "density: a logistic regression on histograms of lung density, our baseline; not in the paper."
)

INFERRED_NOTE = "Counts of the paper marked * are inferred from its percentages, not printed."


def counts_table(counts: Sequence[Count], *, synthetic: bool) -> Table:
    """Scans and slices by split and class, `here/paper` in each cell."""
    table = plain_table("Training data: here / in the paper", synthetic=synthetic)
    table.add_column("Split", no_wrap=True)
    table.add_column("Class", no_wrap=True)
    kinds = list(dict.fromkeys(count.what for count in counts))
    for kind in kinds:
        table.add_column(kind.capitalize(), justify="right", no_wrap=True)
    cells = {(count.split, count.what, count.label): _pair(count) for count in counts}
    for split in dict.fromkeys(count.split for count in counts):
        for number, label in enumerate(CLASSES):
            row = [cells.get((split, kind, label), "") for kind in kinds]
            last = number == len(CLASSES) - 1
            table.add_row("" if number else split, label, *row, end_section=last)
    return table


def _pair(count: Count) -> str:
    paper = "?" if count.paper is None else f"{count.paper:,}"
    return f"{count.here:,} / {paper}"


def outcome_tables(outcome: ReproducedTable) -> list[Table]:
    """The table itself, and the class rates that the paper names; both fit 80 columns."""
    title = f"{outcome.scenario.table}, {outcome.scenario.title}: {outcome.unit} correct"
    tables = [_table(title, outcome.accuracies, outcome)]
    named = [row for row in outcome.rates if row.paper is not None]
    if named:
        figure = f"Rates by class, {outcome.scenario.figure}"
        tables.append(_table(figure, named, outcome))
    return tables


def _table(title: str, rows: Sequence[Compared], outcome: ReproducedTable) -> Table:
    first = "Network" if outcome.unit == "slices" else "Features"
    return compared_table(title, rows, first, unit=outcome.unit, synthetic=outcome.synthetic)


def compared_table(
    title: str, rows: Sequence[Compared], first: str, *, unit: str, synthetic: bool
) -> Table:
    """Published figures beside ours. first: what the names of the rows are; unit: slices, scans."""
    table = plain_table(title, synthetic=synthetic)
    table.add_column(first, no_wrap=True)
    second = _second(rows)
    if second:
        table.add_column(second, no_wrap=True)
    # Of most slice figures only the percentage is known.
    counted = unit == "scans"
    paper = ("Paper %", "Paper") if counted else ("Paper %",)
    for name in (*paper, "Ours", "%", f"± {unit}", "95% CI"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        lead = [row.name, *([_detail(row)] if second else [])]
        printed = [_printed(row), *([_paper_counts(row)] if counted else [])]
        ours = [hits(row.ours), percent(row.ours.value)]
        table.add_row(*lead, *printed, *ours, *_difference(row))
    return table


def _second(rows: Sequence[Compared]) -> str:
    """Heading of a second column, where rows differ in more than their name."""
    if any(row.measure != "accuracy" for row in rows):
        return "Class"
    return "By" if any(row.classifier for row in rows) else ""


def _detail(row: Compared) -> str:
    return row.classifier or "" if row.measure == "accuracy" else row.measure


def _printed(row: Compared) -> str:
    return ABSENT if row.paper is None else f"{row.paper.percent:.2f}"


def _paper_counts(row: Compared) -> str:
    if row.paper is None or row.paper.counts is None:
        return ABSENT
    return hits(row.paper.counts) + ("*" if row.paper.inferred else "")


def _difference(row: Compared) -> list[str]:
    ends = row.more_interval
    span = ABSENT if ends is None else f"{_signed(ends[0])} to {_signed(ends[1])}"
    return [ABSENT if row.more is None else _signed(row.more), span]


def _signed(value: float) -> str:
    """`+3`, `−12`, `0`: whole slices or scans."""
    whole = round(value)
    return f"{whole:+,}".replace("-", "−") if whole else "0"


_HEADS = ("", "measure", "by", "paper %", "paper", "ours", "ours %", "95% CI", "± points")


def _heads(unit: str) -> list[str]:
    return [*_HEADS, f"± {unit}", "95% CI"]


def _title(outcome: ReproducedTable) -> str:
    mark = f"{SYNTHETIC} · " if outcome.synthetic else ""
    return f"{mark}{outcome.scenario.table}: {outcome.scenario.title}"


def outcome_latex(outcome: ReproducedTable) -> str:
    """The tables of `outcome_markdown` for a paper, their notes below."""
    parts: list[str] = []
    align = ("left",) * 3 + ("right",) * 8
    for rows in (outcome.accuracies, outcome.rates):
        if rows:
            cells = [_row_cells(row) for row in rows]
            parts.append(latex_table(_title(outcome), _heads(outcome.unit), cells, align))
    return latex_file([*parts, *map(latex, notes(outcome, counted=True))])


def outcome_markdown(outcome: ReproducedTable) -> str:
    """Both tables with every class, the paper's counts, and what the numbers mean."""
    parts = [f"# {_title(outcome)}"]
    groups = (outcome.accuracies, outcome.rates)
    parts += [compared_markdown(rows, outcome.unit) for rows in groups if rows]
    parts += [*map(plain, notes(outcome, counted=True)), _origin(outcome)]
    return "\n\n".join(parts) + "\n"


def compared_markdown(rows: Sequence[Compared], unit: str) -> str:
    """A table in Markdown with the paper's counts and the interval of our share as well."""
    from tabulate import tabulate

    cells = [_markdown_row(row) for row in rows]
    return str(tabulate(cells, _heads(unit), tablefmt="github", disable_numparse=True))


def _markdown_row(row: Compared) -> list[str]:
    name, measure, by, *numbers = _row_cells(row)
    return [*map(plain, (name, measure, by)), *numbers]


def _row_cells(row: Compared) -> list[str]:
    points = ABSENT if row.points is None else f"{row.points:+.2f}".replace("-", "−")
    return [
        row.name,
        row.measure,
        row.classifier or "",
        _printed(row),
        _paper_counts(row),
        hits(row.ours),
        percent(row.ours.value),
        percent_range(row.interval),
        points,
        *_difference(row),
    ]


def notes(outcome: ReproducedTable, *, counted: bool) -> list[str]:
    """What the numbers mean; `counted` where slices of the paper are shown as counts as well."""
    inferred = any(row.paper and row.paper.inferred for row in _rows(outcome))
    return [
        NOTES[outcome.unit],
        DENSITY_NOTE,
        *([INFERRED_NOTE] if inferred and (counted or outcome.unit == "scans") else []),
        *([SYNTHETIC_DIFFERENCE] if outcome.synthetic else _partial(outcome)),
        *_departures(outcome),
    ]


def _partial(outcome: ReproducedTable) -> list[str]:
    """How much of the challenge's data it was made on, where that is not all."""
    here, paper = scans_here(outcome.counts)
    return [f"Made on {here} of the {paper} scans of the paper."] if here < paper else []


def _departures(outcome: ReproducedTable) -> list[str]:
    found = outcome.departures()
    return [f"Not the paper's settings: {', '.join(found)}."] if found else []


def _rows(outcome: ReproducedTable) -> tuple[Compared, ...]:
    return (*outcome.accuracies, *outcome.rates)


def _origin(outcome: ReproducedTable) -> str:
    section = outcome.scenario.section
    return (
        f"Paper: Bougourzi et al., Sensors 2021, 21(17), 5878, section {section}. "
        "Configuration, counts, hashes and versions: reproduce.json. "
        f"{PURPOSE}"
    )
