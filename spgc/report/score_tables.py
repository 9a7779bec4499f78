"""Terminal tables of scores, problems and the leaderboard; all fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spgc.challenge.definition import Challenge
from spgc.report.whole_table import WholeTable
from spgc.scoring.group import GroupScore
from spgc.scoring.printed import (
    ABSENT,
    hits,
    hits_and_rate,
    percent,
    percent_range,
    whole_range,
)
from spgc.scoring.probability import calibration_error
from spgc.scoring.result import Score
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC


def plain_table(title: str, *, synthetic: bool = False) -> Table:
    """An empty table in the house style; a synthetic one says so in its title."""
    mark = f"{SYNTHETIC} · " if synthetic else ""
    text = Text.assemble((mark, "bold yellow"), (printable(title), "bold"))
    return WholeTable(title=text, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def name_text(name: str, style: str = "") -> Text:
    """A name from a file as a table prints it: letter by letter, on one line, never markup."""
    return Text(printable(name), style)


def score_table(score: Score) -> Table:
    """Right answers per set and class, with exact intervals of the accuracy."""
    table = plain_table("Accuracy by set", synthetic=score.synthetic)
    table.add_column("Set", no_wrap=True)
    classes = score.challenge.names if len(score.challenge.names) <= MOST_COLUMNS else ()
    for name in ("Accuracy", "%", "95% CI", *classes):
        table.add_column(name, justify="right", no_wrap=True)
    for group in score.groups:
        table.add_row(*_score_row(group, len(classes)), style="bold" if group.ranks else "")
    return table


MOST_COLUMNS = 4
"""Classes side by side in a table of 80 columns: of more, each has a row in the next table."""


def _score_row(group: GroupScore, classes: int) -> list[RenderableType]:
    accuracy = group.confusion.accuracy
    rates = [hits_and_rate(group.confusion.sensitivity(i)) for i in range(classes)]
    return [
        name_text(group.name),
        hits(accuracy),
        percent(accuracy.value),
        percent_range(accuracy.exact),
        *rates,
    ]


def confusion_table(groups: Sequence[GroupScore]) -> Table:
    """What each true class was called, with sensitivity and specificity."""
    synthetic = any(group.synthetic for group in groups)
    table = plain_table("Confusion matrix (rows: true class)", synthetic=synthetic)
    table.add_column("Set", no_wrap=True)
    table.add_column("True class", no_wrap=True)
    classes = groups[0].challenge.names
    many = len(classes) > MOST_COLUMNS
    for name in (*(("Correct",) if many else classes), "Sens %", "95% CI", "Spec %", "95% CI"):
        table.add_column(name, justify="right", no_wrap=True)
    if many:
        table.add_column("Predicted instead", overflow="fold")
    for group in groups:
        for i, name in enumerate(classes):
            cells = _confusion_row(group, i)
            calls = [_right(group, i)] if many else _calls(group, i)
            table.add_row(
                name_text(group.name if i == 0 else ""),
                name,
                *calls,
                *cells,
                *([_instead(group, i)] if many else []),
                end_section=i == len(classes) - 1,
            )
    return table


def _calls(group: GroupScore, position: int) -> list[str]:
    """How many cases of a class were called each class; dashes where there is no such case."""
    counts = group.confusion.counts[position]
    return [str(n) if sum(counts) else ABSENT for n in counts]


def _right(group: GroupScore, position: int) -> str:
    return hits(group.confusion.sensitivity(position))


def _instead(group: GroupScore, position: int) -> str:
    """What the cases of a class were called wrongly, the most frequent first."""
    counts = enumerate(group.confusion.counts[position])
    wrong = sorted(((n, i) for i, n in counts if n and i != position), key=lambda pair: -pair[0])
    return ", ".join(f"{group.challenge.names[i]} {n}" for n, i in wrong)


def _confusion_row(group: GroupScore, position: int) -> list[str]:
    c = group.confusion
    sensitivity, specificity = c.sensitivity(position), c.specificity(position)
    return [
        percent(sensitivity.value),
        whole_range(sensitivity.exact),
        percent(specificity.value),
        whole_range(specificity.exact),
    ]


def measures_of(challenge: Challenge) -> dict[str, str]:
    """Names of the estimates of a `GroupScore`."""
    return {
        "balanced_accuracy": "balanced accuracy",
        "macro_f1": "macro F1",
        **{f"auc:{name}": f"AUC {name}" for name in challenge.names},
        "auc:macro": "AUC, mean",
        "log_loss": "log loss",
        "brier": "Brier score",
    }


COLUMNS_AT_ONCE = 4
"""Sets side by side in a table of measures: more don't fit 80 columns."""


def measures_tables(groups: Sequence[GroupScore]) -> Iterator[Table]:
    """Numbers without an exact interval, each with the bootstrap's, a few sets at a time."""
    for start in range(0, len(groups), COLUMNS_AT_ONCE):
        yield _measures_table(groups[start : start + COLUMNS_AT_ONCE])


def _measures_table(groups: Sequence[GroupScore]) -> Table:
    synthetic = any(group.synthetic for group in groups)
    table = plain_table("Other measures (bootstrap 95% CI)", synthetic=synthetic)
    table.add_column("Measure", no_wrap=True)
    for group in groups:
        table.add_column(name_text(group.name), justify="right")
    for key, title in measures_of(groups[0].challenge).items():
        if any(key in group.estimates for group in groups):
            table.add_row(title, *(_estimate(group, key) for group in groups))
    if any(group.calibration for group in groups):
        errors = [calibration_error(group.calibration) for group in groups]
        table.add_row("calibration error", *(ABSENT if e is None else f"{e:.3f}" for e in errors))
    return table


def _estimate(group: GroupScore, key: str) -> str:
    """Value and interval on two lines: as text, which a narrow terminal gets whole."""
    estimate = group.estimates.get(key)
    if estimate is None:
        return ABSENT
    low, high = estimate.interval
    return f"{estimate.value:.3f}\n{low:.3f}–{high:.3f}"


def paper_tables(groups: Iterable[GroupScore]) -> list[str]:
    """Where the paper prints these sets, as one line; empty where it prints none."""
    named = [f"{g.name} {g.paper_table}" for g in groups if (g.paper_table or ABSENT) != ABSENT]
    return [f"In the paper: {', '.join(named)}."] if named else []
