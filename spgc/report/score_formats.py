"""A score as Markdown and LaTeX: the counts of the terminal's first table, for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spgc.report.board_formats import pipe_table
from spgc.report.case_lines import partial_words
from spgc.report.result_parts import score_marks
from spgc.scoring.group import GroupScore
from spgc.scoring.printed import hits, percent, percent_range
from spgc.scoring.result import Score
from spgc.text.latex import latex_file, latex_table
from spgc.text.markdown import code, item, plain
from spgc.text.synthetic import SYNTHETIC_DATA

_TITLE = "Accuracy with exact (Clopper-Pearson) intervals; per class correct (sensitivity, %)"


def score_markdown(result: Score) -> str:
    """One row per set, with marks, doubts and the signature below."""
    rows = [[plain(cell) for cell in _cells(group)] for group in result.groups]
    notes = "\n".join(item(note) for note in _notes(result))
    columns = _columns(result)
    table = pipe_table(rows, columns, _align(columns))
    parts = (f"### {_TITLE}", table, notes, code(str(result.signature)))
    return "\n\n".join(filter(None, parts)) + "\n"


def score_latex(result: Score) -> str:
    """The same for a paper."""
    columns = _columns(result)
    rows = [*map(_cells, result.groups)]
    table = latex_table(_TITLE, columns, rows, _align(columns), [*_notes(result)])
    return latex_file((table, f"% {result.signature}"))


def _columns(result: Score) -> list[str]:
    return ["Set", "Accuracy", "%", "95% CI", *result.challenge.names]


def _align(columns: Sequence[str]) -> list[str]:
    return ["left", *("right" for _ in columns[1:])]


def _cells(group: GroupScore) -> list[str]:
    """A row: set, right answers, rate, interval, and each class's right answers with its rate."""
    accuracy = group.confusion.accuracy
    rates = [group.confusion.sensitivity(i) for i in range(len(group.confusion.counts))]
    return [
        group.name,
        hits(accuracy),
        percent(accuracy.value),
        percent_range(accuracy.exact),
        *(f"{hits(rate)} ({percent(rate.value)})" if rate.total else hits(rate) for rate in rates),
    ]


def _notes(result: Score) -> Iterator[str]:
    """What has to be known of the numbers."""
    if result.synthetic:
        yield SYNTHETIC_DATA
    if result.partial:
        yield f"PARTIAL: {partial_words(result)}"
    yield from (mark.plain for mark in score_marks(result))
    yield from (group.doubt for group in result.groups if group.doubt)
